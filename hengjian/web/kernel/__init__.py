"""Pages of kernel."""
