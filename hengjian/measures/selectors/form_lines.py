"""The lines of a form with what lies beside them: carried stocks, yesterday, sums, last year, a running stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from hengjian.kernel.text import N_, number
from hengjian.measures.models import Report
from hengjian.measures.models.report import DraftState
from hengjian.measures.reference import DailyItem, closing_of, daily_items, is_rare
from hengjian.measures.rules.balance import Flow
from hengjian.measures.rules.conversion import ItemKind
from hengjian.measures.rules.forms import (
    FREQUENCY,
    STOP_LABELS,
    Form,
    Frequency,
    StopKind,
    first_day,
    previous,
    year_before,
)
from hengjian.measures.rules.quantity import QuantityRefused, parse_quantity
from hengjian.measures.rules.receipt import plain
from hengjian.measures.rules.units import unit
from hengjian.measures.selectors.sums import Below, in_form_unit, summed

DAYS_BESIDE = 7
WEEKDAYS = (
    N_("星期一"),
    N_("星期二"),
    N_("星期三"),
    N_("星期四"),
    N_("星期五"),
    N_("星期六"),
    N_("星期日"),
)
_GOODS, _ENERGY, _STOCKS, _MONEY = (
    N_("产品产量"),
    N_("能源、热力与用水"),
    N_("购销与库存"),
    N_("指标"),
)


@dataclass(frozen=True, slots=True)
class FormLine:
    """One line of the page; ``value`` is what the field starts with, as plain number.

    ``month``, ``year``, ``last_year``, ``below`` are formatted sums; ``base_month`` and ``base_year`` are the sums
    without this period as plain numbers, so that the page can go on adding while one types.
    """

    code: str
    section: str
    label: str
    unit: str
    required: bool
    is_level: bool
    flow: str
    value: str
    yesterday: str
    yesterday_value: str
    average: str
    month: str
    year: str
    last_year: str
    below: str
    base_month: str
    base_year: str
    carried: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop that still runs: said with the report before, expected to end on ``until`` (None: not said)."""

    kind: StopKind
    until: date | None

    @property
    def label(self) -> str:
        """As people say it."""
        return _(STOP_LABELS[self.kind])


