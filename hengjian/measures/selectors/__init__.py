"""Reads of measures: figures for charts and other apps, facts for the lake, the pages of a report."""
