"""The latest word of each rule on a site: judged, or not judged because …"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import can
from hengjian.kernel.text import quantity
from hengjian.measures.rules.units import in_words
from hengjian.monitoring.models import Verdict
from hengjian.monitoring.rules import INCOMPARABLE_LABELS

LIMIT_RULE = "L101"
JUDGED = frozenset({"within", "over"})
SAID = JUDGED | {"normal", "unusual"}
FOUND = frozenset({"over", "unusual"})


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
    unit: str
    limit: Decimal | None


def verdict_labels() -> Mapping[str, str]:
    """Every verdict as a sentence (message ids)."""
    from hengjian.monitoring.detectors.detector import VERDICTS  # the engine: see tasks.py

    return {**{str(code): text for code, text in VERDICTS.items()}, **INCOMPARABLE_LABELS}


def verdicts_of_site(actor: Actor, site: UUID) -> list[VerdictRow]:
    """The latest verdicts of a site; none for those who may not see alerts. One query."""
    if not can(actor, "monitoring.alert.view"):
        return []
    from hengjian.monitoring.detectors import rules  # the engine: see tasks.py

    labels, known = verdict_labels(), rules()
    rows = Verdict.objects.visible_to(actor).filter(site=site).order_by("rule", "-day", "subject")
    return [
        VerdictRow(
            rule=row.rule,
            title=_(known[row.rule].title) if row.rule in known else row.rule,
            subject=row.subject,
            day=row.day,
            judged=row.verdict in SAID,
            over=row.verdict in FOUND,
            text=_(labels.get(row.verdict, row.verdict)),
            observed=quantity(row.observed, in_words(row.unit, _), 2),
            expected=quantity(row.expected, in_words(row.unit, _), 2),
            unit=row.unit,
            limit=row.expected,
        )
        for row in rows
    ]


def worst_verdicts(actor: Actor, sites: Sequence[UUID]) -> dict[UUID, Verdict]:
    """Of each site the judged verdict that lies highest against its limit, for the ledger. One query."""
    if not can(actor, "monitoring.alert.view"):
        return {}
    rows = Verdict.objects.visible_to(actor).filter(
        rule=LIMIT_RULE, site__in=sites, verdict__in=JUDGED, expected__gt=0
    )
    worst: dict[UUID, Verdict] = {}
    for row in rows:
        held = worst.get(row.site_id)
        if held is None or share(row) > share(held):
            worst[row.site_id] = row
    return worst


def share(row: Verdict) -> Decimal:
    """Observed as a share of the limit; a judged verdict has both and the limit is positive here."""
    return (row.observed or Decimal(0)) / (row.expected or Decimal(1))
