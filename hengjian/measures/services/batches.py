"""One intake for all batches: JSON and files, of systems and of officials (E1); idempotent, with a receipt."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid5

from django.db import IntegrityError, connection, transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.audit.services import record
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.errors import Conflict, FieldError, NotPermitted, ValidationFailed
from hengjian.kernel.text import N_
from hengjian.measures.models import Batch, RefusedRow, Report
from hengjian.measures.models.report import DAILY
from hengjian.measures.permissions import Source
from hengjian.measures.rules.batch_table import RawRow
from hengjian.measures.rules.forms import Form, first_day, in_calendar
from hengjian.measures.services.delivering import check_clock, may_send, open_desk, received
from hengjian.measures.services.taking import Delivery, Taken, digest_inputs
from hengjian.registry.models import Site

MAX_ROWS = 10_000
MAX_REASON = 500
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Parcel:
    """A batch as sent: rows, and what is said of all of them. ``sha256`` is over the bytes received."""

    batch_id: UUID
    source: str
    rows: Sequence[RawRow]
    channel: str
    sha256: str
    form: str = DAILY
    partial: bool = False
    file_name: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receipt; ``repeated``: the batch was taken in before and nothing was done."""

    batch: Batch
    repeated: bool
    errors: Sequence[FieldError] = field(default_factory=tuple)


def verb_of(actor: Actor) -> str:
    """A system delivers, an official uploads."""
    return "measures.batch.deliver" if actor.kind is Kind.SENDER else "measures.batch.upload"


@transaction.atomic
def take_batch(*, actor: Actor, parcel: Parcel, now: datetime, today: date) -> Accepted:
    """Take in a batch: all rows or none, or with ``partial`` the good rows while the others are kept with reasons.

    The same id with the same bytes again is a replay and gives the same receipt.

    Raises:
        NotPermitted: wrong post or foreign source. Conflict: the id holds another batch.
        ValidationFailed: every faulty row by number and field, or a batch too large or empty; nothing is stored.
    """
    verb = verb_of(actor)
    require(actor, verb)
    may_send(actor, parcel.source, verb)
    if actor.home_region is None:
        raise NotPermitted(verb=verb)
    _lock(parcel.batch_id)
    known = Batch.objects.visible_to(actor).filter(id=parcel.batch_id).first()
    if known is not None:
        return _replay(known, parcel)
    _check(parcel, now)
    rows, taken = _deliveries(actor, parcel)
    values = list(rows.values())
    desk = open_desk(actor, values, verb=verb, now=now, today=today, device_time=parcel.sent_at)
    done = desk.take(rows)
    done.faults.update(taken.faults)
    if not done.faults or parcel.partial:
        desk.store(done)
    if done.faults and not parcel.partial:
        raise ValidationFailed(done.errors, N_("批次中有错误，整批未保存"))
    batch = _batch(actor, actor.home_region, parcel, done, now)
    _insert(batch)
    _quarantine(batch, parcel.rows, done)
    _record(actor, verb, batch)
    return Accepted(batch, repeated=False, errors=done.errors)


