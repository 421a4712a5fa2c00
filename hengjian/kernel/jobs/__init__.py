"""kernel/jobs."""
