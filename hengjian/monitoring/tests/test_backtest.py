"""Panels in files: what is read, what is refused, and what comes out."""

import csv
import gzip
import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hengjian.config.cli import main
from hengjian.monitoring.backtest import (
    NUMBERS,
    TEXTS,
    PanelRefused,
    judge,
    newest,
    read_panel,
    target,
    write,
)
from hengjian.monitoring.parameters import load
from hengjian.monitoring.tests import month_panels

HEADER = ",".join((*TEXTS, *NUMBERS))
DAY = date(2026, 3, 1)


def panel_file(folder: Path, edits: list[dict[str, Any]], name: str = "panel.csv") -> Path:
    """An invented panel as a file."""
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(
            stream, [*TEXTS, *NUMBERS, "electricity", "grid_electricity"], extrasaction="ignore"
        )
        writer.writeheader()
        for row in month_panels.months(edits):
            names = {"plant_id": row["site_id"], "group": row["peer_group"]}
            writer.writerow(row | names)
    return path


def text_file(folder: Path, text: str) -> Path:
    path = folder / "bad.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_months_are_read_in_order_of_their_periods(tmp_path: Path) -> None:
    lines = [f"a,{year}-{month},g,1,2,3,,,4" for year in (1, 2) for month in (10, 9, 2)]
    panel = read_panel(text_file(tmp_path, "\n".join([HEADER, *lines])))
    assert panel.table == "months"
    assert panel.periods == ("1-2", "1-9", "1-10", "2-2", "2-9", "2-10")
    assert panel.honest_until == 3
    first = min(panel.rows, key=lambda row: row["seq"])
    assert (first["site_id"], first["peer_group"], first["co2_meter"]) == ("a", "g", 4.0)
    assert first["receipt"] is None
    assert first["electricity"] is None


def test_quarter_hours_are_known_by_their_triangle(tmp_path: Path) -> None:
    lines = []
    for period in range(8):
        active, reactive = 10.0 + period, 5.0
        factor = 100 * active / math.hypot(active, reactive)
        lines.append(f"a,{period},g,,{active},{reactive},0,{factor:.2f},0")
    path = text_file(tmp_path, "\n".join([HEADER, *lines]))
    panel = read_panel(path)
    assert panel.table == "quarters"
    assert panel.rows[0]["active"] == 10.0
    assert panel.rows[0]["power_factor"] == pytest.approx(89.44)
    wrong = [line.replace(line.split(",")[7], "12.34") for line in lines]
    assert read_panel(text_file(tmp_path, "\n".join([HEADER, *wrong]))).table == "months"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "第1行缺少列 plant_id、period"),
        (HEADER, "没有数据行"),
        (f"{HEADER}\na,1,g,1,2,x,,,", "第2行 fuel 列：“x”不是数字"),
        (f"{HEADER}\na,1,g,1,2,3,,,\na,2,g,1,nan,3,,,", "第3行 output 列：“nan”不是数字"),
        (f"{HEADER}\n,1,g,1,2,3,,,", "第2行 plant_id 列：不得为空"),
        (f"{HEADER}\na,1,g,1,2,3,,,\na,1,g,1,2,3,,,", "a 的期间 1 出现两次"),
        (f"{HEADER}\na,1,g,1,2,3,,,", "只有1个期间"),
    ],
)
def test_a_bad_file_is_refused_by_file_row_and_column(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(PanelRefused, match=r"bad\.csv") as refused:
        read_panel(text_file(tmp_path, text))
    assert words in str(refused.value)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", gzip.compress(b"plant_id")[:-4], b"\x1f\x8b"])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.csv.gz"
    path.write_bytes(content)
    with pytest.raises(PanelRefused, match=r"bad\.csv\.gz：不是可读的 CSV 文件"):
        read_panel(path)


def test_the_falsifier_scores_highest_and_in_his_months(tmp_path: Path) -> None:
    edits = [{"do": "scale", "from": 20, "columns": ["fuel"], "by": 0.85}]
    panel = read_panel(panel_file(tmp_path, edits))
    # 30 periods: the first half is history.
    assert panel.honest_until == 15
    rows = judge(panel, parameters=load(), day=DAY)
    total = [row for row in rows if row["rule"] == "score" and row["seq"] >= 15]
    worst = max(total, key=lambda row: row["score"])
    assert worst["site_id"] == month_panels.SUBJECT
    assert worst["seq"] >= 20
    others = [row["score"] for row in total if row["site_id"] != month_panels.SUBJECT]
    assert worst["score"] > 2 * max(others)
    parts = [
        row["score"]
        for row in rows
        if (row["site_id"], row["seq"]) == (worst["site_id"], worst["seq"])
        and row["rule"] != "score"
    ]
    assert worst["score"] == pytest.approx(sum(parts))
    result = target(tmp_path / "x.csv.gz", tmp_path)
    assert result.name == "x.csv"
    write(rows, panel, result)
    assert result.read_text(encoding="utf-8").startswith("plant_id,period,rule,score\nplant0,")


def test_the_order_of_the_rows_does_not_matter(tmp_path: Path) -> None:
    edits = [{"do": "scale", "from": 20, "columns": ["fuel"], "by": 0.85}]
    path = panel_file(tmp_path, edits)
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    turned = text_file(tmp_path, "\n".join([head, *lines[::-1]]))
    both = [judge(read_panel(p), parameters=load(), day=DAY) for p in (path, turned)]
    keys = [{(r["site_id"], r["seq"], r["rule"]): r["score"] for r in rows} for rows in both]
    assert keys[0].keys() == keys[1].keys()
    assert all(keys[1][key] == pytest.approx(value) for key, value in keys[0].items())


def test_the_command_writes_nothing_when_one_file_is_bad(tmp_path: Path) -> None:
    good = panel_file(tmp_path, [])
    bad = text_file(tmp_path, f"{HEADER}\na,1,g,1,2,x,,,")
    out = tmp_path / "out"
    result = CliRunner().invoke(main, ["backtest", str(good), str(bad), "--out", str(out)])
    assert result.exit_code == 1
    assert "bad.csv：第2行 fuel 列" in result.output
    assert not out.exists()
    again = CliRunner().invoke(main, ["backtest", str(good), "--out", str(out)])
    assert again.exit_code == 0
    assert (out / "panel.csv").is_file()


def test_newest_parameters_are_the_default() -> None:
    assert newest(load()) == max(row.effective_from for row in load().rows)
