"""Invented plants for the cases of the rules over months: honest by construction, then edited as a case says."""

import math
from random import Random
from typing import Any

from hengjian.monitoring.panel import MONTHS

Row = dict[str, Any]
HONEST, JUDGED, PLANTS = 18, 12, 6
SUBJECT = "plant0"
SCALES = {"output": 2, "fuel": 2, "electricity": 0, "grid_electricity": 0, "co2_meter": 1}


def months(edits: list[Row], seed: int = 1) -> list[Row]:
    """Rows of MONTHS: several plants of a group, the first of them edited."""
    random = Random(seed)
    rows = [row for plant in range(PLANTS) for row in _plant(random, f"plant{plant}")]
    own = [row for row in rows if row["site_id"] == SUBJECT]
    for edit in edits:
        _apply(own, edit)
    return rows


def _plant(random: Random, name: str) -> list[Row]:
    """Fuel = no-load + slope · output with 1.5 % noise; a meter of 3 %; stocktaking of 0.4 % of a month."""
    rows, stock = [], 200.0
    for seq in range(HONEST + JUDGED):
        output = 1000 * math.exp(0.15 * math.sin(seq * math.pi / 6) + random.gauss(0, 0.12))
        fuel = (20 + 0.1 * output) * math.exp(random.gauss(0, 0.015))
        receipt = max(fuel + 0.3 * (200 - stock) + random.gauss(0, 8), 0.0)
        stock += receipt - fuel
        electricity = (5000 + 40 * output) * math.exp(random.gauss(0, 0.015))
        figures = {
            "capacity": 1500.0,
            "output": output,
            "fuel": fuel,
            "electricity": electricity,
            "grid_electricity": 0.8 * electricity * math.exp(random.gauss(0, 0.01)),
            "receipt": receipt,
            "stock_close": stock + random.gauss(0, 0.5),
            "co2_meter": 2.7 * fuel * math.exp(random.gauss(0, 0.03)),
        }
        rounded = {key: round(value, SCALES.get(key, 2)) for key, value in figures.items()}
        rows.append(
            {"site_id": name, "peer_group": "group", "seq": seq, "period": f"{seq:02}"} | rounded
        )
    return rows


def _apply(rows: list[Row], edit: Row) -> None:
    """One edit of a stretch of months (from, to: excluded); `do` names it, `columns` says of what."""
    stretch = [r for r in rows if edit.get("from", 0) <= r["seq"] < edit.get("to", len(rows))]
    columns = edit.get("columns", [])
    ACTS[edit["do"]](rows, stretch, columns, edit.get("by"))


def _scale(_: list[Row], stretch: list[Row], columns: list[str], by: Any) -> None:
    for row in stretch:
        for name in columns:
            row[name] = round(row[name] * by, 2)


def _set(_: list[Row], stretch: list[Row], columns: list[str], by: Any) -> None:
    for row in stretch:
        row.update(dict.fromkeys(columns, by))


def _copy(rows: list[Row], stretch: list[Row], columns: list[str], by: Any) -> None:
    """The month before the stretch again and again, with noise `by` (relative)."""
    before, random = rows[stretch[0]["seq"] - 1], Random(7)
    for row in stretch:
        for name in columns:
            row[name] = before[name] * (1 + random.gauss(0, by)) if by else before[name]


def _digits(_: list[Row], stretch: list[Row], columns: list[str], by: Any) -> None:
    """Keep `by` significant digits."""
    for row in stretch:
        for name in columns:
            row[name] = float(f"{row[name]:.{by - 1}e}")


def _shift(_: list[Row], stretch: list[Row], columns: list[str], by: Any) -> None:
    """Move a share of each first month of a pair to the second."""
    for first, second in zip(stretch[::2], stretch[1::2], strict=False):
        for name in columns:
            moved = first[name] * by
            first[name], second[name] = first[name] - moved, second[name] + moved


def _cap(_: list[Row], stretch: list[Row], columns: list[str], by: Any) -> None:
    random = Random(7)
    for row in stretch:
        for name in columns:
            row[name] = min(row[name], by * (1 + random.gauss(0, 0.003)))


def _forge(rows: list[Row], stretch: list[Row], columns: list[str], by: Any) -> None:
    """Receipts that make the balance fit the reported fuel to the digit."""
    for row in stretch:
        opening = rows[row["seq"] - 1]["stock_close"]
        row["receipt"] = row["fuel"] + row["stock_close"] - opening


ACTS = {
    "scale": _scale,
    "set": _set,
    "copy": _copy,
    "digits": _digits,
    "shift": _shift,
    "cap": _cap,
    "forge": _forge,
}
assert {*SCALES} <= {column.name for column in MONTHS.columns}
