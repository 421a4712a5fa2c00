"""Working days of the State Council's yearly holiday notices, with make-up working days.

Beyond the published years weekdays count and every answer says `provisional`; the page then writes
PROVISIONAL beside the date, and deadlines are computed again when the year is loaded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from hengjian.kernel.text import N_

PROVISIONAL = N_("节假日待公布")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The published days that differ from "Monday to Friday", and the years whose notice is out."""

    holidays: frozenset[date]
    makeup_workdays: frozenset[date]
    published_years: frozenset[int]

    @classmethod
    def of(cls, days: Iterable[tuple[date, str]]) -> "WorkCalendar":
        """Build from (day, kind) with kind `holiday` or `makeup_workday`.

        A year counts as published when its own National Day is in the table: the notice of a year
        sometimes names days of the December before, which publishes nothing else of that year.

        Raises:
            ValueError: an unknown kind, or a day that is both.
        """
        kinds: dict[date, str] = {}
        for day, kind in days:
            if kind not in {"holiday", "makeup_workday"} or kinds.setdefault(day, kind) != kind:
                raise ValueError(f"holiday table: {day} {kind}")
        holidays = frozenset(day for day, kind in kinds.items() if kind == "holiday")
        return cls(
            holidays=holidays,
            makeup_workdays=frozenset(kinds) - holidays,
            published_years=frozenset(d.year for d in holidays if (d.month, d.day) == (10, 1)),
        )


@dataclass(frozen=True, slots=True)
class Deadline:
    """A computed day; provisional when a day on the way has no published holiday notice yet."""

    day: date
    provisional: bool


def is_provisional(day: date, calendar: WorkCalendar) -> bool:
    """Whether the holiday notice of that year is still to come."""
    return day.year not in calendar.published_years


def is_workday(day: date, calendar: WorkCalendar) -> bool:
    """Whether offices work on that day; in unpublished years Monday to Friday."""
    if day in calendar.makeup_workdays:
        return True
    return day.isoweekday() <= 5 and day not in calendar.holidays


def next_workday(day: date, calendar: WorkCalendar) -> Deadline:
    """The day itself if offices work, else the first working day after it."""
    provisional = is_provisional(day, calendar)
    while not is_workday(day, calendar):
        day += ONE_DAY
        provisional = provisional or is_provisional(day, calendar)
    return Deadline(day, provisional)


def add_workdays(start: date, count: int, calendar: WorkCalendar) -> Deadline:
    """The count-th working day after start (before it, when negative); start is never counted.

    A count of 0 is `next_workday(start)`.
    """
    if count == 0:
        return next_workday(start, calendar)
    step = ONE_DAY if count > 0 else -ONE_DAY
    left, day, provisional = abs(count), start, False
    while left:
        day += step
        provisional = provisional or is_provisional(day, calendar)
        left -= is_workday(day, calendar)
    return Deadline(day, provisional)


def add_calendar_days_then_next_workday(end: date, days: int, calendar: WorkCalendar) -> Deadline:
    """Calendar days after `end`, moved on to a working day: plan M1.7 "one week after the end"."""
    return next_workday(end + timedelta(days=days), calendar)


def workdays_between(first: date, last: date, calendar: WorkCalendar) -> int:
    """Working days from first to last, both counted; 0 when last is earlier."""
    span = (last - first).days + 1
    return sum(is_workday(first + timedelta(days=n), calendar) for n in range(span))
