"""Ibis sessions, table contracts and the parquet lake; knows no word of the domain."""
