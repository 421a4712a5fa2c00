"""kernel/regions."""
