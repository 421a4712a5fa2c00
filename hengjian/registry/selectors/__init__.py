"""Reads of the registry, one module per noun; every row is within the reader's scope."""
