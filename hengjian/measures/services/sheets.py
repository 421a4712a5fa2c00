"""Forms filled in as a workbook: one row a period, previewed by the same rules, accepted once or not at all (G2)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.errors import DomainError, FieldError, TooLarge, ValidationFailed
from hengjian.kernel.files.workbook import Kind, Row, Table, read_table
from hengjian.kernel.files.workbook_reasons import TableLimits
from hengjian.kernel.text import N_
from hengjian.measures.models import Report
from hengjian.measures.permissions import SOURCE_OF
from hengjian.measures.reference import DailyItem
from hengjian.measures.rules.forms import (
    STOP_LABELS,
    Form,
    StopKind,
    first_day,
    in_calendar,
    previous,
)
from hengjian.measures.rules.receipt import plain
from hengjian.measures.rules.units import unit
from hengjian.measures.services.intake import Plant, Remarks, Stated, read_quantities
from hengjian.measures.services.plants import plants
from hengjian.measures.services.review import hand_in
from hengjian.measures.services.submission import Sent, carried_openings
from hengjian.registry.models import Site

_VERB = "measures.report.submit"
MAX_ROWS = 62
LIMITS = TableLimits(rows=2_000, columns=120)
PERIOD, SITE, STOP, UNTIL, SAID = (
    N_("报告期"),
    N_("厂区"),
    N_("停产类别"),
    N_("预计结束日"),
    N_("情况说明"),
)
_DATE = re.compile(r"(\d{4})\D?(\d{1,2})(?:\D?(\d{1,2}))?\D*")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row as it will be sent; ``number`` as a person sees it in the file."""

    number: int
    report_id: UUID
    period: date
    quantities: Stated
    remarks: Remarks


