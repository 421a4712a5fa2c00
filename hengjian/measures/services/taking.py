"""From rows of a batch to reports: the rules of a single report, with everything that rows share asked once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from uuid import UUID

from django.db.models import Q

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.errors import (
    Conflict,
    DomainError,
    FieldError,
    TooEarlyOrLate,
    ValidationFailed,
)
from hengjian.kernel.text import N_
from hengjian.measures.models import Report
from hengjian.measures.models.report import DAILY
from hengjian.measures.permissions import Source
from hengjian.measures.reference import DailyItem, closing_of, lines_of, lines_of_source
from hengjian.measures.rules.conversion import FactorsOfDay
from hengjian.measures.rules.forms import Form, previous
from hengjian.measures.services.inserting import insert_reports
from hengjian.measures.services.intake import (
    NO_REMARKS,
    Plant,
    Quantities,
    Remarks,
    Sender,
    Stated,
    build,
    check_remarks,
    content,
    read_quantities,
)
from hengjian.measures.services.plants import factors_on, lock_sites, plants
from hengjian.measures.services.submission import next_revision
from hengjian.measures.services.window import BOUND
from hengjian.registry.models import Site

Key = tuple[UUID, str, date, str]
_KNOWN = ("id", "site", "form", "period", "source", "revision", "canon", "sha256", "quantities")


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
    form: str = DAILY
    remarks: Remarks = NO_REMARKS


@dataclass(slots=True)
class Taken:
    """What became of the rows, by their number (1-based): reports made, reports repeated, faults."""

    made: dict[int, Report] = field(default_factory=dict)
    replayed: dict[int, Report] = field(default_factory=dict)
    faults: dict[int, list[FieldError]] = field(default_factory=dict)

    @property
    def errors(self) -> list[FieldError]:
        """Every fault in the order of the rows."""
        return [fault for number in sorted(self.faults) for fault in self.faults[number]]

    def refuse(self, number: int, error: DomainError) -> None:
        """Keep why a row is not taken."""
        if isinstance(error, ValidationFailed):
            found = [FieldError(e.field, e.message, number, e.data) for e in error.errors]
        else:
            name = "period" if isinstance(error, TooEarlyOrLate) else "report"
            found = [FieldError(name, error.message, number, error.data)]
        self.faults.setdefault(number, []).extend(found)


_HELD = N_("该编号已被使用，或该厂区当期已有其他报送人的同来源数据，未作改动")
Judge = Callable[[Delivery, Quantities, Report | None], None]
"""Asked of each new row with its figures and the latest report of its period; raises DomainError."""


@dataclass(slots=True)
class Desk:
    """Where the rows of one batch are judged and computed; their sites stay locked for the transaction.

    ``judge`` asks what the way in asks beyond the rules of a report; ``default`` vouches for rows that name nobody.
    The required lines of a form are asked of those who fill it in, not of instruments and other systems.
    """

    actor: Actor
    default: Sender
    now: datetime
    judge: Judge
    plants: Mapping[UUID, Plant] = field(default_factory=dict)
    known: dict[UUID, Report] = field(default_factory=dict)
    latest: dict[Key, Report] = field(default_factory=dict)
    _factors: Mapping[date, FactorsOfDay] = field(default_factory=dict)

    def take(self, rows: Mapping[int, Delivery]) -> Taken:
        """Judge and compute every row; nothing is stored yet."""
        taken = Taken()
        if not rows:
            return taken
        self._open(rows.values())
        for number, row in rows.items():
            try:
                report, is_new = self._one(row)
            except DomainError as error:
                taken.refuse(number, error)
            else:
                (taken.made if is_new else taken.replayed)[number] = report
        return taken

    def take_one(self, row: Delivery) -> tuple[Report, bool]:
        """Judge, compute and store a single row; True: it is new. Raises its fault."""
        self._open([row])
        report, is_new = self._one(row)
        if is_new and not insert_reports([report]):
            raise Conflict(_HELD)
        return report, is_new

    def store(self, taken: Taken) -> None:
        """Insert what was made; a row whose place is held by a report out of sight becomes a fault."""
        stored = insert_reports(list(taken.made.values()))
        if len(stored) == len(taken.made):
            return
        for number in [n for n, report in taken.made.items() if report.pk not in stored]:
            del taken.made[number]
            taken.refuse(
                number,
                Conflict(_HELD),
            )

    def _open(self, rows: Iterable[Delivery]) -> None:
        rows = list(rows)
        sites, days = {row.site_id for row in rows}, {row.period for row in rows}
        lock_sites(sites)
        self.plants = plants(
            Site.objects.visible_to(self.actor)
            .only("id", "region_id", "enterprise_id")
            .filter(id__in=sites)
        )
        self._factors = factors_on(days)
        if any(code in closing_of() for row in rows for code in row.quantities):
            days |= {previous(Form(row.form), row.period) for row in rows}
        reports = Report.objects.visible_to(self.actor).only(*_KNOWN)
        ids = [row.report_id for row in rows]
        told = Q(site__in=sites, period__in=days) | Q(id__in=ids)
        for report in reports.filter(told).order_by("revision"):
            self.known[report.pk] = self.latest[_key(report)] = report

    def _one(self, row: Delivery) -> tuple[Report, bool]:
        source = _source(row.source)
        plant = self.plants.get(row.site_id)
        if plant is None:
            raise ValidationFailed([FieldError("site_id", N_("没有这个厂区"))])
        if source in BOUND:
            lines = plant.lines_of(row.form)
        else:
            lines = _none_required(plant.industries, row.form, row.source)
        read = read_quantities(row.quantities, lines)
        if row.remarks is not NO_REMARKS:
            check_remarks(row.remarks, row.form, row.period, read)
        known = self.known.get(row.report_id)
        if known is not None:
            return _replay(known, row, source, read), False
        key = (row.site_id, row.form, row.period, source.value)
        latest = self.latest.get(key)
        self.judge(row, read, latest)
        report = build(
            report_id=row.report_id,
            plant=plant,
            period=row.period,
            source=source,
            revision=next_revision(latest, row.reason, read, row.remarks),
            reason=row.reason.strip(),
            quantities=read,
            factors=self._factors[row.period],
            sender=row.reporter or self.default,
            received_at=row.received_at or self.now,
            form=row.form,
            remarks=row.remarks,
        )
        self.latest[key] = self.known[row.report_id] = report
        return report, True


def _key(report: Report) -> Key:
    return report.site_id, report.form, report.period, report.source


@cache
def _none_required(industries: frozenset[str], form: str, source: str) -> tuple[DailyItem, ...]:
    """A grid company knows no output: an independent source states what it measured."""
    lines = lines_of(industries, Form(form))
    if form == DAILY:
        lines += lines_of_source(source)
    return tuple(replace(line, required=False) for line in lines)


_SOURCES = {source.value: source for source in Source}


def _source(text: str) -> Source:
    found = _SOURCES.get(text)
    if found is None:
        raise ValidationFailed([FieldError("source", N_("没有这种数据来源"))])
    return found


def _replay(known: Report, row: Delivery, source: Source, read: Quantities) -> Report:
    said = content(
        row.site_id,
        row.period,
        source,
        known.revision,
        read,
        form=row.form,
        remarks=row.remarks,
    )
    if said != known.canon:
        raise Conflict(N_("该编号的日报已存在且内容不同，未作改动"))
    return known


def digest_inputs(reports: Sequence[Report]) -> str:
    """What a batch's receipt hashes: the hashes of its reports in the order of the rows."""
    return "".join(report.sha256 for report in reports)
