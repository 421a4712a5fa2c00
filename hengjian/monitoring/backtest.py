"""Back-test: every panel detector over a panel in a file, calibrated on its first half, scored.

Input: CSV (or .csv.gz) with plant_id, period, group, capacity, output, fuel, receipt, stock_close, co2_meter and, if
there is any, electricity and grid_electricity. A panel of 15-minute meters has active kWh as output, lagging and
leading kvarh as fuel and receipt, the power factor (%) as stock_close and CO2 as co2_meter; it is known by physics:
the power factor is that of its two energies in most rows. Output: plant_id, period, rule, score.
"""

from __future__ import annotations

import csv
import gzip
import math
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from hengjian.analytics.session import connect
from hengjian.kernel.text import N_
from hengjian.monitoring.calibration import Calibration, calibrate
from hengjian.monitoring.detectors import panel_detectors
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.panel import MONTHS, QUARTERS, SIGNALS, TABLES
from hengjian.monitoring.parameters import Parameters
from hengjian.monitoring.score import parts

TEXTS = ("plant_id", "period", "group")
NUMBERS = ("capacity", "output", "fuel", "receipt", "stock_close", "co2_meter")
OPTIONAL = ("electricity", "grid_electricity")
QUARTER_COLUMNS = {
    "output": "active",
    "fuel": "lagging",
    "receipt": "leading",
    "stock_close": "power_factor",
    "co2_meter": "co2",
}
# Two decimals of energy and of power factor: what a meter's rounding may do to the triangle.
TRIANGLE_TOLERANCE = 0.5
TRIANGLE_SHARE = 0.5
MIN_PERIODS = 4


class PanelRefused(ValueError):
    """The file is no panel; the message is one Chinese sentence naming file, row and column."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel in the form of its contract; periods with seq before ``honest_until`` are honest history."""

    table: str
    rows: Sequence[Mapping[str, Any]]
    honest_until: int
    periods: tuple[str, ...]


