"""Rules over readings of 15-minute electricity meters."""
