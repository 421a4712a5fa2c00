"""The demo: 60 invented sites and their daily reports, loaded through the same services as real data (``load.load_demo``)."""
