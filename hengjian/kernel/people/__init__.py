"""kernel/people."""
