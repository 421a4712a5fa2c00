"""The chart of an alert, from its hits and reports alone: judged values, expected range, history, the daily figures.

Which reported figure a rule judges is not declared but found: the one whose sum over a hit's period, or whose
last day, is the observed value. Where none is, the judged values stand alone. Floats here are for drawing only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.text import N_, quantity
from hengjian.measures.models import Report
from hengjian.measures.models.report import DAILY
from hengjian.measures.permissions import Source
from hengjian.measures.rules.units import UnitRefused, convert_unit, in_words
from hengjian.measures.selectors.facts import item_columns
from hengjian.monitoring.models import Alert, Hit
from hengjian.monitoring.models.run import Finding
from hengjian.monitoring.rules import unit_use
from hengjian.monitoring.selectors.alerts import places_of

LEAST_DAYS, MOST_DAYS = 60, 800
CLOSE = Decimal("0.001")
MONTH = "month"
Figure = Callable[[Report], Decimal | None]
ONE_DAY = timedelta(days=1)

FIGURES: Mapping[str, tuple[str, str, str]] = {
    "energy_tce": (N_("综合能耗"), "energy_tce", "tce"),
    "output": (N_("产量"), "output", ""),
    "electricity": (N_("用电量"), "electricity", "1e4kWh"),
    "coal_t": (N_("煤炭消费量"), "coal_t", "t"),
    "co2_t": (N_("二氧化碳排放量"), "co2_t", "t"),
}


def figure_of(report: Report, name: str) -> tuple[Decimal | None, str]:
    """(value, unit) of one of FIGURES; electricity is read from the quantities as reported."""
    if name == "output":
        return report.output, report.output_unit
    _label, column, unit = FIGURES[name]
    if name == "electricity":
        return item_columns(report.quantities, report.product, report.output_unit)[column], unit
    value: Decimal | None = getattr(report, column)
    return value, unit


def figure_in(name: str, unit: str) -> Figure:
    """A figure of a report in ``unit``; None where the report does not measure it so."""

    def read(report: Report) -> Decimal | None:
        value, given = figure_of(report, name)
        if value is None or not given:
            return None
        if given == unit:
            return value
        try:
            return convert_unit(value, given, unit)
        except UnitRefused:
            return None

    return read


def daily_reports(
    actor: Actor, site: UUID, first: date, last: date, source: Source = Source.ENTERPRISE
) -> list[Report]:
    """Latest revisions of a site's days from one source, oldest first. One query."""
    rows = (
        Report.objects.visible_to(actor)
        .filter(site=site, form=DAILY, source=source.value, period__range=(first, last))
        .order_by("period", "-revision")
        .distinct("period")
        .defer("conversion", "canon", "basis", "permitted_use")
    )
    return list(rows)


def alert_chart(actor: Actor, alert: Alert, grain: str) -> tuple[dict[str, Any], str]:
    """(the spec of chart.ts, the same in one sentence); two queries."""
    first = _begin(alert)
    reports = daily_reports(actor, alert.site_id, first, alert.last)
    hits = list(
        Hit.objects.visible_to(actor)
        .filter(site=alert.site_id, rule=alert.rule, subject=alert.subject)
        .filter(period_end__range=(first, alert.last))
        .order_by("period_end")
    )
    axis = _axis(first, alert.last, grain)
    name, read = _judged_figure(alert, reports, hits)
    series = [{"name": name, "kind": "line", "data": _values(axis, reports, read, grain)}]
    judged = {hit.period_end: hit for hit in hits}
    points = [
        _drawn(next((judged[d].observed for d in days if d in judged), None)) for days in axis
    ]
    if read is None:
        series = []
    series.append({"name": _("判定值"), "kind": "points", "data": points})
    chart: dict[str, Any] = {
        "unit": in_words(alert.unit, _),
        "x": [f"{days[0]:%Y-%m}" if grain == MONTH else f"{days[0]:%m-%d}" for days in axis],
        "series": series,
        "band": _band(axis, hits or [alert]),
    }
    if alert.limit_id is not None:
        chart["limit"] = {"name": _("限额"), "value": _drawn(alert.expected)}
    if area := _area(axis, alert):
        chart["areas"] = [area]
    return chart, _in_words(alert, first)


