"""Reads the deadlines that ship with the program: ``data/deadlines.csv``, dated, with basis and confidence."""

from __future__ import annotations

import csv
from datetime import date, datetime
from functools import cache, lru_cache
from importlib.resources import files

from hengjian.kernel.calendar.table import shipped_calendar
from hengjian.measures.rules.deadlines import (
    DeadlineRule,
    Deadlines,
    deadlines,
    rule_of,
    window,
)
from hengjian.measures.rules.forms import Form
from hengjian.measures.states import Window

_NUMBERS = (
    "due_days", "due_hour", "cut_off_days", "cut_off_hour", "lock_days", "lock_hour", "accept_days",
)  # fmt: skip


@cache
def deadline_rules() -> tuple[DeadlineRule, ...]:
    """Every row of the table."""
    text = (files("hengjian.measures") / "data" / "deadlines.csv").read_text("utf-8-sig")
    return tuple(
        DeadlineRule(
            form=Form(row["form"]),
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            to_workday=row["to_workday"] == "1",
            basis=row["basis"],
            confidence=row["confidence"],
            **{name: int(row[name]) for name in _NUMBERS},
        )
        for row in csv.DictReader(text.splitlines())
    )


@lru_cache(maxsize=4096)
def deadlines_of(form: Form, period: date) -> Deadlines:
    """The moments of one period by the shipped table and calendar. Raises NoDeadline before the table begins."""
    return deadlines(rule_of(deadline_rules(), form, period), period, shipped_calendar())


def window_of(form: Form, period: date, *, now: datetime, today: date) -> Window:
    """How one period stands."""
    return window(deadlines_of(form, period), now=now, today=today)


def due_day(today: date) -> date:
    """The newest day whose daily report is due today."""
    rule = next(r for r in deadline_rules() if r.form is Form.DAILY and r.in_force(today))
    return date.fromordinal(today.toordinal() - rule.due_days)
