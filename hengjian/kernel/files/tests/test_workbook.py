"""Hostile tables are refused with the cause while valid ones between them are read."""

import os
import random
import time
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from hengjian.kernel.files.tests.hostile import BEARABLE, CLASSES, Maker, Sample, hostile, valid
from hengjian.kernel.files.workbook import Kind, Table, WorkbookRefused, read_table
from hengjian.kernel.files.workbook_reasons import MESSAGES, Reason, TableLimits

SEED = 20250603
EACH = 3


def _read(tmp_path: Path, kind: Kind, content: bytes, limits: TableLimits | None = None) -> Table:
    path = tmp_path / f"table.{kind}"
    path.write_bytes(content)
    return read_table(path, kind, limits or TableLimits())


def _flat(table: Table) -> tuple[tuple[str, ...], ...]:
    return (table.header, *(row.cells for row in table.rows))


def _check(tmp_path: Path, sample: Sample) -> None:
    if not sample.causes:
        assert _flat(_read(tmp_path, sample.kind, sample.content)) == sample.rows, sample.title
        return
    started = time.monotonic()
    with pytest.raises(WorkbookRefused) as refusal:
        _read(tmp_path, sample.kind, sample.content)
    assert refusal.value.reason in sample.causes, (sample.title, refusal.value.reason)
    assert time.monotonic() - started < 20, sample.title


@pytest.mark.parametrize("title", [title for title, _, _, _ in CLASSES])
def test_hostile_tables_are_refused_with_the_cause_between_valid_ones(
    title: str, tmp_path: Path
) -> None:
    rng = random.Random(f"{SEED} {title}")
    samples = list(hostile(title, SEED, EACH))
    assert len(samples) == EACH
    for sample in samples:
        _check(tmp_path, sample)
        _check(tmp_path, valid(rng))


def test_there_are_enough_classes_and_files() -> None:
    assert len(CLASSES) >= 20
    assert len(CLASSES) * EACH >= 60


@pytest.mark.parametrize(("title", "make"), BEARABLE)
def test_bearable_floods_are_refused_or_read_rightly(
    title: str, make: Maker, tmp_path: Path
) -> None:
    content = make(random.Random(SEED))
    try:
        outcome: Reason | Table = _read(tmp_path, "xlsx", content)
    except WorkbookRefused as refusal:
        outcome = refusal.reason
    if isinstance(outcome, Table):
        assert len(outcome.header) == 2, title
        assert len(outcome.rows) == 1, title
    else:
        assert outcome in {Reason.TOO_HEAVY, Reason.INFLATES, Reason.TOO_MANY_CELLS}, title


def test_a_child_over_its_memory_or_time_is_killed_and_this_process_lives(tmp_path: Path) -> None:
    sample = valid(random.Random(1))
    parent = os.getpid()
    for limits in (TableLimits(memory_bytes=20 * 2**20), TableLimits(wall_seconds=0)):
        with pytest.raises(WorkbookRefused) as refusal:
            _read(tmp_path, sample.kind, sample.content, limits)
        assert refusal.value.reason is Reason.TOO_HEAVY
    flood = dict(BEARABLE)["strings"](random.Random(2))
    with pytest.raises(WorkbookRefused) as refusal:
        _read(tmp_path, "xlsx", flood, TableLimits(memory_bytes=120 * 2**20))
    assert refusal.value.reason is Reason.TOO_HEAVY
    assert os.getpid() == parent
    assert _flat(_read(tmp_path, sample.kind, sample.content)) == sample.rows


def test_every_cause_has_a_sentence_that_its_data_fill(tmp_path: Path) -> None:
    assert set(MESSAGES) == set(Reason)
    cases: list[tuple[Kind, bytes, TableLimits, str]] = [
        ("csv", b"", TableLimits(), "没有数据"),
        ("csv", b"\r\n,,\r\n", TableLimits(), "没有数据"),
        ("csv", b"a" * 2**21, TableLimits(file_bytes=2**20), "最多 1 MB"),
        ("csv", b"a,b\r\n1,2,3\r\n", TableLimits(), "第 2 行"),
        ("csv", b"a\r\n1\r\n2\r\n", TableLimits(rows=1), "最多 1 行、200 列"),
        ("csv", b"a\r\nxxxx\r\n", TableLimits(cell_characters=3), "最多 3 字"),
        ("csv", b"PK\x03\x04aaaa", TableLimits(), "格式不符"),
        ("csv", b"<table><tr>", TableLimits(), "格式不符"),
        ("csv", "名,数\r\n".encode("utf-16"), TableLimits(), "文字编码"),
    ]
    for kind, content, limits, words in cases:
        with pytest.raises(WorkbookRefused) as refusal:
            _read(tmp_path, kind, content, limits)
        assert words in refusal.value.message.format(**refusal.value.data)
        assert (refusal.value.code, refusal.value.status) == ("workbook_refused", 422)


def test_cells_come_as_a_person_would_type_them(tmp_path: Path) -> None:
    path = tmp_path / "cells.xlsx"
    book = xlsxwriter.Workbook(str(path), {"date_1904": True})
    sheet = book.add_worksheet("数据")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    book.add_worksheet("说明").write(0, 0, "x")
    sheet.write_row(2, 0, ["文字", "整数", "小数", "日期", "时间", "公式", "真", "很大"])
    sheet.write_string(3, 0, " =1+1 ")
    sheet.write_number(3, 1, 1234567)
    sheet.write_number(3, 2, 0.1)
    sheet.write_datetime(3, 3, date(2025, 6, 3), day)
    sheet.write_datetime(3, 4, datetime(2025, 6, 3, 8, 30), moment)  # noqa: DTZ001 - a cell has no zone
    sheet.write_formula(3, 5, "=1+1", None, 2)
    sheet.write_boolean(3, 6, True)
    sheet.write_number(3, 7, 1e20)
    book.close()
    table = read_table(path, "xlsx")
    assert (table.sheet, table.other_sheets) == ("数据", 1)
    (row,) = table.rows
    assert row.number == 4, "the row as the spreadsheet numbers it"
    assert row.cells == (
        "=1+1",
        "1234567",
        "0.1",
        "2025-06-03",
        "2025-06-03 08:30:00",
        "2",
        "TRUE",
        "100000000000000000000",
    )


def test_a_workbook_of_another_writer_is_read_and_hidden_sheets_are_not(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.sheet_state = "hidden"
    first.append(["秘密"])
    second = book.create_sheet("可见")
    second.append(["名称", "数"])
    second.append(["甲", 1])
    path = tmp_path / "other.xlsx"
    book.save(path)
    assert _flat(read_table(path, "xlsx")) == (("名称", "数"), ("甲", "1"))


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("名称,数\r\n济南,1\r\n", (("名称", "数"), ("济南", "1"))),
        ("名称\t数\n济南\t1,5\n", (("名称", "数"), ("济南", "1,5"))),
        ('名称,数\n"a,""b""\nc",1\n\n', (("名称", "数"), ('a,"b"\nc', "1"))),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_of_chinese_spreadsheets(
    content: str, rows: tuple[tuple[str, ...], ...], encoding: str, tmp_path: Path
) -> None:
    assert _flat(_read(tmp_path, "csv", content.encode(encoding))) == rows
