"""Taking in quarter-hours of a meter: stored once, corrected by revisions, repeated without effect."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.audit.services import record
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.errors import (
    FieldError,
    NotPermitted,
    TooEarlyOrLate,
    TooLarge,
    ValidationFailed,
)
from hengjian.kernel.text import N_
from hengjian.measures.meter_reference import meter_layouts
from hengjian.measures.models import DayStart, MeterEvent, Reading, ReadingBatch
from hengjian.measures.permissions import Source
from hengjian.measures.rules import intervals
from hengjian.measures.rules.intervals import Days
from hengjian.measures.rules.meter_file import FIELDS, MeterFile, QuarterRow, read_meter_file
from hengjian.measures.rules.meter_summary import summarise
from hengjian.measures.rules.receipt import plain
from hengjian.measures.selectors.readings import ELECTRICITY, days_of
from hengjian.measures.services.plants import lock_site
from hengjian.registry.models import Meter, Site

LOAD, DELIVER = "measures.reading.load", "measures.reading.deliver"
API_LAYOUT = "quarter_api"
MAX_ROWS = 40_000  # a year of quarter-hours, and some

_COLUMNS = ", ".join(FIELDS)
# One statement, arrays instead of a temporary table: the logins hold no TEMP, and a table made and dropped for each
# batch would bloat the catalogue. COPY cannot write a table under row security.
_INSERT = f"""
WITH incoming AS (
  SELECT * FROM unnest(%s::timestamptz[], %s::date[], %s::smallint[], %s::text[],
    {", ".join(["%s::numeric[]"] * len(FIELDS))}) AS t (at, production_day, quarter, flag, {_COLUMNS})
), latest AS (
  SELECT DISTINCT ON (at) at, revision, production_day, quarter, flag, {_COLUMNS}
  FROM measures_reading WHERE meter_id = %s AND at BETWEEN %s AND %s ORDER BY at, revision DESC
), made AS (
  INSERT INTO measures_reading (meter_id, site_id, enterprise_id, region_id, batch_id, received_at,
    at, revision, production_day, quarter, flag, {_COLUMNS})
  SELECT %s, %s, %s, %s, %s, %s, i.at, coalesce(l.revision, 0) + 1, i.production_day, i.quarter, i.flag,
    {", ".join(f"i.{name}" for name in FIELDS)}
  FROM incoming i LEFT JOIN latest l USING (at)
  WHERE (l.production_day, l.flag, {", ".join(f"l.{name}" for name in FIELDS)})
    IS DISTINCT FROM (i.production_day, i.flag, {", ".join(f"i.{name}" for name in FIELDS)})
  RETURNING production_day, revision
)
SELECT production_day, count(*) FILTER (WHERE revision = 1), count(*) FILTER (WHERE revision > 1)
FROM made GROUP BY production_day ORDER BY production_day
"""  # noqa: S608 - names of our own columns


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch did: rows stored, corrected and found unchanged, and the production days it touched."""

    created: int
    corrected: int
    unchanged: int
    days: tuple[date, ...]


def receipt_of(rows: Sequence[QuarterRow]) -> str:
    """SHA-256 over the rows in time order: end (UTC), flag and values, one row a line."""
    digest = hashlib.sha256()
    for row in rows:
        values = ",".join("" if value is None else plain(value) for value in row.values)
        digest.update(f"{row.at:%Y-%m-%dT%H:%MZ},{row.flag},{values}\n".encode())
    return digest.hexdigest()


@transaction.atomic
def take_in(
    *,
    actor: Actor,
    batch: ReadingBatch,
    rows: Sequence[QuarterRow],
    events: Collection[intervals.MeterEvent],
    now: datetime,
) -> Taken:
    """Store the rows of a saved batch that say something new, close the batch and record it.

    ``rows`` in time order, each instant once. A row equal to the latest revision of its instant is left alone.
    """
    verb = _verb(actor)
    require(actor, verb)
    lock_site(batch.site_id)
    taken = _insert(batch, rows, now)
    _keep_events(batch, events, now)
    batch.created, batch.corrected, batch.unchanged = (
        taken.created,
        taken.corrected,
        taken.unchanged,
    )
    batch.receipt, batch.state, batch.finished_at = receipt_of(rows), ReadingBatch.State.DONE, now
    batch.progress = 60
    batch.save(
        update_fields=[
            "created",
            "corrected",
            "unchanged",
            "receipt",
            "state",
            "finished_at",
            "progress",
        ]
    )
    _record(actor, verb, batch, taken, now)
    return taken


