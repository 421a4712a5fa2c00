"""The process that reads one untrusted table: limits itself first, then parses, then prints JSON.

Run as `python -m hengjian.kernel.files.workbook_child KIND PATH LIMITS`; `workbook.read_table` is
its only caller. Whatever kills it kills nothing else.
"""

import csv
import io
import json
import resource
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from hengjian.kernel.files.workbook_reasons import Reason, Refused, TableLimits

OUTPUT_BYTES = 256 * 2**20
CONTROL = frozenset(map(chr, range(32))) - {"\t", "\n", "\r"}


def main(arguments: list[str]) -> int:
    """Read the table and print it, or print why it is refused."""
    kind, path, raw_limits = arguments
    limits = TableLimits(**json.loads(raw_limits))
    _limit(limits)
    try:
        answer = _read(kind, path, limits)
    except Refused as refused:
        answer = {"reason": refused.reason.value, "data": refused.data}
    except (MemoryError, RecursionError):
        answer = {"reason": Reason.TOO_HEAVY.value, "data": {}}
    sys.stdout.write(json.dumps(answer, ensure_ascii=True))
    return 0


def _limit(limits: TableLimits) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))


def _read(kind: str, path: str, limits: TableLimits) -> dict[str, object]:
    if kind == "xlsx":
        from hengjian.kernel.files.workbook_zip import check_archive

        check_archive(path, limits)
        sheet, others, cells = _workbook(path, limits)
    else:
        sheet, others, cells = "", 0, _csv(path, limits)
    header: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    for number, row in enumerate(cells, start=1):
        trimmed = _trimmed(row, limits)
        if not trimmed:
            continue
        if not header:
            header = trimmed
            continue
        if len(trimmed) > len(header):
            raise Refused(Reason.RAGGED, row=number)
        if len(rows) == limits.rows:
            raise _too_many(limits)
        rows.append((number, trimmed + [""] * (len(header) - len(trimmed))))
    if not header:
        raise Refused(Reason.EMPTY)
    return {"sheet": sheet, "other_sheets": others, "header": header, "rows": rows}


def _too_many(limits: TableLimits) -> Refused:
    return Refused(Reason.TOO_MANY_CELLS, rows=limits.rows, columns=limits.columns)


def _trimmed(row: Iterable[str], limits: TableLimits) -> list[str]:
    cells = [cell.strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > limits.columns:
        raise _too_many(limits)
    if any(len(cell) > limits.cell_characters for cell in cells):
        raise Refused(Reason.CELL_TOO_LONG, characters=limits.cell_characters)
    if any("\x00" in cell for cell in cells):
        raise Refused(Reason.NUL)
    return cells


def _workbook(path: str, limits: TableLimits) -> tuple[str, int, Iterator[list[str]]]:
    """Name of the first visible sheet, how many more there are, and its rows as text."""
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_path(path)
        names = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet
            and sheet.visible == calamine.SheetVisibleEnum.Visible
        ]
        if not names:
            raise Refused(Reason.EMPTY)
        sheet = book.get_sheet_by_name(names[0])
        if sheet.total_height > limits.rows + 1 or sheet.total_width > limits.columns:
            raise _too_many(limits)
        # Rows count from the top of the sheet, so that an error names the row a person sees.
        above = [[""]] * (sheet.start[0] if sheet.start else 0)
        rows = above + sheet.to_python(skip_empty_area=True)
        left = [""] * (sheet.start[1] if sheet.start else 0)
    except calamine.PasswordError as error:
        raise Refused(Reason.ENCRYPTED) from error
    except (calamine.CalamineError, OSError, ValueError, OverflowError) as error:
        raise Refused(Reason.CORRUPT) from error
    return names[0], len(names) - 1, (left + [_text(cell) for cell in row] for row in rows)


def _text(cell: object) -> str:
    """A cell as a person would type it: no exponent, ISO dates."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        exact = Decimal(repr(cell))
        return f"{exact:f}".removesuffix(".0") if exact.is_finite() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _csv(path: str, limits: TableLimits) -> Iterator[list[str]]:
    text = _decoded(Path(path).read_bytes())
    first_line = text.partition("\n")[0]
    delimiter = "\t" if "\t" in first_line and "," not in first_line else ","
    csv.field_size_limit(limits.cell_characters * 4)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if len(row) > limits.columns * 2:
                raise _too_many(limits)
            yield row
    except csv.Error as error:
        reason = Reason.CELL_TOO_LONG if "field larger" in str(error) else Reason.CORRUPT
        raise Refused(reason, characters=limits.cell_characters) from error


def _decoded(content: bytes) -> str:
    """The text in UTF-8 or GB18030, which is what Chinese Excel writes."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused(Reason.ENCODING)
    if b"\x00" in content:
        raise Refused(Reason.NUL)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if CONTROL & set(text):
            raise Refused(Reason.WRONG_KIND)
        if text.lstrip().startswith("<"):
            raise Refused(Reason.WRONG_KIND)
        return text
    raise Refused(Reason.ENCODING)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
