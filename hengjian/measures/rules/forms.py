"""The forms that sites owe: how often, which periods they have, what a stop is. The heads are in data/forms.csv."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum

from hengjian.kernel.text import N_


class Form(StrEnum):
    """Code of a form as reports, API and imports name it."""

    DAILY = "daily"
    MONTH_ENERGY = "month_energy"
    MONTH_FINANCE = "month_finance"
    MONTH_SALES = "month_sales"
    MONTH_TAX = "month_tax"
    QUARTER_ENERGY = "quarter_energy"
    YEAR_ENERGY = "year_energy"


class Frequency(StrEnum):
    """How often a form is due."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


FREQUENCY: dict[Form, Frequency] = {
    Form.DAILY: Frequency.DAY,
    Form.MONTH_ENERGY: Frequency.MONTH,
    Form.MONTH_FINANCE: Frequency.MONTH,
    Form.MONTH_SALES: Frequency.MONTH,
    Form.MONTH_TAX: Frequency.MONTH,
    Form.QUARTER_ENERGY: Frequency.QUARTER,
    Form.YEAR_ENERGY: Frequency.YEAR,
}
MONTHS = {Frequency.MONTH: 1, Frequency.QUARTER: 3, Frequency.YEAR: 12}


class StopKind(StrEnum):
    """Why a whole day has no production."""

    STOPPED = "stopped"
    MAINTENANCE = "maintenance"


STOP_LABELS: dict[StopKind, str] = {
    StopKind.STOPPED: N_("停产"),
    StopKind.MAINTENANCE: N_("检修"),
}


# Beyond these years nothing is reported, and days before and after would leave the calendar itself.
_FIRST, _LAST = date(2000, 1, 1), date(2100, 12, 31)


def in_calendar(day: date) -> bool:
    """Whether the day can belong to any period at all."""
    return _FIRST <= day <= _LAST


def first_day(form: Form, day: date) -> date:
    """First day of the period of ``form`` that contains ``day``."""
    frequency = FREQUENCY[form]
    if frequency is Frequency.DAY:
        return day
    months = MONTHS[frequency]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def last_day(form: Form, period: date) -> date:
    """Last day of the period that begins on ``period``."""
    if FREQUENCY[form] is Frequency.DAY:
        return period
    month = period.month + MONTHS[FREQUENCY[form]] - 1
    return date(period.year, month, monthrange(period.year, month)[1])


def previous(form: Form, period: date) -> date:
    """First day of the period before."""
    return first_day(form, period - timedelta(days=1))


def year_before(period: date) -> date:
    """The same period of last year; 28 February for a leap day."""
    if (period.month, period.day) == (2, 29):
        return date(period.year - 1, 2, 28)
    return period.replace(year=period.year - 1)
