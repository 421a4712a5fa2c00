"""Sums beside the figures of a form: this month, this year, the same period last year, and the reports below it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from hengjian.measures.models import Report
from hengjian.measures.reference import DailyItem
from hengjian.measures.rules.forms import Form, first_day, last_day
from hengjian.measures.rules.units import convert_unit

Amounts = Mapping[str, Decimal]
# What a form sums: the reports of shorter periods, for the reader to compare.
BELOW: Mapping[Form, Form] = {
    Form.MONTH_ENERGY: Form.DAILY,
    Form.QUARTER_ENERGY: Form.MONTH_ENERGY,
    Form.YEAR_ENERGY: Form.MONTH_ENERGY,
}


@dataclass(frozen=True, slots=True)
class Below:
    """Sums of the reports below a form; ``reported`` of ``periods`` are in."""

    form: Form
    amounts: Amounts
    reported: int
    periods: int


def in_form_unit(quantities: Mapping[str, Mapping[str, str]], line: DailyItem) -> Decimal | None:
    """The quantity of a stored report in the unit of the form."""
    given = quantities.get(line.item.code)
    if given is None:
        return None
    value = Decimal(given["value"])
    return (
        value
        if given["unit"] == line.item.unit
        else convert_unit(value, given["unit"], line.item.unit)
    )


def summed(reports: Iterable[Report], lines: Sequence[DailyItem]) -> dict[str, Decimal]:
    """Sums by item; levels (stocks, calorific values) are left out, for their sums say nothing."""
    flows = {line.item.code: line for line in lines if not line.is_level}
    found: dict[str, Decimal] = {}
    for report in reports:
        for code in report.quantities.keys() & flows.keys():
            value = in_form_unit(report.quantities, flows[code])
            if value is not None:
                found[code] = found.get(code, Decimal(0)) + value
    return found


def below(
    own: QuerySet[Report], form: Form, period: date, lines: Sequence[DailyItem]
) -> Below | None:
    """Sums of the latest revisions of the form below, of one site and source; None without such. One query."""
    lower = BELOW.get(form)
    if lower is None:
        return None
    last = last_day(form, period)
    rows = list(
        own.filter(form=lower.value, period__range=(period, last))
        .order_by("period", "-revision")
        .distinct("period")
        .only("period", "quantities")
    )
    days = {
        first_day(lower, date.fromordinal(n))
        for n in range(period.toordinal(), last.toordinal() + 1)
    }
    return Below(lower, summed(rows, lines), len(rows), len(days))
