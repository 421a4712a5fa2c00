"""The data dossier of a site: what every source says of it side by side, how reporting went, scores and alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch
from hengjian.kernel.text import MISSING, N_, number, percent
from hengjian.measures.models import Report
from hengjian.measures.models.report import DAILY
from hengjian.measures.permissions import PERMITTED_USE, SOURCE_LABELS, Source
from hengjian.measures.reference import form_heads
from hengjian.measures.rules.forms import Form
from hengjian.measures.rules.units import UnitRefused, convert_unit, in_words
from hengjian.monitoring.models import Alert, Score
from hengjian.monitoring.selectors.chart import FIGURES, figure_of
from hengjian.registry.models import Site

VERB = "monitoring.dossier.view"
WINDOWS = (30, 90, 365)
MONTHLY_FROM = 365
ONE_DAY = timedelta(days=1)
# A share of the enterprise's figure beyond which a difference is shown in red.
WIDE = Decimal("0.05")
ORDER = tuple(Source)
# What they measure is one of the kinds of energy: their part is no other opinion of the whole.
IN_PART = frozenset({Source.METER, Source.GRID, Source.WATER, Source.CEMS})
WHOLES = frozenset({"energy_tce", "co2_t"})
HEAT: Mapping[str, str] = {
    "on_time": N_("按时"),
    "late": N_("迟报"),
    "stopped": N_("零报告"),
    "corrected": N_("有更正"),
    "missing": N_("未报"),
}


@dataclass(frozen=True, slots=True)
class Dossier:
    """The page; ``chart``, ``heat`` and ``scores`` are for drawing, the rest is ready to read."""

    site_id: UUID
    site: str
    place: str
    first: date
    last: date
    monthly: bool
    figure: str
    figure_text: str
    unit: str
    sources: tuple[dict[str, str], ...]
    rows: tuple[dict[str, Any], ...]
    chart: dict[str, Any]
    chart_text: str
    heat: tuple[dict[str, str], ...]
    heat_counts: tuple[tuple[str, str, int], ...]
    scores: tuple[dict[str, Any], ...]
    highest: str
    monthly_forms: tuple[dict[str, Any], ...]


def dossier(actor: Actor, site_id: UUID, *, days: int, figure: str, today: date) -> Dossier:
    """One site over the last ``days`` days; a constant number of queries.

    Raises:
        NotPermitted, NotVisible: enterprises and resident supervisors never see the sources side by side.
    """
    site = fetch(Site.objects.select_related("region__city"), actor, VERB, pk=site_id)
    name = figure if figure in FIGURES else "energy_tce"
    last = today - settings.REPORT_DAY_LAG * ONE_DAY
    first = last - (days - 1) * ONE_DAY
    reports = _latest(actor, site_id, first, last)
    monthly = days >= MONTHLY_FROM
    unit = _unit(reports, name)
    values = _values(reports, name, unit, monthly=monthly)
    present = [source for source in ORDER if source in values]
    periods = _periods(first, last, monthly=monthly)
    alerts = _alert_days(actor, site_id, first, last, monthly=monthly)
    heat = _heat(reports, first, last)
    scores = list(
        Score.objects.visible_to(actor)
        .filter(site=site_id, day__range=(first, last))
        .order_by("day")
    )
    text = _(FIGURES[name][0])
    return Dossier(
        site_id=site.pk,
        site=site.name,
        place=site.region.name,
        first=first,
        last=last,
        monthly=monthly,
        figure=name,
        figure_text=text,
        unit=in_words(unit, _) if unit else "",
        sources=tuple(_source(source) for source in present),
        rows=tuple(_row(p, present, values, alerts) for p in reversed(periods)),
        chart=_chart(periods, present, values, alerts, in_words(unit, _) if unit else ""),
        chart_text=_("%(first)s 至 %(last)s 各来源的%(figure)s")
        % {"first": first.isoformat(), "last": last.isoformat(), "figure": text},
        heat=tuple(heat),
        heat_counts=_counted(heat),
        scores=tuple({"day": row.day, "value": row.score} for row in scores),
        highest=number(max((row.score for row in scores), default=None), 1),
        monthly_forms=_monthly_forms(actor, site_id, first, last),
    )


def _latest(actor: Actor, site: UUID, first: date, last: date) -> list[Report]:
    """Latest revision of each day and source, with the receipt of the first kept in ``first_received``."""
    rows = (
        Report.objects.visible_to(actor)
        .filter(site=site, form=DAILY, period__range=(first, last))
        .order_by("source", "period", "-revision")
        .defer("conversion", "canon", "basis", "permitted_use")
    )
    newest: dict[tuple[str, date], Report] = {}
    received: dict[tuple[str, date], Any] = {}
    for row in rows:
        key = (row.source, row.period)
        newest.setdefault(key, row)
        received[key] = row.received_at  # revisions descend: the last one seen is the first
    for key, row in newest.items():
        row.first_received = received[key]  # type: ignore[attr-defined]  # for `_heat`
    return list(newest.values())


def _unit(reports: Iterable[Report], name: str) -> str:
    """The unit of the figure: of the enterprise's own report where it has one."""
    found = {report.source: figure_of(report, name)[1] for report in reports}
    return found.get(Source.ENTERPRISE.value) or next((unit for unit in found.values() if unit), "")


