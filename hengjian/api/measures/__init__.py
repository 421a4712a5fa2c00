"""API of measures."""
