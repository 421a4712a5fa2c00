"""Reads the holiday table that ships with the program."""

import csv
from datetime import date
from functools import cache
from importlib.resources import files

from hengjian.kernel.calendar.rules import WorkCalendar


@cache
def shipped_calendar() -> WorkCalendar:
    """The published holidays of kernel/calendar/data/holidays.csv (source and confidence there)."""
    text = (files("hengjian.kernel.calendar") / "data" / "holidays.csv").read_text("utf-8-sig")
    rows = csv.DictReader(text.splitlines())
    return WorkCalendar.of((date.fromisoformat(row["date"]), row["kind"]) for row in rows)