@dataclass(frozen=True, slots=True)
class Seen:
    """What becomes of a row: taken in, put before the reviewer, or already there with the same figures."""

    number: int
    period: date
    state: str
    items: int
    report: Report | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A workbook that was read; ``faults`` of cells that cannot be read at all."""

    rows: tuple[SheetRow, ...]
    faults: tuple[FieldError, ...]


def head_of(line: DailyItem) -> str:
    """The head of a column: the name of the item with its unit."""
    return f"{_(line.name)}（{_(unit(line.item.unit).label)}）"


def site_plant(actor: Actor, site_id: UUID) -> tuple[Site, Plant]:
    """The site and what it reports. NotPermitted, NotVisible as everywhere."""
    site = fetch(Site.objects.all(), actor, _VERB, id=site_id)
    return site, plants([site])[site.pk]


def read_sheet(*, actor: Actor, site_id: UUID, form: Form, path: Path, file_name: str) -> Sheet:
    """Read a filled template, or any table with these heads, in the resource-limited child process.

    Raises:
        NotPermitted, NotVisible. TooLarge, WorkbookRefused: not a table, hostile or too heavy.
        ValidationFailed: no column of periods, columns that the form does not have, no rows, or too many.
    """
    site, plant = site_plant(actor, site_id)
    limit = min(LIMITS.file_bytes, settings.UPLOAD_LIMIT_BYTES)
    if path.stat().st_size > limit:
        raise TooLarge(N_("文件超过 {limit} MB，请分次导入"), limit=limit // 2**20)
    kind: Kind = "xlsx" if file_name.lower().endswith(".xlsx") else "csv"
    table = read_table(path, kind, LIMITS)
    columns = _columns(table, plant.lines_of(form))
    reader = _Reader(form, site.name, columns, plant.lines_of(form))
    rows, faults = reader.read(table.rows)
    if not rows and not faults:
        raise ValidationFailed([FieldError("file", N_("文件中没有填写数据"))])
    if len(rows) > MAX_ROWS:
        raise ValidationFailed(
            [FieldError("file", N_("一次最多 {rows} 行，请分次导入"), data={"rows": MAX_ROWS})]
        )
    return Sheet(tuple(sorted(rows, key=lambda row: row.period)), tuple(faults))


def _columns(table: Table, lines: Sequence[DailyItem]) -> dict[int, str]:
    """Field by position in the file; every head has to be known."""
    names = {_key(_(head)): head for head in (PERIOD, SITE, STOP, UNTIL, SAID)}
    for line in lines:
        for text in (line.item.code, _(line.name), head_of(line)):
            names[_key(text)] = line.item.code
    found: dict[int, str] = {}
    errors: list[FieldError] = []
    for at, head in enumerate(table.header):
        field = names.get(_key(head))
        if field is None and head:
            errors.append(FieldError(head, N_("本厂区的报表没有这一列"), row=1))
        elif field is not None and field in found.values():
            errors.append(FieldError(head, N_("这一列出现了两次"), row=1))
        elif field is not None:
            found[at] = field
    if PERIOD not in found.values():
        errors.append(FieldError(_(PERIOD), N_("缺少这一列，请下载模板填写"), row=1))
    if errors:
        raise ValidationFailed(errors)
    return found


def _key(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


class _Reader:
    """Cells to rows; a fault names row, column and cause, the other rows are read all the same."""

    def __init__(
        self, form: Form, site: str, columns: Mapping[int, str], lines: Sequence[DailyItem]
    ) -> None:
        self.form, self.site, self.columns = form, site, columns
        self.codes = {line.item.code: line for line in lines}

    def read(self, rows: Sequence[Row]) -> tuple[list[SheetRow], list[FieldError]]:
        found: list[SheetRow] = []
        faults: list[FieldError] = []
        seen: dict[date, int] = {}
        for row in rows:
            cells = {
                field: row.cells[at].strip()
                for at, field in self.columns.items()
                if at < len(row.cells) and row.cells[at].strip()
            }
            if not cells.keys() - {SITE, PERIOD}:
                continue  # prepared in the template, not filled in
            made, wrong = self._row(row.number, cells)
            if made is not None and made.period in seen:
                wrong.append(
                    FieldError(
                        _(PERIOD), N_("与第 {row} 行重复"), row.number, {"row": seen[made.period]}
                    )
                )
            if made is not None:
                seen.setdefault(made.period, row.number)
            if wrong or made is None:
                faults += wrong
            else:
                found.append(made)
        return found, faults

    def _row(
        self, number: int, cells: Mapping[str, str]
    ) -> tuple[SheetRow | None, list[FieldError]]:
        wrong: list[FieldError] = []

        def fault(head: str, message: str, text: str) -> None:
            wrong.append(FieldError(_(head), message, number, {"text": text[:40]}))

        period = _date(cells.get(PERIOD, ""))
        if period is None:
            fault(PERIOD, N_("不是日期：{text}"), cells.get(PERIOD, ""))
        if cells.get(SITE, self.site) != self.site:
            fault(SITE, N_("这一行是其他厂区的：{text}"), cells[SITE])
        stops = {_(label): kind for kind, label in STOP_LABELS.items()}
        stop = stops.get(cells.get(STOP, ""))
        if STOP in cells and stop is None:
            fault(STOP, N_("只能填停产或检修：{text}"), cells[STOP])
        until = _date(cells.get(UNTIL, ""))
        if UNTIL in cells and until is None:
            fault(UNTIL, N_("不是日期：{text}"), cells[UNTIL])
        if period is None:
            return None, wrong
        return SheetRow(
            number=number,
            report_id=uuid4(),
            period=first_day(self.form, period),
            quantities=self._quantities(cells, stop),
            remarks=Remarks(stop.value if stop else "", until, cells.get(SAID, "")),
        ), wrong

    def _quantities(self, cells: Mapping[str, str], stop: StopKind | None) -> Stated:
        given = {code: (cells[code], "") for code in self.codes if code in cells}
        if given or stop is None:
            return given
        return {code: ("0", "") for code, line in self.codes.items() if line.required}


def _date(text: str) -> date | None:
    match = _DATE.fullmatch(unicodedata.normalize("NFKC", text).strip().split("T")[0].split(" ")[0])
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3] or 1))
    except ValueError:
        return None
    return day if in_calendar(day) else None


@transaction.atomic
def preview_sheet(
    *,
    actor: Actor,
    site_id: UUID,
    form: Form,
    rows: Sequence[SheetRow],
    now: datetime,
    today: date,
) -> tuple[list[Seen], list[FieldError]]:
    """What sending the rows would give; nothing stays. A row is judged after those before it, as it will be sent."""
    mark = transaction.savepoint()
    try:
        return _send_all(actor, site_id, form, rows, now=now, today=today)
    finally:
        transaction.savepoint_rollback(mark)


@transaction.atomic
def accept_sheet(
    *,
    actor: Actor,
    site_id: UUID,
    form: Form,
    rows: Sequence[SheetRow],
    now: datetime,
    today: date,
) -> list[Seen]:
    """Send all rows or none; the same rows again change nothing.

    Raises:
        ValidationFailed: every faulty row by its number and column; nothing is stored.
    """
    seen, errors = _send_all(actor, site_id, form, rows, now=now, today=today)
    if errors:
        raise ValidationFailed(errors)
    return seen


def _send_all(
    actor: Actor,
    site_id: UUID,
    form: Form,
    rows: Sequence[SheetRow],
    *,
    now: datetime,
    today: date,
) -> tuple[list[Seen], list[FieldError]]:
    require(actor, _VERB)
    site, plant = site_plant(actor, site_id)
    source = SOURCE_OF[actor.kind]
    names = {line.item.code: head_of(line) for line in plant.lines_of(form)}
    seen: list[Seen] = []
    errors: list[FieldError] = []
    for row in rows:
        own = Report.objects.visible_to(actor).filter(
            site=site, form=form.value, source=source.value
        )
        ready = replace(row, quantities=_with_openings(own, form, row, names))
        try:
            if (known := _unchanged(own, ready, plant.lines_of(form))) is not None:
                seen.append(known)
                continue
            seen.append(
                _send(actor, site_id, form, ready, source=source.value, now=now, today=today)
            )
        except ValidationFailed as failed:
            errors += [_named(e, row.number, names) for e in failed.errors]
        except DomainError as refused:
            errors.append(FieldError(_(PERIOD), refused.message, row.number, refused.data))
    return seen, errors


def _send(
    actor: Actor,
    site_id: UUID,
    form: Form,
    row: SheetRow,
    *,
    source: str,
    now: datetime,
    today: date,
) -> Seen:
    sent = Sent(
        report_id=row.report_id,
        site_id=site_id,
        form=form.value,
        period=row.period,
        source=source,
        quantities=row.quantities,
        reason="",
        remarks=row.remarks,
    )
    made, outcome = hand_in(actor=actor, sent=sent, now=now, today=today)
    report = made if isinstance(made, Report) else None
    return Seen(row.number, row.period, outcome.value, len(row.quantities), report)


def _unchanged(own: QuerySet[Report], row: SheetRow, lines: Sequence[DailyItem]) -> Seen | None:
    """The row where the same figures were received before: the same file again changes nothing."""
    latest = own.filter(period=row.period).order_by("-revision").first()
    if latest is None or latest.pk == row.report_id:
        return None
    stored = {code: (Decimal(g["value"]), g["unit"]) for code, g in latest.quantities.items()}
    if stored != read_quantities(row.quantities, lines):
        return None
    return Seen(row.number, row.period, "unchanged", len(row.quantities), latest)


def _with_openings(
    own: QuerySet[Report], form: Form, row: SheetRow, names: Mapping[str, str]
) -> Stated:
    """Blank opening stocks continue the closing stocks of the period before, also of the row before."""
    before = own.filter(period=previous(form, row.period)).order_by("-revision").first()
    if before is None:
        return row.quantities
    carried = {
        code: (plain(value), symbol)
        for code, (value, symbol) in carried_openings(before.quantities).items()
        if code in names
    }
    return {**carried, **row.quantities}


def _named(error: FieldError, number: int, names: Mapping[str, str]) -> FieldError:
    """The fault with the column as the file names it."""
    code = error.field.removeprefix("quantities.")
    heads = {"stop_kind": _(STOP), "expected_end": _(UNTIL), "explanation": _(SAID)}
    return FieldError(
        names.get(code) or heads.get(code) or _(PERIOD), error.message, number, error.data
    )


def packed(rows: Sequence[SheetRow]) -> list[dict[str, Any]]:
    """Rows as JSON, to come back unchanged with the acceptance."""
    return [
        {
            "n": row.number,
            "id": str(row.report_id),
            "p": row.period.isoformat(),
            "q": {code: value for code, (value, _unit) in row.quantities.items()},
            "s": row.remarks.stop_kind,
            "e": row.remarks.expected_end.isoformat() if row.remarks.expected_end else "",
            "x": row.remarks.explanation,
        }
        for row in rows
    ]


def unpacked(rows: Sequence[Mapping[str, Any]]) -> list[SheetRow]:
    """The inverse of ``packed``."""
    return [
        SheetRow(
            number=row["n"],
            report_id=UUID(row["id"]),
            period=date.fromisoformat(row["p"]),
            quantities={code: (value, "") for code, value in row["q"].items()},
            remarks=Remarks(row["s"], date.fromisoformat(row["e"]) if row["e"] else None, row["x"]),
        )
        for row in rows
    ]
