"""A batch as it comes over the wire: read by hand, so that every faulty row is named and none hides the others."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from ninja.errors import HttpError

from hengjian.kernel.errors import FieldError, TooLarge, ValidationFailed
from hengjian.kernel.files.workbook import read_table
from hengjian.kernel.text import N_
from hengjian.measures.rules.batch_table import RawRow
from hengjian.measures.selectors.batches import read_rows
from hengjian.measures.services.batches import Parcel

MISSING = N_("缺少该项或格式不对")
_ROW_KEYS = frozenset({"site", "period", "quantities", "reason", "report_id"})
_HEAD_KEYS = frozenset({"batch_id", "source", "form", "partial", "sent_at", "rows"})
_ZIP = b"PK"


def body_of(request: HttpRequest) -> bytes:
    """The whole body, up to ``HENGJIAN_BATCH_MEGABYTES``; Django's own limit is for forms.

    Raises:
        TooLarge: more than that.
    """
    limit: int = settings.BATCH_MAX_BYTES
    content = request.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(N_("每批最多 {size} MiB，请分批发送"), size=limit // 2**20)
    return content


def parcel_of_json(content: bytes) -> Parcel:
    """The batch in a JSON body. Numbers keep their digits as written.

    Raises:
        HttpError: no JSON, or texts that UTF-8 cannot write. ValidationFailed: faults of the head, by field.
    """
    try:
        sent = json.loads(content.decode(), parse_float=str, parse_int=str, parse_constant=_no)
        json.dumps(sent, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise HttpError(400, "malformed") from error
    if not isinstance(sent, dict):
        raise ValidationFailed([FieldError("batch_id", MISSING)])
    faults = [FieldError(name[:40] or "*", N_("没有这一项")) for name in sent.keys() - _HEAD_KEYS]
    rows, partial = sent.get("rows"), sent.get("partial", False)
    if not isinstance(rows, list):
        faults.append(FieldError("rows", MISSING))
        rows = []
    if not isinstance(partial, bool):
        faults.append(FieldError("partial", MISSING))
    head = _head(sent, faults)
    return replace(
        head,
        rows=[_row(number, row) for number, row in enumerate(rows, start=1)],
        sha256=hashlib.sha256(content).hexdigest(),
        partial=partial is True,
    )


def parcel_of_file(content: bytes, query: Mapping[str, str]) -> Parcel:
    """The batch in a CSV or Excel file; what is said of all rows stands in the query of the address.

    Raises:
        WorkbookRefused: no table that can be read. ValidationFailed: faults of the head or the columns.
    """
    faults: list[FieldError] = []
    partial = query.get("partial", "false")
    if partial not in {"true", "false"}:
        faults.append(FieldError("partial", MISSING))
    head = _head(dict(query), faults)
    channel = "xlsx" if content.startswith(_ZIP) else "csv"
    with tempfile.NamedTemporaryFile(suffix=f".{channel}") as file:
        file.write(content)
        file.flush()
        table = read_table(Path(file.name), "xlsx" if channel == "xlsx" else "csv")
    return replace(
        head,
        rows=read_rows(table),
        channel=channel,
        sha256=hashlib.sha256(content).hexdigest(),
        partial=partial == "true",
        file_name=query.get("name", "")[:160],
    )


def _head(sent: Mapping[str, object], faults: list[FieldError]) -> Parcel:
    """What is said of all rows; ``faults`` found before are told together with those of the head."""
    batch_id, texts = _uuid(sent.get("batch_id"), faults), {}
    for name, default in (("source", ""), ("form", "daily")):
        text = sent.get(name, default)
        if not isinstance(text, str) or not text:
            faults.append(FieldError(name, MISSING))
        texts[name] = str(text)
    sent_at = _moment(sent.get("sent_at"), faults)
    if faults:
        raise ValidationFailed(faults)
    return Parcel(
        batch_id=batch_id,
        rows=(),
        channel="json",
        sha256="",
        sent_at=sent_at,
        source=texts["source"],
        form=texts["form"],
    )


def _uuid(text: object, faults: list[FieldError]) -> UUID:
    try:
        return UUID(str(text))
    except ValueError:
        faults.append(FieldError("batch_id", N_("应为 UUID")))
        return UUID(int=0)


def _moment(text: object, faults: list[FieldError]) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parse_datetime(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        faults.append(FieldError("sent_at", N_("应为带时区的时间，例如 2026-11-23T09:30:00+08:00")))
        return None
    return moment


def _row(number: int, sent: object) -> RawRow:
    if not isinstance(sent, dict):
        return RawRow(number, "", "", {}, raw=sent, faults=(FieldError("row", MISSING),))
    faults = [
        FieldError(name[:40] or "*", N_("没有这一项")) for name in sorted(sent.keys() - _ROW_KEYS)
    ]
    texts: dict[str, str] = {}
    for name in ("site", "period", "reason", "report_id"):
        value = sent.get(name, "")
        if not isinstance(value, str):
            faults.append(FieldError(name, MISSING))
            value = ""
        texts[name] = value
    return RawRow(
        number=number,
        quantities=_quantities(sent.get("quantities"), faults),
        raw=sent,
        faults=tuple(faults),
        **texts,
    )


def _quantities(sent: object, faults: list[FieldError]) -> dict[str, tuple[str, str]]:
    if not isinstance(sent, dict):
        faults.append(FieldError("quantities", MISSING))
        return {}
    found: dict[str, tuple[str, str]] = {}
    for code, given in sent.items():
        value, unit = (
            (given.get("value"), given.get("unit", "")) if isinstance(given, dict) else (given, "")
        )
        if not isinstance(value, str) or not isinstance(unit, str) or len(value) > 40:
            faults.append(FieldError(f"quantities.{code[:40]}", MISSING))
        else:
            found[code] = (value, unit)
    return found


def _no(name: str) -> object:
    raise ValueError(name)
