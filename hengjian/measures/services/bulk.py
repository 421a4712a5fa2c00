"""Taking in many reports at once (imports, demo): the same rules and conversion, one transaction, one audit entry."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import FieldError, ValidationFailed
from hengjian.kernel.text import N_
from hengjian.measures.models import Report
from hengjian.measures.services.intake import Quantities, Sender
from hengjian.measures.services.taking import Delivery, Desk, digest_inputs

__all__ = ["Delivery", "Loaded", "bulk_intake"]
_VERB = "measures.report.load"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a batch did; ``sha256`` is over the hashes of its reports, new ones first."""

    created: int
    replayed: int
    sha256: str


@transaction.atomic
def bulk_intake(*, actor: Actor, rows: Sequence[Delivery], now: datetime, today: date) -> Loaded:
    """Take in all rows or none; repeated rows are replays. The platform only; no limit on how old a day is.

    Raises:
        ValidationFailed: every faulty row by its number (1-based) and field; nothing is stored.
    """
    require(actor, _VERB)

    def judge(row: Delivery, _read: Quantities, _latest: Report | None) -> None:
        if row.period > today or (row.received_at or now) > now:
            raise ValidationFailed([FieldError("period", N_("不能填报未来日期"))])

    desk = Desk(
        actor=actor,
        default=Sender(None, actor.name, actor.post),
        now=now,
        judge=judge,
    )
    taken = desk.take(dict(enumerate(rows, start=1)))
    if not taken.faults:
        desk.store(taken)
    if taken.faults:
        raise ValidationFailed(taken.errors)
    made = list(taken.made.values())
    reports = [*made, *taken.replayed.values()]
    digest = hashlib.sha256(digest_inputs(reports).encode()).hexdigest()
    if made:
        _record(actor, made, digest, now)
    return Loaded(len(made), len(taken.replayed), digest)


def _record(actor: Actor, made: Sequence[Report], digest: str, now: datetime) -> None:
    days = [report.period for report in made]
    record(
        actor=actor,
        verb=_VERB,
        subject=f"measures.batch:{digest[:16]}",
        now=now,
        data={"sha256": digest, "reports": len(made), "first": min(days), "last": max(days)},
    )
