"""When a form is due, cut off (截报) and locked (月度锁账), and whose leave a correction then needs. Pure.

A period stands open until ``due``, is late until ``cut_off``, then cut off until ``lock``, then locked. The clock is
the server's. Daily reports are due every calendar day, holidays included; where the table says so the days of other
forms move on to a working day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from hengjian.kernel.calendar.clock import PLAN_ZONE
from hengjian.kernel.calendar.rules import WorkCalendar, next_workday
from hengjian.measures.rules.forms import Form, first_day, last_day, previous
from hengjian.measures.states import Approval, Window


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """One row of data/deadlines.csv: days after the last day of the period, and hours of that day (24: its end).

    The lock is counted from the last day of the month in which the period ends.
    """

    form: Form
    valid_from: date
    valid_to: date | None
    due_days: int
    due_hour: int
    cut_off_days: int
    cut_off_hour: int
    lock_days: int
    lock_hour: int
    to_workday: bool
    accept_days: int
    basis: str
    confidence: str

    def in_force(self, day: date) -> bool:
        """Whether the row holds on ``day``."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The moments of one period. ``opens`` is its last day; ``provisional``: a holiday notice is still to come."""

    opens: date
    due: datetime
    cut_off: datetime
    lock: datetime
    accepted_until: datetime
    provisional: bool

    def is_late(self, received: datetime) -> bool:
        """Whether a report received at that moment came after the deadline."""
        return received > self.due


class NoDeadline(LookupError):
    """No row of the table is in force for that form and period: an error of the table."""


def rule_of(rules: Iterable[DeadlineRule], form: Form, period: date) -> DeadlineRule:
    """The row in force on the last day of the period.

    Raises:
        NoDeadline: the table says nothing.
    """
    end = last_day(form, period)
    for rule in rules:
        if rule.form is form and rule.in_force(end):
            return rule
    raise NoDeadline(f"{form} {period}")


def deadlines(rule: DeadlineRule, period: date, calendar: WorkCalendar) -> Deadlines:
    """The moments of the period that begins on ``period``."""
    end = last_day(rule.form, period)
    month_end = last_day(Form.MONTH_ENERGY, first_day(Form.MONTH_ENERGY, end))
    unsure = False

    def at(start: date, days: int, hour: int) -> datetime:
        nonlocal unsure
        day = start + timedelta(days=days)
        if rule.to_workday:
            moved = next_workday(day, calendar)
            day, unsure = moved.day, unsure or moved.provisional
        return datetime.combine(day, time(), PLAN_ZONE) + timedelta(hours=hour)

    due = at(end, rule.due_days, rule.due_hour)
    return Deadlines(
        opens=end,
        due=due,
        cut_off=at(end, rule.cut_off_days, rule.cut_off_hour),
        lock=at(month_end, rule.lock_days, rule.lock_hour),
        accepted_until=due + timedelta(days=rule.accept_days),
        provisional=unsure,
    )


def window(moments: Deadlines, *, now: datetime, today: date) -> Window:
    """How the period stands at ``now``; ``today`` is the province's day."""
    if today < moments.opens:
        return Window.FUTURE
    if now > moments.lock:
        return Window.LOCKED
    if now > moments.cut_off:
        return Window.CUT_OFF
    return Window.LATE if now > moments.due else Window.OPEN


def approval_for(state: Window) -> Approval:
    """Whose leave a correction needs: nobody's until the cut-off, county or city, after the lock the province."""
    return {Window.CUT_OFF: Approval.COUNTY_CITY, Window.LOCKED: Approval.PROVINCE}.get(
        state, Approval.NONE
    )


def higher(one: Approval, other: Approval) -> Approval:
    """The higher of two levels: what was asked before the lock and is decided after it goes to the province."""
    order = list(Approval)
    return max(one, other, key=order.index)


def periods_ending_by(form: Form, day: date, count: int) -> tuple[date, ...]:
    """The first days of the last ``count`` periods that ended by ``day``, oldest first."""
    period = first_day(form, day)
    if last_day(form, period) > day:
        period = previous(form, period)
    found = [period]
    while len(found) < count:
        found.append(previous(form, found[-1]))
    return tuple(reversed(found))
