"""Monitoring's part of the page of one site: its alerts, and what each rule last said of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.monitoring.selectors.alerts import alerts_of_site
from hengjian.monitoring.selectors.verdicts import VerdictRow, verdicts_of_site


def site_context(actor: Actor, site: UUID, today: date) -> dict[str, Any]:
    """``alerts`` and ``verdicts`` (pairs) of a site; both empty for those who may not see alerts. Two queries."""
    return {
        "alerts": [
            {**asdict(row), "url": reverse("monitoring:alert_detail", args=[row.id])}
            for row in alerts_of_site(actor, site, today)
        ],
        "alerts_url": reverse("monitoring:alert_list") + "?tab=all",
        "verdicts": [_verdict(row) for row in verdicts_of_site(actor, site)],
    }


def _verdict(row: VerdictRow) -> dict[str, Any]:
    figures = _("，%(observed)s，限额 %(expected)s") if row.judged else ""
    given = {"observed": row.observed, "expected": row.expected}
    return {
        "label": f"{row.rule} {row.title}（{row.day:%m-%d}）",
        "value": row.text + figures % given if figures else row.text,
        "tone": "over" if row.over else "",
    }
