"""Taking in many reports at once (imports, demo): the same rules and conversion, one transaction, one audit entry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import Conflict, DomainError, FieldError, ValidationFailed
from hengjian.kernel.text import N_
from hengjian.measures.models import Report
from hengjian.measures.permissions import Source
from hengjian.measures.rules.conversion import Factor
from hengjian.measures.services.intake import (
    Plant,
    Quantities,
    Sender,
    Stated,
    build,
    content,
    read_quantities,
)
from hengjian.measures.services.plants import factors_between, lock_site, plants
from hengjian.measures.services.submission import next_revision, source_for
from hengjian.registry.models import Site

_VERB = "measures.report.load"
_Key = tuple[UUID, date, str]
BATCH = 500


@dataclass(frozen=True, slots=True)
class Delivery:
    """One report of a batch. ``received_at`` (aware) where another system received it earlier; None: now."""

    report_id: UUID
    site_id: UUID
    period: date
    source: str
    quantities: Stated
    reason: str = ""
    received_at: datetime | None = None
    reporter: Sender | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a batch did; ``sha256`` is over the hashes of its reports in the order given."""

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
    if not rows:
        return Loaded(0, 0, hashlib.sha256(b"").hexdigest())
    site_ids = sorted({row.site_id for row in rows})
    for site_id in site_ids:
        lock_site(site_id)
    intake = _Intake(
        plants=plants(Site.objects.visible_to(actor).filter(id__in=site_ids)),
        factors=_Factors(factors_between(*_days(rows))),
        known={r.pk: r for r in _stored(rows)},
        actor=actor,
        now=now,
        today=today,
    )
    made, replayed = intake.take(rows)
    Report.objects.bulk_create(made, batch_size=BATCH)
    digest = hashlib.sha256("".join(r.sha256 for r in [*made, *replayed]).encode()).hexdigest()
    if made:
        _record(actor, made, digest, now)
    return Loaded(len(made), len(replayed), digest)


def _record(actor: Actor, made: Sequence[Report], digest: str, now: datetime) -> None:
    days = [report.period for report in made]
    record(
        actor=actor,
        verb=_VERB,
        subject=f"measures.batch:{digest[:16]}",
        now=now,
        data={"sha256": digest, "reports": len(made), "first": min(days), "last": max(days)},
    )


def _days(rows: Sequence[Delivery]) -> tuple[date, date]:
    days = [row.period for row in rows]
    return min(days), max(days)


def _stored(rows: Sequence[Delivery]) -> Iterator[Report]:
    """Reports that the rows may repeat or correct, by id or by site and day."""
    first, last = _days(rows)
    sites = {row.site_id for row in rows}
    yield from Report.objects.filter(site__in=sites, period__range=(first, last))
    yield from Report.objects.filter(id__in=[row.report_id for row in rows]).exclude(
        site__in=sites, period__range=(first, last)
    )


class _Factors:
    """Factors by day: most rows of a batch share few days."""

    def __init__(self, factors: Sequence[Factor]) -> None:
        self._all = factors
        self._by_day: dict[date, tuple[Factor, ...]] = {}

    def on(self, day: date) -> tuple[Factor, ...]:
        if day not in self._by_day:
            self._by_day[day] = tuple(
                f
                for f in self._all
                if f.valid_from <= day and (f.valid_to is None or day <= f.valid_to)
            )
        return self._by_day[day]


@dataclass(slots=True)
class _Intake:
    plants: Mapping[UUID, Plant]
    factors: _Factors
    known: dict[UUID, Report]
    actor: Actor
    now: datetime
    today: date

    def take(self, rows: Sequence[Delivery]) -> tuple[list[Report], list[Report]]:
        """New and repeated reports; raises with every faulty row."""
        latest: dict[_Key, Report] = {}
        for report in sorted(self.known.values(), key=lambda r: r.revision):
            latest[report.site_id, report.period, report.source] = report
        made: list[Report] = []
        replayed: list[Report] = []
        errors: list[FieldError] = []
        for number, row in enumerate(rows, start=1):
            try:
                report, is_new = self._one(row, latest)
            except ValidationFailed as failed:
                errors += [FieldError(e.field, e.message, number, e.data) for e in failed.errors]
            except DomainError as refused:
                errors.append(FieldError("report", refused.message, number, refused.data))
            else:
                (made if is_new else replayed).append(report)
        if errors:
            raise ValidationFailed(errors)
        return made, replayed

    def _one(self, row: Delivery, latest: dict[_Key, Report]) -> tuple[Report, bool]:
        source = source_for(self.actor, row.source, _VERB)
        plant = self.plants.get(row.site_id)
        if plant is None:
            raise ValidationFailed([FieldError("site_id", N_("没有这个厂区"))])
        received_at = row.received_at or self.now
        if row.period > self.today or received_at > self.now:
            raise ValidationFailed([FieldError("period", N_("不能填报未来日期"))])
        read = read_quantities(row.quantities, plant.lines)
        known = self.known.get(row.report_id)
        if known is not None:
            return self._replay(known, row, source, read), False
        key = (row.site_id, row.period, source.value)
        report = build(
            report_id=row.report_id,
            plant=plant,
            period=row.period,
            source=source,
            revision=next_revision(latest.get(key), row.reason, read),
            reason=row.reason.strip(),
            quantities=read,
            factors=self.factors.on(row.period),
            sender=row.reporter or Sender(None, self.actor.name, self.actor.post),
            received_at=received_at,
        )
        latest[key] = self.known[row.report_id] = report
        return report, True

    @staticmethod
    def _replay(known: Report, row: Delivery, source: Source, read: Quantities) -> Report:
        if content(row.site_id, row.period, source, known.revision, read) != known.canon:
            raise Conflict(N_("该编号的日报已存在且内容不同，未作改动"))
        return known