def _values(
    reports: Iterable[Report], name: str, unit: str, *, monthly: bool
) -> dict[Source, dict[date, Decimal]]:
    """By source: value of each day, or sum of each month (under its first day). Sources without any are absent."""
    found: dict[Source, dict[date, Decimal]] = defaultdict(dict)
    for report in reports:
        value = _in_unit(report, name, unit)
        if value is None or (name in WHOLES and Source(report.source) in IN_PART):
            continue
        key = report.period.replace(day=1) if monthly else report.period
        by_period = found[Source(report.source)]
        by_period[key] = by_period.get(key, Decimal(0)) + value
    nothing = [
        s for s, given in found.items() if s is not Source.ENTERPRISE and not any(given.values())
    ]
    for (
        source
    ) in nothing:  # a meter that measures no output converts to zeros: silence, not a figure
        del found[source]
    return dict(found)


def _in_unit(report: Report, name: str, unit: str) -> Decimal | None:
    value, given = figure_of(report, name)
    if value is None or not given or given == unit:
        return value
    try:
        return convert_unit(value, given, unit)
    except UnitRefused:
        return None


def _periods(first: date, last: date, *, monthly: bool) -> list[date]:
    days = [first + n * ONE_DAY for n in range((last - first).days + 1)]
    return list(dict.fromkeys(day.replace(day=1) for day in days)) if monthly else days


def _alert_days(
    actor: Actor, site: UUID, first: date, last: date, *, monthly: bool
) -> dict[date, list[dict[str, Any]]]:
    """Alerts by the period in which they began (at the earliest the first shown)."""
    rows = (
        Alert.objects.visible_to(actor)
        .filter(site=site, first__lte=last, last__gte=first)
        .order_by("severity_rank", "first", "id")
    )
    found: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        day = max(row.first, first)
        mark = {"id": row.pk, "title": row.title, "rule": row.rule, "level": row.severity}
        found[day.replace(day=1) if monthly else day].append(mark)
    return found


def _source(source: Source) -> dict[str, str]:
    return {
        "code": source.value,
        "label": _(SOURCE_LABELS[source]),
        "use": _(PERMITTED_USE[source]),
    }


def _row(
    period: date,
    present: Sequence[Source],
    values: Mapping[Source, Mapping[date, Decimal]],
    alerts: Mapping[date, list[dict[str, Any]]],
) -> dict[str, Any]:
    own = values.get(Source.ENTERPRISE, {}).get(period)
    cells = []
    for source in present:
        value = values[source].get(period)
        compared = source is not Source.ENTERPRISE
        gap = (value - own) / own if compared and own and value is not None else None
        cells.append(
            {
                "label": _(SOURCE_LABELS[source]),
                "value": number(value, 2) if value is not None else MISSING,
                "compared": compared,
                "gap": ("+" if gap > 0 else "") + percent(gap) if gap is not None else MISSING,
                "over": gap is not None and abs(gap) > WIDE,
            }
        )
    return {"period": period, "cells": cells, "alerts": alerts.get(period, [])}


def _chart(
    periods: Sequence[date],
    present: Sequence[Source],
    values: Mapping[Source, Mapping[date, Decimal]],
    alerts: Mapping[date, list[dict[str, Any]]],
    unit: str,
) -> dict[str, Any]:
    if not present:
        return {}
    return {
        "unit": unit,
        "x": [p.isoformat() for p in periods],
        "series": [
            {
                "name": _(SOURCE_LABELS[source]),
                "kind": "line",
                "data": [_drawn(values[source].get(p)) for p in periods],
                "dashed": source is not Source.ENTERPRISE,
            }
            for source in present
        ],
        "marks": [
            {"x": at, "name": "、".join(one["rule"] for one in alerts[p])}
            for at, p in enumerate(periods)
            if p in alerts
        ],
    }


def _drawn(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 4)


def _heat(reports: Iterable[Report], first: date, last: date) -> list[dict[str, str]]:
    """Each day of the enterprise's own reporting: on time, late, a stop, corrected, or missing."""
    own = {r.period: r for r in reports if r.source == Source.ENTERPRISE}
    days = [first + n * ONE_DAY for n in range((last - first).days + 1)]
    return [{"day": day.isoformat(), "state": _reported(day, own.get(day))} for day in days]


def _reported(day: date, report: Report | None) -> str:
    if report is None:
        return "missing"
    due = day + settings.REPORT_DAY_LAG * ONE_DAY
    received = report.first_received  # type: ignore[attr-defined]  # see _latest
    if localtime(received).date() > due:
        return "late"
    if report.revision > 1:
        return "corrected"
    return "stopped" if report.zero_report else "on_time"


def _counted(heat: Sequence[Mapping[str, str]]) -> tuple[tuple[str, str, int], ...]:
    return tuple(
        (state, _(label), sum(1 for cell in heat if cell["state"] == state))
        for state, label in HEAT.items()
    )


def _monthly_forms(actor: Actor, site: UUID, first: date, last: date) -> tuple[dict[str, Any], ...]:
    """Monthly, quarterly and yearly reports of all sources in the window, newest first."""
    rows = (
        Report.objects.visible_to(actor)
        .filter(site=site, period__range=(first.replace(day=1), last))
        .exclude(form=DAILY)
        .order_by("form", "source", "-period", "-revision")
        .distinct("form", "source", "period")
        .defer("quantities", "conversion", "canon", "basis", "permitted_use")
    )
    return tuple(
        {
            "id": row.pk,
            "period": row.period,
            "form": _(form_heads()[Form(row.form)].title),
            "source": _(SOURCE_LABELS[Source(row.source)]),
            "energy": number(row.energy_tce, 2),
            "received": f"{localtime(row.received_at):%Y-%m-%d %H:%M}",
        }
        for row in sorted(rows, key=lambda row: (row.period, row.form), reverse=True)
    )
