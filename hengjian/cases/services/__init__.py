"""Commands of cases: problems and inquiries."""
