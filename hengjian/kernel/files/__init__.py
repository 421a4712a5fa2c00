"""kernel/files."""