def read_panel(path: Path) -> Panel:
    """The panel of a file.

    Raises:
        PanelRefused: unreadable, a column missing, a number that is none, a plant's period twice.
    """
    given = list(_records(path))
    _refuse_doubles(path, given)
    periods = tuple(sorted({str(row["period"]) for row in given}, key=_natural))
    if len(periods) < MIN_PERIODS:
        raise PanelRefused(
            N_("{file}：只有{count}个期间，至少要有{least}个").format(
                file=path.name, count=len(periods), least=MIN_PERIODS
            )
        )
    number = {period: seq for seq, period in enumerate(periods)}
    quarters = _is_triangle(given)
    contract = QUARTERS if quarters else MONTHS
    names = {target: source for source, target in QUARTER_COLUMNS.items()} if quarters else {}
    keys = {"site_id": "plant_id", "peer_group": "group"}
    rows = [
        {
            c.name: number[row["period"]]
            if c.name == "seq"
            else row.get((names | keys).get(c.name, c.name))
            for c in contract.columns
        }
        for row in given
    ]
    return Panel(contract.name, rows, len(periods) // 2, periods)


def evidences(
    panel: Panel, con: Any, *, parameters: Parameters, day: date, rules: Sequence[str] = ()
) -> Any:
    """Ibis table of the signals of every rule of the panel's table (or of ``rules``) with their evidence.

    Returns None where no rule judges this table.
    """
    contract = TABLES[panel.table]
    table = con.create_table("panel", ibis.memtable(contract.table(panel.rows)))
    found = [
        d
        for d in panel_detectors().values()
        if d.table == panel.table and (not rules or d.code in rules)
    ]
    if not found:
        return None
    each = [
        _signals(con, d, d.signals(table, panel.honest_until, parameters.on(d.code, day)))
        for d in found
    ]
    stored = con.create_table("signals", ibis.memtable(pa.concat_tables(each)))
    how = Calibration.of(parameters.on("calibration", day))
    return calibrate(stored, table, panel.honest_until, how)


def judge(panel: Panel, *, parameters: Parameters, day: date) -> list[dict[str, Any]]:
    """Rows rule, site_id, seq, score of a panel: squared evidence of each rule and, as ``score``, the sum."""
    con = connect()
    try:
        table = evidences(panel, con, parameters=parameters, day=day)
        ordered = parts(table).order_by("site_id", "seq", "rule") if table is not None else None
        found: list[dict[str, Any]] = [] if ordered is None else con.to_pyarrow(ordered).to_pylist()
    finally:
        con.disconnect()
    return found


def target(path: Path, folder: Path) -> Path:
    """Where the result of a panel goes: its name without .gz, in the folder."""
    return folder / path.name.removesuffix(".gz")


def write(rows: Sequence[Mapping[str, Any]], panel: Panel, path: Path) -> None:
    """plant_id, period, rule, score as CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["plant_id", "period", "rule", "score"])
        for row in rows:
            period = panel.periods[row["seq"]]
            writer.writerow([row["site_id"], period, row["rule"], f"{row['score']:.6g}"])


def newest(parameters: Parameters) -> date:
    """The day from which the latest parameter values hold."""
    return max(row.effective_from for row in parameters.rows)


def _signals(con: Any, detector: PanelDetector, signals: Any) -> Any:
    """Arrow table of SIGNALS and ``rule``: each rule is executed once, whatever calibration asks of it."""
    found = con.to_pyarrow(signals.select(*SIGNALS.arrow.names))
    rules = pa.array([detector.code] * found.num_rows, pa.string())
    return found.cast(SIGNALS.arrow).append_column("rule", rules)


def _records(path: Path) -> Iterator[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            header = reader.fieldnames or []
            if missing := [name for name in (*TEXTS, *NUMBERS) if name not in header]:
                raise PanelRefused(
                    N_("{file}：第1行缺少列 {columns}").format(
                        file=path.name, columns=N_("、").join(missing)
                    )
                )
            columns = (*NUMBERS, *(name for name in OPTIONAL if name in header))
            for record in reader:
                yield _record(path, reader.line_num, record, columns)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise PanelRefused(
            N_("{file}：不是可读的 CSV 文件（UTF-8，可用 gzip 压缩）").format(file=path.name)
        ) from error


def _record(
    path: Path, line: int, record: Mapping[str, Any], columns: Sequence[str]
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in TEXTS:
        text = (record[name] or "").strip()
        if not text:
            raise PanelRefused(_cell(path, line, name, N_("不得为空")))
        row[name] = text
    for name in columns:
        row[name] = _number(path, line, name, record[name])
    return row


def _number(path: Path, line: int, name: str, text: str | None) -> float | None:
    """The number of a cell, None where empty; NaN and infinity are no numbers."""
    if not (text or "").strip():
        return None
    try:
        value = float(str(text))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise PanelRefused(_cell(path, line, name, N_("“{text}”不是数字").format(text=text)))
    return value


def _cell(path: Path, line: int, name: str, what: str) -> str:
    return N_("{file}：第{line}行 {column} 列：{what}").format(
        file=path.name, line=line, column=name, what=what
    )


def _refuse_doubles(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    seen: set[tuple[str, str]] = set()
    for row in rows:
        key = (row["plant_id"], row["period"])
        if key in seen:
            raise PanelRefused(
                N_("{file}：{plant} 的期间 {period} 出现两次").format(
                    file=path.name, plant=key[0], period=key[1]
                )
            )
        seen.add(key)
    if not seen:
        raise PanelRefused(N_("{file}：没有数据行").format(file=path.name))


def _natural(period: str) -> tuple[tuple[int, ...], str]:
    """2-10 after 2-9, 100 after 99."""
    return tuple(int(part) for part in re.findall(r"\d+", period)), period


def _is_triangle(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether stock_close is, in most rows, the power factor (%) of output and fuel as kWh and kvarh."""
    told = fitting = 0
    for row in rows:
        active, reactive, factor = row["output"], row["fuel"], row["stock_close"]
        if not active or reactive is None or factor is None:
            continue
        told += 1
        fitting += abs(100 * active / math.hypot(active, reactive) - factor) <= TRIANGLE_TOLERANCE
    return told > 0 and fitting / told > TRIANGLE_SHARE
