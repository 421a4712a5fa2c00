"""Contract and quality of what was reported."""
