"""What measures and monitoring know of sites, for the ledger and the page of one site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import can
from hengjian.kernel.text import MISSING, number, quantity
from hengjian.measures.permissions import Source
from hengjian.measures.selectors.figures import DayFigures, last_of_sites, latest_figures, series
from hengjian.measures.selectors.forms import due_day, own_source
from hengjian.measures.selectors.reports import ReportRow, report_page
from hengjian.monitoring.rules import unit_use
from hengjian.monitoring.selectors.alerts import AlertRow, alerts_of_site, worst_by_site
from hengjian.monitoring.selectors.verdicts import (
    VerdictRow,
    share,
    verdicts_of_site,
    worst_verdicts,
)
from hengjian.web.registry.words import in_unit_words, product_in_words

DAYS, LEDGER_DAYS, REPORTS = 60, 31, 10


def ledger_figures(actor: Actor, sites: Sequence[UUID], today: date) -> dict[UUID, dict[str, Any]]:
    """Columns of the ledger by site; three queries whatever the number of sites."""
    due = due_day(today)
    last = last_of_sites(actor, sites, today - timedelta(days=LEDGER_DAYS))
    alerts, verdicts = worst_by_site(actor, sites), worst_verdicts(actor, sites)
    # Who may not know of alerts is not told either that there is none.
    silent = {} if can(actor, "monitoring.alert.view") else {"level_text": MISSING}
    found: dict[UUID, dict[str, Any]] = {}
    for site in sites:
        row: dict[str, Any] = {"report": "orange", "report_text": _("未报")} | silent
        if figures := last.get(site):
            behind = (due - figures.day).days
            row |= {
                "day": f"{figures.day:%m-%d}",
                "output": figures.output,
                "energy": figures.energy,
            }
            row |= {
                "coal": figures.coal,
                "power": figures.power,
                "report": "done" if behind <= 0 else "orange",
            }
            row["report_text"] = _("已报") if behind <= 0 else _("缺 %(n)d 日") % {"n": behind}
        if alert := alerts.get(site):
            row |= {"level": alert[0], "level_text": alert[1]}
        if verdict := verdicts.get(site):
            row |= {
                "unit_use": in_unit_words(quantity(verdict.observed, verdict.unit, 2)),
                "unit_limit": in_unit_words(quantity(verdict.expected, verdict.unit, 2)),
            }
            row |= {"ratio": share(verdict) * 100, "ratio_text": number(share(verdict) * 100, 1)}
        found[site] = row
    return found


def site_figures(actor: Actor, site: UUID, today: date) -> dict[str, Any]:
    """The site page's figures, chart, verdicts, alerts and reports; a constant number of queries."""
    verdicts = verdicts_of_site(actor, site)
    source = _source(actor)
    days = series(actor, site, today - timedelta(days=DAYS), today, source)
    alerts = alerts_of_site(actor, site, today) if can(actor, "monitoring.alert.view") else None
    reports = report_page(actor, page=1, site=site).object_list[:REPORTS]
    chart, title, text = _chart(days, next((v for v in verdicts if v.judged), None), today)
    return {
        "figures": _figures(actor, site, days),
        "chart": chart,
        "chart_title": title,
        "chart_text": text,
        "verdicts": [_verdict(v) for v in verdicts],
        "alerts": None if alerts is None else [_linked(a) for a in alerts],
        "alerts_url": reverse("monitoring:alert_list"),
        "reports": [_receipt(r) for r in reports],
        "reports_url": reverse("measures:report_list") + f"?site={site}",
        "level": _level(actor, site),
    }


def _linked(alert: AlertRow) -> dict[str, Any]:
    return asdict(alert) | {"url": reverse("monitoring:alert_detail", args=[alert.id])}


def _receipt(report: ReportRow) -> dict[str, Any]:
    url = reverse("measures:report", args=[report.id])
    return asdict(report) | {
        "day": report.day.isoformat(),
        "receipt": report.sha256[:12],
        "url": url,
    }


def _verdict(row: VerdictRow) -> VerdictRow:
    """With products and units in words."""
    return replace(
        row,
        subject=product_in_words(row.subject),
        observed=in_unit_words(row.observed),
        expected=in_unit_words(row.expected),
    )


def _source(actor: Actor) -> Source:
    """Who reports sees his own figures, everyone else the enterprise's."""
    return own_source(actor) if can(actor, "measures.report.submit") else Source.ENTERPRISE


def _level(actor: Actor, site: UUID) -> tuple[str, str]:
    if not can(actor, "monitoring.alert.view"):
        return "", ""  # silence: who may not know of alerts is not told either that there is none
    return worst_by_site(actor, [site]).get(site, ("none", _("无预警")))


def _figures(actor: Actor, site: UUID, days: Sequence[DayFigures]) -> list[dict[str, Any]]:
    latest = next(iter(latest_figures(actor, site)), None)
    if latest is None:
        return []
    trend = days[-30:]
    note = _("%(day)s · %(source)s") % {"day": f"{latest.day:%m-%d}", "source": latest.source_text}
    url = reverse("measures:report", args=[latest.report_id])

    def one(label: str, text: str, values: Sequence[Any]) -> dict[str, Any]:
        value, _space, unit = text.partition("\u00a0")
        return {
            "label": label,
            "value": value,
            "unit": unit,
            "note": note,
            "url": url,
            "spark": [v or 0 for v in values],
        }

    return [
        one(latest.product or _("产量"), latest.output, [d.output for d in trend]),
        one(_("综合能耗（当量值）"), latest.energy, [d.energy_tce for d in trend]),
        one(_("煤炭消费"), latest.coal, [d.coal_t for d in trend]),
        one(_("二氧化碳排放"), latest.co2, [d.co2_t for d in trend]),
    ]


def _chart(
    days: Sequence[DayFigures], verdict: VerdictRow | None, today: date
) -> tuple[dict[str, Any], str, str]:
    """Unit consumption against the limit where a rule judges it, else energy by day. Floats, for drawing only."""
    if not days:
        return {}, _("能耗走势"), ""
    span = [days[0].period + timedelta(days=n) for n in range((today - days[0].period).days)]
    by_day = {d.period: d for d in days}
    unit, limit = (verdict.unit, verdict.limit) if verdict else ("tce", None)
    if verdict:
        values = {
            p: unit_use(d.energy_tce, d.output, d.output_unit, unit) for p, d in by_day.items()
        }
        name, title = _("日单耗"), _("单位产品能耗")
    else:
        values = {p: d.energy_tce for p, d in by_day.items()}
        name, title = _("综合能耗（当量值）"), _("综合能耗走势")
    data = [None if (v := values.get(day)) is None else round(float(v), 3) for day in span]
    kind = "line" if verdict else "bar"
    chart: dict[str, Any] = {
        "unit": in_unit_words(unit),
        "x": [f"{d:%m-%d}" for d in span],
        "series": [{"name": name, "kind": kind, "data": data}],
    }
    if limit is not None:
        chart["limit"] = {"name": _("限额"), "value": round(float(limit), 3)}
    text = _("%(first)s 至 %(last)s 的%(title)s，单位 %(unit)s") % {
        "first": span[0].isoformat() if span else "", "last": days[-1].period.isoformat(), "title": title, "unit": in_unit_words(unit),
    }  # fmt: skip
    return chart, title, text