def _keep_events(
    batch: ReadingBatch, events: Collection[intervals.MeterEvent], now: datetime
) -> None:
    for event in events:
        MeterEvent.objects.get_or_create(
            meter_id=batch.meter_id,
            at=event.at,
            kind=event.kind.value,
            before=event.before[:60],
            after=event.after[:60],
            defaults={
                "site_id": batch.site_id,
                "region_id": batch.region_id,
                "enterprise_id": batch.enterprise_id,
                "batch": batch,
                "recorded_at": now,
            },
        )


def _verb(actor: Actor) -> str:
    return DELIVER if actor.kind is Kind.SENDER else LOAD


def _insert(batch: ReadingBatch, rows: Sequence[QuarterRow], now: datetime) -> Taken:
    if not rows:
        return Taken(0, 0, 0, ())
    arrays = [
        _array(row.at.isoformat() for row in rows),
        _array(row.production_day.isoformat() for row in rows),
        _array(str(row.quarter) for row in rows),
        _array(row.flag for row in rows),
        *(_array(_text(row.values[n]) for row in rows) for n in range(len(FIELDS))),
    ]
    meter, first, last = batch.meter_id, rows[0].at, rows[-1].at
    owner = (batch.site_id, batch.enterprise_id, batch.region_id, batch.pk)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [*arrays, meter, first, last, meter, *owner, now])
        found = cursor.fetchall()
    created, corrected = sum(row[1] for row in found), sum(row[2] for row in found)
    unchanged = len(rows) - created - corrected
    return Taken(created, corrected, unchanged, tuple(row[0] for row in found))


def _array(texts: Iterable[str]) -> str:
    """An array as PostgreSQL writes it: one text is a third of the time of a list of objects."""
    return "{" + ",".join(texts) + "}"


def _text(value: Decimal | None) -> str:
    return "NULL" if value is None else f"{value:f}"


def _record(actor: Actor, verb: str, batch: ReadingBatch, taken: Taken, now: datetime) -> None:
    record(
        actor=actor,
        verb=verb,
        subject=f"measures.reading_batch:{batch.pk}",
        now=now,
        region=batch.region_id,
        data={
            "meter": batch.meter_id,
            "site": batch.site_id,
            "name": batch.name,
            "sha256": batch.sha256,
            "receipt": batch.receipt,
            "created": taken.created,
            "corrected": taken.corrected,
            "unchanged": taken.unchanged,
            "days": len(taken.days),
        },
    )


def new_batch(
    *,
    actor: Actor,
    meter: Meter,
    name: str,
    sha256: str,
    layout: str,
    summary: Mapping[str, object],
    now: datetime,
    state: ReadingBatch.State = ReadingBatch.State.RUNNING,
) -> ReadingBatch:
    """An unsaved batch of a meter in the name of the actor."""
    return ReadingBatch(
        meter=meter,
        site_id=meter.site_id,
        region_id=meter.region_id,
        enterprise_id=meter.enterprise_id,
        name=name[-160:],
        sha256=sha256,
        layout=layout,
        state=state,
        summary=dict(summary),
        account=actor.account_id,
        account_name=actor.name,
        account_post=actor.post,
        created_at=now,
    )


def metered(actor: Actor, verb: str, meter_id: UUID) -> Meter:
    """The electricity meter, if the actor sees it.

    Raises:
        NotPermitted, NotVisible: as every fetch. ValidationFailed: it measures something else.
    """
    meter = fetch(Meter.objects.select_related("site"), actor, verb, id=meter_id)
    if meter.medium != ELECTRICITY:
        raise ValidationFailed([FieldError("meter", N_("只有电能表有 15 分钟电量"))])
    return meter


