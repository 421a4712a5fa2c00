"""The latest word of each rule on a site: judged, or not judged because …"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import can
from hengjian.kernel.text import quantity
from hengjian.monitoring.detectors import detectors
from hengjian.monitoring.detectors.detector import VERDICTS
from hengjian.monitoring.models import Verdict
from hengjian.monitoring.rules import INCOMPARABLE_LABELS

JUDGED = frozenset({"within", "over"})


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """One rule and subject; ``text`` says what was found or why nothing could be."""

    rule: str
    title: str
    subject: str
    day: date
    judged: bool
    over: bool
    text: str
    observed: str
    expected: str


def verdict_labels() -> Mapping[str, str]:
    """Every verdict as a sentence (message ids)."""
    return {**{str(code): text for code, text in VERDICTS.items()}, **INCOMPARABLE_LABELS}


def verdicts_of_site(actor: Actor, site: UUID) -> list[VerdictRow]:
    """The latest verdicts of a site; none for those who may not see alerts. One query."""
    if not can(actor, "monitoring.alert.view"):
        return []
    labels, known = verdict_labels(), detectors()
    rows = Verdict.objects.visible_to(actor).filter(site=site).order_by("rule", "-day", "subject")
    return [
        VerdictRow(
            rule=row.rule,
            title=_(known[row.rule].title) if row.rule in known else row.rule,
            subject=row.subject,
            day=row.day,
            judged=row.verdict in JUDGED,
            over=row.verdict == "over",
            text=_(labels.get(row.verdict, row.verdict)),
            observed=quantity(row.observed, row.unit, 2),
            expected=quantity(row.expected, row.unit, 2),
        )
        for row in rows
    ]
