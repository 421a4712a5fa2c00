"""Batches as pages and receipts show them, their refused rows, and tables read as batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.errors import FieldError, ValidationFailed
from hengjian.kernel.files.workbook import Table
from hengjian.measures.models import Batch, RefusedRow, Report
from hengjian.measures.permissions import SOURCE_LABELS, Source
from hengjian.measures.reference import item_names
from hengjian.measures.rules.batch_table import Column, RawRow, TableRefused, guess, rows_of

VIEW = "measures.batch.view"
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch in a list, formatted."""

    id: UUID
    received: str
    sender: str
    post: str
    source: str
    channel: str
    file_name: str
    period: str
    rows: int
    created: int
    replayed: int
    refused: int
    sha256: str
    reports_sha256: str


@dataclass(frozen=True, slots=True)
class Refused:
    """One refused row with its reasons in words."""

    number: int
    text: str
    faults: tuple[tuple[str, str], ...]


def get_batch(actor: Actor, batch_id: UUID) -> Batch:
    """One batch within scope: a system's own, an official's by region; NotVisible for any other."""
    verb = "measures.batch.deliver" if actor.kind is Kind.SENDER else VIEW
    return fetch(Batch.objects.all(), actor, verb, id=batch_id)


def get_delivered(actor: Actor, report_id: UUID) -> Report:
    """One report that the system itself delivered; NotVisible for any other."""
    return fetch(Report.objects.all(), actor, "measures.report.deliver", id=report_id)


def batch_page(
    actor: Actor, *, text: str = "", source: str = "", state: str = "", page: int = 1
) -> Page[BatchRow]:
    """Batches within scope, newest first; ``state`` refused: only those with refused rows."""
    require(actor, VIEW)
    rows = Batch.objects.visible_to(actor)
    if text:
        wanted = Q(sender_name__icontains=text) | Q(file_name__icontains=text) | Q(sha256=text)
        with suppress(ValueError):  # no id was typed: names alone are searched
            wanted |= Q(id=UUID(text))
        rows = rows.filter(wanted)
    if source:
        rows = rows.filter(source=source)
    if state == "refused":
        rows = rows.filter(refused__gt=0)
    found: Page[Any] = Paginator(rows, PAGE_SIZE).get_page(page)
    found.object_list = [batch_row(batch) for batch in found.object_list]
    return found


def batch_row(batch: Batch) -> BatchRow:
    """A batch formatted."""
    days = [f"{d}" for d in (batch.first_period, batch.last_period) if d is not None]
    return BatchRow(
        id=batch.pk,
        received=f"{localtime(batch.received_at):%Y-%m-%d %H:%M:%S}",
        sender=batch.sender_name,
        post=batch.sender_post,
        source=_(SOURCE_LABELS[Source(batch.source)]),
        channel=batch.get_channel_display(),
        file_name=batch.file_name,
        period=" — ".join(dict.fromkeys(days)),
        rows=batch.rows,
        created=batch.created,
        replayed=batch.replayed,
        refused=batch.refused,
        sha256=batch.sha256,
        reports_sha256=batch.reports_sha256,
    )


def refused_rows(batch: Batch, limit: int | None = None) -> Iterator[Refused]:
    """The refused rows of a batch that ``get_batch`` or ``take_batch`` gave, with reasons in words."""
    for row in RefusedRow.objects.filter(batch=batch)[:limit]:
        faults = tuple((f["field"], words(f["message"], f["data"])) for f in row.faults)
        yield Refused(row.number, row.text, faults)


def words(message: str, data: Mapping[str, object]) -> str:
    """A fault as a sentence."""
    return _(message).format(**data) if data else _(message)


@cache
def item_codes() -> Mapping[str, str]:
    """Code of an item by its code and by its Chinese name."""
    names = item_names()
    return {**{name: code for code, name in names.items()}, **{code: code for code in names}}


def columns_of(header: Sequence[str]) -> tuple[Column, ...]:
    """What the columns of a table seem to hold."""
    return guess(header, item_codes())


def read_rows(table: Table, columns: Sequence[Column] | None = None) -> list[RawRow]:
    """The rows of a table; raises ValidationFailed for columns that make no batch."""
    lines = ((row.number, row.cells) for row in table.rows)
    try:
        return rows_of(columns or columns_of(table.header), lines, item_codes())
    except TableRefused as error:
        raise ValidationFailed([FieldError("columns", error.message)]) from error