def _read(stated: Sequence[Mapping[str, str]], days: Days, now: datetime) -> MeterFile:
    layout = next(one for one in meter_layouts() if one.code == API_LAYOUT)
    header = [column.heads[0] for column in layout.columns]
    rows = [(n, [row.get(head, "") for head in header]) for n, row in enumerate(stated, start=1)]
    return read_meter_file(header, rows, layout, days=days, until=now)


@transaction.atomic
def take_stated(
    *,
    actor: Actor,
    meter_id: UUID,
    sender: str,
    stated: Sequence[Mapping[str, str]],
    sha256: str,
    now: datetime,
) -> tuple[ReadingBatch, Taken]:
    """Take in quarter-hours as a program states them: ``time`` (end, local or with 24:00), ``flag``, FIELDS as texts.

    The same message again (``sha256`` of its body, by meter) gives the earlier batch. Rows are numbered from 1.

    Raises:
        NotPermitted, NotVisible: as every act; a system must be one of source meter. TooLarge: over MAX_ROWS.
        ValidationFailed: every faulty row by number, field and reason; nothing is stored.
    """
    verb = _verb(actor)
    meter = metered(actor, verb, meter_id)
    if actor.kind is Kind.SENDER and Source.METER not in actor.sources:
        raise NotPermitted(N_("无权报送这种来源的数据"), verb=verb)
    if len(stated) > MAX_ROWS:
        raise TooLarge(N_("一次最多 {limit} 行，请分次发送"), limit=MAX_ROWS)
    earlier = ReadingBatch.objects.visible_to(actor).filter(
        meter=meter, sha256=sha256, state=ReadingBatch.State.DONE
    )
    if (known := earlier.first()) is not None:
        return known, Taken(0, 0, len(stated), ())
    days = days_of(meter.site)
    file = _read(stated, days, now)
    if file.faults:
        raise ValidationFailed(
            [FieldError(f.column, f.message, f.row, f.data) for f in file.faults]
        )
    batch = new_batch(
        actor=actor, meter=meter, name=sender, sha256=sha256, layout=API_LAYOUT,
        summary=summarise(file, days), now=now,
    )  # fmt: skip
    batch.save(force_insert=True)
    return batch, take_in(actor=actor, batch=batch, rows=file.rows, events=file.events, now=now)


@transaction.atomic
def set_day_start(
    *, actor: Actor, site_id: UUID, valid_from: date, hour: int, now: datetime
) -> DayStart:
    """From ``valid_from`` on production days of the site start at ``hour`` (0, 8 or 20).

    Raises:
        ValidationFailed: another hour. TooEarlyOrLate: readings of that day or later are placed already.
    """
    verb = "measures.day_start.set"
    site = fetch(Site.objects.all(), actor, verb, id=site_id)
    if hour not in {0, 8, 20}:
        raise ValidationFailed([FieldError("hour", N_("生产日起点只能是0时、8时或20时"))])
    lock_site(site.pk)
    later = Reading.objects.visible_to(actor).filter(site=site, production_day__gte=valid_from)
    if later.exists():
        raise TooEarlyOrLate(N_("该日及以后已有计量读数，生产日起点只能从更晚的日期改起"))
    start, made = DayStart.objects.get_or_create(
        site=site,
        valid_from=valid_from,
        defaults={
            "hour": hour,
            "region_id": site.region_id,
            "enterprise_id": site.enterprise_id,
            "set_at": now,
        },
    )
    if not made and start.hour != hour:
        raise ValidationFailed([FieldError("valid_from", N_("这一天已设定过另一个起点"))])
    if made:
        record(
            actor=actor,
            verb=verb,
            subject=f"registry.site:{site.pk}",
            now=now,
            region=site.region_id,
            data={"valid_from": valid_from, "hour": hour},
        )
    return start
