"""Importing a file of one meter: preview and decide in the page, take in by a job; at the command line at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.errors import (
    DomainError,
    FieldError,
    TooLarge,
    TransitionNotAllowed,
    Unavailable,
    ValidationFailed,
)
from hengjian.kernel.files.selectors import path_of
from hengjian.kernel.files.services import store
from hengjian.kernel.files.workbook import Table, read_table
from hengjian.kernel.files.workbook_reasons import TableLimits
from hengjian.kernel.text import N_
from hengjian.measures.meter_reference import meter_layouts
from hengjian.measures.models import Reading, ReadingBatch
from hengjian.measures.rules.meter_file import MeterFile, MeterLayout, read_meter_file, recognise
from hengjian.measures.rules.meter_summary import summarise
from hengjian.measures.selectors.readings import days_of
from hengjian.measures.services.meter_days import report_days
from hengjian.measures.services.readings import MAX_ROWS, metered, new_batch, take_in
from hengjian.registry.models import Meter

UPLOAD = "measures.reading.upload"
LIMITS = TableLimits(rows=MAX_ROWS)
SHOWN_FAULTS = 200


@dataclass(frozen=True, slots=True)
class Read:
    """A file as read: its hash, layout and content."""

    sha256: str
    layout: MeterLayout
    file: MeterFile


def read_upload(*, meter: Meter, path: Path, file_name: str, layout: str, now: datetime) -> Read:
    """Read a file of the meter; ``layout`` empty: by its heads.

    Raises:
        TooLarge, WorkbookRefused: as the limits of uploads and tables say. ValidationFailed: columns of no layout.
    """
    limit = min(LIMITS.file_bytes, settings.UPLOAD_LIMIT_BYTES)
    if path.stat().st_size > limit:
        raise TooLarge(N_("文件超过 {limit} MB，请分次导入"), limit=limit // 2**20)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    table = read_table(path, "xlsx" if file_name.lower().endswith(".xlsx") else "csv", LIMITS)
    known = _layout(table, layout)
    rows = [(row.number, row.cells) for row in table.rows]
    days = days_of(meter.site)
    return Read(digest, known, read_meter_file(table.header, rows, known, days=days, until=now))


def _layout(table: Table, code: str) -> MeterLayout:
    layouts = [one for one in meter_layouts() if not code or one.code == code]
    if not layouts:
        raise ValidationFailed([FieldError("layout", N_("没有这种表格"))])
    found = recognise(table.header, layouts)
    if found is None:
        nearest = min(layouts, key=lambda one: len(one.missing(table.header)))
        raise ValidationFailed(
            [
                FieldError(head, N_("缺少列“{head}”"), data={"head": head})
                for head in nearest.missing(table.header)
            ],
            N_("表头不是已知的计量文件，请按模板的列名填写"),
        )
    return found


def _batch(actor: Actor, meter: Meter, name: str, read: Read, now: datetime) -> ReadingBatch:
    batch = new_batch(
        actor=actor,
        meter=meter,
        name=Path(name).name,
        sha256=read.sha256,
        layout=read.layout.code,
        summary=summarise(read.file, days_of(meter.site)),
        now=now,
        state=ReadingBatch.State.PREVIEW,
    )
    batch.faults = [asdict(fault) for fault in read.file.faults[:SHOWN_FAULTS]]
    batch.fault_count = len(read.file.faults)
    return batch


def _earlier(actor: Actor, meter: Meter, sha256: str) -> ReadingBatch | None:
    done = ReadingBatch.objects.visible_to(actor).filter(
        meter=meter, sha256=sha256, state=ReadingBatch.State.DONE
    )
    return done.first()


@transaction.atomic
def upload_meter_file(
    *, actor: Actor, meter_id: UUID, path: Path, file_name: str, layout: str, now: datetime
) -> ReadingBatch:
    """Keep the file and what it says for decision; no reading is stored. A file taken in before gives its batch."""
    meter = metered(actor, UPLOAD, meter_id)
    read = read_upload(meter=meter, path=path, file_name=file_name, layout=layout, now=now)
    if (known := _earlier(actor, meter, read.sha256)) is not None:
        return known
    batch = _batch(actor, meter, file_name, read, now)
    batch.save(force_insert=True)
    with path.open("rb") as stream:
        store(
            actor=actor, subject=subject_of(batch.pk), name=file_name, stream=stream, region=meter.region_id,
            enterprise=None, site=meter.site_id, now=now,
        )  # fmt: skip
    return batch


def subject_of(batch_id: UUID) -> str:
    """How files and history name a batch."""
    return f"measures.reading_batch:{batch_id}"


@transaction.atomic
def confirm_import(*, actor: Actor, batch_id: UUID) -> ReadingBatch:
    """Queue a previewed file; the job that takes it in begins after the commit.

    Raises:
        TransitionNotAllowed: not a preview any more. ValidationFailed: it has faulty rows.
    """
    batch = fetch(ReadingBatch.objects.select_for_update(), actor, UPLOAD, id=batch_id)
    if batch.state != ReadingBatch.State.PREVIEW:
        raise TransitionNotAllowed(subject=subject_of(batch.pk), verb=UPLOAD)
    if batch.fault_count:
        raise ValidationFailed(
            [FieldError("file", N_("有错误的行，整批未导入，请更正文件后再上传"))]
        )
    batch.state, batch.progress = ReadingBatch.State.QUEUED, 5
    batch.save(update_fields=["state", "progress"])
    return batch


@transaction.atomic
def take_file(*, actor: Actor, batch_id: UUID, now: datetime) -> Sequence[date]:
    """Take in the kept file of a queued batch in the name of who asked; the days touched, also when asked again.

    Raises:
        Unavailable: the kept file is not there. DomainError: it cannot be read any more.
    """
    require(actor, "measures.reading.load")
    batch = ReadingBatch.objects.select_for_update(of=("self",)).get(id=batch_id)
    if batch.state == ReadingBatch.State.FAILED:
        return ()
    if batch.state == ReadingBatch.State.DONE:
        # A worker may have died before the days were reported.
        own = Reading.objects.filter(site=batch.site_id, batch=batch).order_by("production_day")
        return list(own.values_list("production_day", flat=True).distinct())
    path = path_of(batch.sha256)
    if not path.is_file():
        raise Unavailable(
            N_("文件内容暂时无法读取，请联系系统管理员"), subject=subject_of(batch.pk)
        )
    asker = Actor(batch.account, batch.account_name, None, batch.account_post, None, Kind.WORKER)
    read = read_upload(
        meter=Meter.objects.select_related("site").get(id=batch.meter_id),
        path=path, file_name=batch.name, layout=batch.layout, now=batch.created_at,
    )  # fmt: skip
    taken = take_in(actor=asker, batch=batch, rows=read.file.rows, events=read.file.events, now=now)
    return taken.days


@transaction.atomic
def fail_import(*, actor: Actor, batch_id: UUID, error: DomainError, now: datetime) -> None:
    """Say in the batch why its file could not be taken in; nothing of it is stored."""
    batch = fetch(ReadingBatch.objects.all(), actor, "measures.reading.load", id=batch_id)
    batch.state, batch.finished_at = ReadingBatch.State.FAILED, now
    batch.summary = {**batch.summary, "error": error.message.format(**error.data)}
    batch.save(update_fields=["state", "finished_at", "summary"])


@transaction.atomic
def import_meter_file(
    *,
    actor: Actor,
    meter_id: UUID,
    path: Path,
    file_name: str,
    layout: str,
    now: datetime,
    today: date,
    apply: bool = True,
) -> ReadingBatch:
    """Read, and unless it is only a preview take in and report the days, in one transaction; for the platform.

    Raises:
        ValidationFailed: columns of no layout. Faulty rows are listed in the batch, which then stays a preview.
    """
    meter = metered(actor, "measures.reading.load", meter_id)
    read = read_upload(meter=meter, path=path, file_name=file_name, layout=layout, now=now)
    if (known := _earlier(actor, meter, read.sha256)) is not None:
        return known
    batch = _batch(actor, meter, file_name, read, now)
    if read.file.faults or not apply:
        return batch
    batch.save(force_insert=True)
    taken = take_in(actor=actor, batch=batch, rows=read.file.rows, events=read.file.events, now=now)
    finish(actor=actor, batch_id=batch.pk, days=taken.days, now=now, today=today)
    batch.refresh_from_db()
    return batch


@transaction.atomic
def finish(
    *, actor: Actor, batch_id: UUID, days: Sequence[date], now: datetime, today: date
) -> None:
    """Report the touched days that are complete, and say so in the batch."""
    batch = fetch(ReadingBatch.objects.all(), actor, "measures.reading.load", id=batch_id)
    done = report_days(actor=actor, site_id=batch.site_id, days=days, now=now, today=today)
    batch.reports, batch.progress = batch.reports + done.made, 100
    batch.summary = {**batch.summary, "without_factor": len(done.without_factor)}
    batch.save(update_fields=["reports", "progress", "summary"])
