"""Pages of cases: problems and inquiries."""
