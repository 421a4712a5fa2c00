"""Readings of characters and place names; plain data."""
