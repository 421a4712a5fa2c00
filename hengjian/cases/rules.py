"""Deadlines, and who may close: pure."""

from __future__ import annotations

from datetime import date

from hengjian.kernel.calendar.rules import Deadline, WorkCalendar, add_workdays, next_workday
from hengjian.kernel.errors import FieldError, ValidationFailed
from hengjian.kernel.text import N_

# Proposed by the form and free to change; the plan sets no time for an explanation.
USUAL_DAYS_TO_ANSWER = 3
USUAL_DAYS_TO_HANDLE = 10


def deadline(field: str, asked: date | None, *, today: date, calendar: WorkCalendar) -> Deadline:
    """The day asked for, moved on to a working day.

    Raises:
        ValidationFailed: none given, or not after today.
    """
    if asked is None:
        raise ValidationFailed([FieldError(field, N_("请填写时限"))])
    if asked <= today:
        raise ValidationFailed([FieldError(field, N_("时限应晚于今日"))])
    return next_workday(asked, calendar)


def usual_deadline(days: int, *, today: date, calendar: WorkCalendar) -> date:
    """The working day ``days`` working days from today."""
    return add_workdays(today, days, calendar).day


def required_text(field: str, text: str, message: str) -> str:
    """The text without blanks around it.

    Raises:
        ValidationFailed: empty.
    """
    if not text.strip():
        raise ValidationFailed([FieldError(field, message)])
    return text.strip()


def may_close(account: int | None, *, handler: int, proposer: int | None) -> bool:
    """Nobody decides his own: neither the handler's account nor the proposer's closes, in whatever post."""
    return account not in {handler, proposer}


def is_late(due: date, today: date, *, settled: bool) -> bool:
    """Past its day and still owed."""
    return not settled and due < today