@dataclass(frozen=True, slots=True)
class DraftView:
    """The draft behind the page: when saved, whether it waits for review or came back, and why."""

    saved: str = ""
    state: str = DraftState.TYPED.value
    report_id: UUID | None = None
    returned_by: str = ""
    return_reason: str = ""
    payload: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What was reported before, by period, and what is known of the present one."""

    reports: Mapping[date, Report]
    form: Form
    period: date

    @property
    def present(self) -> Report | None:
        """The latest revision of the period itself."""
        return self.reports.get(self.period)

    @property
    def before(self) -> Report | None:
        """The latest revision of the period before."""
        return self.reports.get(previous(self.form, self.period))

    def between(self, first: date, last: date) -> list[Report]:
        """The latest revisions from ``first`` to ``last``."""
        return [r for day, r in self.reports.items() if first <= day <= last]


def running_stop(before: Report | None, day: date) -> Stop | None:
    """The stop of the day before, where it is expected to last until ``day`` or longer."""
    if before is None or not before.stop_kind or before.expected_end is None:
        return None
    return (
        Stop(StopKind(before.stop_kind), before.expected_end)
        if before.expected_end >= day
        else None
    )


def period_text(form: Form, period: date) -> str:
    """A day with its weekday, a month, a quarter or a year as people write it."""
    frequency = FREQUENCY[form]
    if frequency is Frequency.DAY:
        return f"{period.isoformat()} {_(WEEKDAYS[period.weekday()])}"
    if frequency is Frequency.MONTH:
        return f"{period:%Y-%m}"
    if frequency is Frequency.QUARTER:
        return _("%(year)s 年第 %(quarter)s 季度") % {
            "year": period.year,
            "quarter": (period.month + 2) // 3,
        }
    return _("%(year)s 年") % {"year": period.year}


class Lines:
    """Makes the lines of a page; every sum is computed once."""

    def __init__(
        self,
        past: Past,
        lines: Sequence[DailyItem],
        industries: frozenset[str],
        draft: DraftView,
        lower: Below | None,
    ) -> None:
        """``lines`` of the site's form; ``lower``: what the form sums."""
        self.past, self.industries, self.draft = past, industries, draft
        self.below = lower.amounts if lower else {}
        day = past.period
        last = day - timedelta(days=1)
        self.month = summed(past.between(day.replace(day=1), last), lines)
        self.year = summed(past.between(day.replace(month=1, day=1), last), lines)
        self.recent = past.between(day - timedelta(days=DAYS_BESIDE), last)
        self.year_ago = past.reports.get(first_day(past.form, year_before(day)))
        self.daily = past.form is Form.DAILY
        self.stop = running_stop(past.before, day) if self.daily else None

    def line(self, line: DailyItem) -> FormLine:
        """One line as the page shows it."""
        code = line.item.code
        known = _value(self.past.before, line)
        values = [v for v in (_value(report, line) for report in self.recent) if v is not None]
        carried = self._carried(line)
        value = self._start(line, carried)
        base_month, base_year = self.month.get(code), self.year.get(code)
        now = _parsed(value)
        return FormLine(
            code=code,
            section=_(_section(line)),
            label=_(line.name),
            unit=_(unit(line.item.unit).label),
            required=line.required,
            is_level=line.is_level,
            flow=line.flow.value if line.flow else "",
            value=value,
            yesterday=number(known),
            yesterday_value="" if known is None else plain(known),
            average=number(
                sum(values, Decimal(0)) / len(values) if values and self.daily else None, 2
            ),
            month=_total(base_month, now, line) if self.daily else "",
            year=_total(base_year, now, line),
            last_year=number(_value(self.year_ago, line)),
            below=number(self.below.get(code)),
            base_month=_plain(base_month) if self.daily and not line.is_level else "",
            base_year="" if line.is_level else _plain(base_year),
            carried=carried,
            shown=self._shown(line, value),
        )

    def _carried(self, line: DailyItem) -> str:
        """What the opening stock must be: the closing stock of the period before."""
        closing = closing_of().get(line.item.code)
        before = self.past.before
        if line.flow is not Flow.OPENING or before is None or closing not in before.quantities:
            return ""
        return plain(Decimal(before.quantities[closing]["value"]))

    def _start(self, line: DailyItem, carried: str) -> str:
        """What was typed, else what is stored, else what is carried over; all zero while a stop runs."""
        if self.draft.payload is not None:
            return self.draft.payload.get(line.item.code, carried)
        stored = _value(self.past.present, line)
        if self.past.present is not None:
            return "" if stored is None else plain(stored)
        if line.flow is Flow.OPENING:
            return carried
        if self.stop is None:
            return ""
        if line.flow is Flow.CLOSING:
            return _plain(_value(self.past.before, line))
        return "" if line.is_level or is_rare(line, self.industries) else "0"

    def _shown(self, line: DailyItem, value: str) -> bool:
        """Rare lines show once they hold something, now or on one of the last days."""
        if not self.daily or not is_rare(line, self.industries) or value:
            return True
        return any(line.item.code in report.quantities for report in self.recent)


def _section(line: DailyItem) -> str:
    if line.item.kind is ItemKind.OUTPUT:
        return _GOODS
    if line.item.kind is ItemKind.STOCK:
        return _STOCKS
    return _ENERGY if line.item.code in daily_items() else _MONEY


def _value(report: Report | None, line: DailyItem) -> Decimal | None:
    return None if report is None else in_form_unit(report.quantities, line)


def _parsed(text: str) -> Decimal | None:
    try:
        return parse_quantity(text)
    except QuantityRefused:
        return None  # the field says so when it is sent


def _total(base: Decimal | None, now: Decimal | None, line: DailyItem) -> str:
    if line.is_level:
        return ""
    known = [v for v in (base, now) if v is not None]
    return number(sum(known, Decimal(0)) if known else None)


def _plain(value: Decimal | None) -> str:
    return "" if value is None else plain(value)
