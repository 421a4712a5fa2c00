"""kernel/database."""