def _lock(batch_id: UUID) -> None:
    """Until the end of the transaction nobody else takes in this batch."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"measures.batch:{batch_id}"]
        )


def _replay(known: Batch, parcel: Parcel) -> Accepted:
    if known.sha256 != parcel.sha256 or known.source != parcel.source:
        raise Conflict(
            N_("该批次编号已用于另一批内容，未作改动"), subject=f"measures.batch:{known.pk}"
        )
    errors = [
        FieldError(fault["field"], fault["message"], row.number, fault["data"])
        for row in known.refused_rows.all()
        for fault in row.faults
    ]
    return Accepted(known, repeated=True, errors=errors)


def _check(parcel: Parcel, now: datetime) -> None:
    if not parcel.rows:
        raise ValidationFailed([FieldError("rows", N_("批次中没有数据行"))])
    if len(parcel.rows) > MAX_ROWS:
        raise ValidationFailed(
            [FieldError("rows", N_("每批最多 {rows} 行，请分批发送"), data={"rows": MAX_ROWS})]
        )
    if parcel.form not in set(Form):
        raise ValidationFailed([FieldError("form", N_("没有这种报表"))])
    check_clock(parcel.sent_at, now)


def _deliveries(actor: Actor, parcel: Parcel) -> tuple[dict[int, Delivery], Taken]:
    """Rows that can be read, and the faults of the others."""
    read, taken = _Reader(actor, parcel), Taken()
    rows: dict[int, Delivery] = {}
    for row in parcel.rows:
        try:
            rows[row.number] = read.row(row)
        except ValidationFailed as error:
            taken.refuse(row.number, error)
    return rows, taken


def _sites(actor: Actor, rows: Sequence[RawRow]) -> Mapping[str, UUID]:
    """Sites within reach by id and by full name, a name that two of them bear left out."""
    names, ids = set(), set()
    for text in {row.site for row in rows}:
        if (site_id := _uuid(text)) is not None:
            ids.add(site_id)
        elif "\x00" not in text:
            names.add(text)
    visible = Site.objects.visible_to(actor)
    found: dict[str, UUID] = {
        str(site_id): site_id for site_id in visible.filter(id__in=ids).values_list("id", flat=True)
    }
    twice: set[str] = set()
    for site_id, name in visible.filter(name__in=names).values_list("id", "name"):
        twice |= {name} & found.keys()
        found[name] = site_id
    return {name: site_id for name, site_id in found.items() if name not in twice}


class _Reader:
    """Texts of rows to deliveries; the same texts come thousands of times."""

    def __init__(self, actor: Actor, parcel: Parcel) -> None:
        self._account, self._parcel = actor.account_id, parcel
        self._sites = _sites(actor, parcel.rows)
        self._days: dict[str, date | None] = {}
        self._first: dict[tuple[UUID, date], int] = {}

    def row(self, row: RawRow) -> Delivery:
        """Raises ValidationFailed with every fault."""
        errors = list(row.faults)
        site_id = self._sites.get(row.site) or self._sites.get(str(_uuid(row.site)))
        if site_id is None:
            errors.append(FieldError("site", N_("没有这个厂区，或不在报送范围内")))
        if (day := self._day(row.period)) is None:
            errors.append(FieldError("period", N_("日期应写作 2026-11-22，月份写作 2026-11")))
        report_id = uuid5(self._parcel.batch_id, f"{self._account}:{row.number}")
        if row.report_id:
            given = _uuid(row.report_id)
            if given is None:
                errors.append(FieldError("report_id", N_("应为 UUID")))
            report_id = given or report_id
        if len(row.reason) > MAX_REASON:
            errors.append(FieldError("reason", N_("理由最多 {most} 字"), data={"most": MAX_REASON}))
        if site_id is not None and day is not None:
            first = self._first.setdefault((site_id, day), row.number)
            if first != row.number:
                message = N_("与本批第 {row} 行是同一厂区同一期")
                errors.append(FieldError("row", message, data={"row": first}))
        if errors or site_id is None or day is None:
            raise ValidationFailed(errors)
        return Delivery(
            report_id=report_id,
            site_id=site_id,
            period=day,
            source=self._parcel.source,
            quantities=row.quantities,
            reason=row.reason,
            form=self._parcel.form,
        )

    def _day(self, text: str) -> date | None:
        if text not in self._days:
            self._days[text] = _parsed_day(text, self._parcel.form)
        return self._days[text]


def _parsed_day(text: str, form: str) -> date | None:
    """A day, or the first day of a month; also with / or . as Chinese spreadsheets write it."""
    written = text.strip().replace("/", "-").replace(".", "-")
    try:
        if found := _DAY.fullmatch(written):
            day = date(*map(int, found.groups()))
            return day if in_calendar(day) else None
        if (found := _MONTH.fullmatch(written)) and form != DAILY:
            day = date(int(found[1]), int(found[2]), 1)
            if not in_calendar(day):
                return None
            return first_day(Form(form), day) if form in set(Form) else day
    except ValueError:
        return None
    return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _batch(actor: Actor, region: int, parcel: Parcel, done: Taken, now: datetime) -> Batch:
    reports: list[Report] = received(done)
    days = [report.period for report in reports]
    return Batch(
        id=parcel.batch_id,
        region_id=region,
        source=Source(parcel.source).value,
        channel=parcel.channel,
        file_name=parcel.file_name[:160],
        sha256=parcel.sha256,
        reports_sha256=hashlib.sha256(digest_inputs(reports).encode()).hexdigest(),
        partial=parcel.partial,
        rows=len(parcel.rows),
        created=len(done.made),
        replayed=len(done.replayed),
        refused=len(done.faults),
        first_period=min(days, default=None),
        last_period=max(days, default=None),
        received_at=now,
        sent_at=parcel.sent_at,
        account_id=actor.account_id,
        sender_name=actor.name,
        sender_post=actor.post,
    )


def _insert(batch: Batch) -> None:
    try:
        with transaction.atomic():
            batch.save(force_insert=True)
    except IntegrityError as error:
        # The id belongs to a batch that this sender does not see.
        raise Conflict(N_("该批次编号已被使用，请换一个编号")) from error


def _quarantine(batch: Batch, rows: Sequence[RawRow], done: Taken) -> None:
    RefusedRow.objects.bulk_create(
        [
            RefusedRow(
                batch=batch,
                region_id=batch.region_id,
                account_id=batch.account_id,
                number=row.number,
                text=_text(row.raw),
                faults=[
                    {
                        "field": _held(f.field),
                        "message": f.message,
                        "data": {key: _held(value) for key, value in f.data.items()},
                    }
                    for f in done.faults[row.number]
                ],
            )
            for row in rows
            if row.number in done.faults
        ],
        batch_size=1000,
    )


def _held(value: object) -> object:
    """What a fault quotes of a row, as jsonb can hold it: NUL written out."""
    return value.replace("\x00", "\\u0000") if isinstance(value, str) else value


def _text(raw: object) -> str:
    """A refused row word for word: cells as a line of CSV, else JSON; NUL, which no text holds, is written out."""
    if isinstance(raw, tuple):
        out = io.StringIO()
        csv.writer(out, lineterminator="").writerow(raw)
        return out.getvalue().replace("\x00", "\\u0000")
    return json.dumps(raw, ensure_ascii=False).replace("\x00", "\\u0000")


def _record(actor: Actor, verb: str, batch: Batch) -> None:
    record(
        actor=actor,
        verb=verb,
        subject=f"measures.batch:{batch.pk}",
        now=batch.received_at,
        region=batch.region_id,
        data={
            "source": batch.source,
            "channel": batch.channel,
            "sha256": batch.sha256,
            "reports": batch.reports_sha256,
            "rows": batch.rows,
            "created": batch.created,
            "replayed": batch.replayed,
            "refused": batch.refused,
            "first": batch.first_period,
            "last": batch.last_period,
        },
    )
