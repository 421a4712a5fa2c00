"""Reference data of the registry; word lists are Python because they are code's own vocabulary."""