def _begin(alert: Alert) -> date:
    """From the history compared with, or two months back; never further than can be drawn."""
    earliest = min(alert.period_start, alert.first, alert.last - LEAST_DAYS * ONE_DAY + ONE_DAY)
    if alert.baseline_start is not None:
        earliest = min(earliest, alert.baseline_start)
    return max(earliest, alert.last - MOST_DAYS * ONE_DAY)


def _axis(first: date, last: date, grain: str) -> list[list[date]]:
    """The days of each place on the axis: one day, or all days of a month."""
    days = [first + n * ONE_DAY for n in range((last - first).days + 1)]
    if grain != MONTH:
        return [[day] for day in days]
    months: dict[tuple[int, int], list[date]] = defaultdict(list)
    for day in days:
        months[day.year, day.month].append(day)
    return list(months.values())


def _judged_figure(
    alert: Alert, reports: Sequence[Report], hits: Sequence[Hit]
) -> tuple[str, Figure | None]:
    """The reported figure that the judged value is, by what it sums to; a limit judges use per unit of output."""
    if "/" in alert.unit:
        return _("日单耗"), lambda r: unit_use(r.energy_tce, r.output, r.output_unit, alert.unit)
    by_day = {report.period: report for report in reports}
    for name, (label, _column, _unit) in FIGURES.items():
        read = figure_in(name, alert.unit)
        if any(_is_sum(hit, by_day, read) for hit in [*hits, alert]):
            return _(label), read
    return "", None


def _is_sum(hit: Finding, by_day: Mapping[date, Report], read: Figure) -> bool:
    """Whether the observed value is the figure of the period, or of its last day."""
    length = (hit.period_end - hit.period_start).days + 1
    days = [hit.period_start + n * ONE_DAY for n in range(length)]
    found = [value for day in days if day in by_day and (value := read(by_day[day])) is not None]
    if not found:
        return False
    last = by_day.get(hit.period_end)
    wanted = [sum(found, Decimal(0))]
    if last is not None and (value := read(last)) is not None:
        wanted.append(value)
    return any(abs(value - hit.observed) <= CLOSE * abs(hit.observed) for value in wanted)


def _values(
    axis: Iterable[Sequence[date]], reports: Iterable[Report], read: Figure | None, grain: str
) -> list[float | None]:
    if read is None:
        return []
    by_day = {report.period: read(report) for report in reports}
    if grain != MONTH:
        return [_drawn(by_day.get(days[0])) for days in axis]
    sums = []
    for days in axis:
        known = [value for day in days if (value := by_day.get(day)) is not None]
        sums.append(_drawn(sum(known, Decimal(0))) if known else None)
    return sums


def _band(axis: Sequence[Sequence[date]], hits: Sequence[Hit | Alert]) -> dict[str, Any]:
    """The expected range on the days of the periods judged, each by the next hit; nothing in between."""
    low: list[float | None] = []
    high: list[float | None] = []
    for days in axis:
        hit = next(
            (h for h in hits if h.period_start <= days[-1] and days[0] <= h.period_end), None
        )
        low.append(None if hit is None else _drawn(hit.expected_lo))
        high.append(None if hit is None else _drawn(hit.expected_hi))
    return {"name": _("应为范围"), "lo": low, "hi": high}


def _area(axis: Sequence[Sequence[date]], alert: Alert) -> dict[str, Any] | None:
    """Where the history compared with lies on the axis."""
    if alert.baseline_start is None or alert.baseline_end is None:
        return None
    inside = [
        at
        for at, days in enumerate(axis)
        if alert.baseline_start <= days[-1] and days[0] <= alert.baseline_end
    ]
    if not inside:
        return None
    return {"name": _("对比的历史"), "from": inside[0], "to": inside[-1]}


def _in_words(alert: Alert, first: date) -> str:
    unit = in_words(alert.unit, _)
    low, high = alert.expected_lo, alert.expected_hi
    return _("%(first)s 至 %(last)s：判定值 %(value)s，应为 %(low)s 至 %(high)s") % {
        "first": first.isoformat(),
        "last": alert.last.isoformat(),
        "value": quantity(alert.observed, unit, places_of(alert.observed)),
        "low": quantity(low, unit, places_of(low)),
        "high": quantity(high, unit, places_of(high)),
    }


def _drawn(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 4)
