"""kernel/calendar."""
