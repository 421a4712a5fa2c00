"""Readings of invented 15-minute meters, from stretches and edits written as data (cases/M6*.yml).

A stretch gives the quarter hours and, for each figure, a list that repeats, or `{lo, hi}`: loads drawn between them and
counted in pulses, as a meter does. The power factor (of the lagging or, `factor: net`, of the net reactive energy)
and CO2 are computed and rounded unless given; `step` prints energies more coarsely. Edits are applied to the readings afterwards: they are what a falsifier (or a fault) does.
"""

import math
import random
from collections.abc import Iterator
from typing import Any

from hengjian.monitoring.panel import QUARTERS

Row = dict[str, Any]
PULSE = 0.036
T_PER_KWH = 0.000458333
FIGURES = ("active", "lagging", "leading")


def panel(given: Row) -> Any:
    """The readings of a case as an Arrow table of QUARTERS."""
    rows = [
        row
        for number in range(given.get("sites", 1))
        for row in site_rows(given, f"s{number}", given["seed"] + number)
    ]
    for edit in given.get("edits", []):
        apply(edit, rows)
    return QUARTERS.table(rows)


def site_rows(given: Row, site: str, seed: int) -> list[Row]:
    """All stretches of one site, one after another."""
    dice = random.Random(seed)
    stretches = [*given["history"], *given["judged"]]
    readings = [row for s in stretches for row in _stretch(given["stretches"][s], dice)]
    return [
        {"site_id": site, "peer_group": "works", "seq": seq, "period": str(seq)} | row
        for seq, row in enumerate(readings)
    ]


def honest_until(given: Row) -> int:
    """Quarter hours of the stretches of history."""
    return sum(int(given["stretches"][name]["quarters"]) for name in given["history"])


def apply(edit: Row, rows: list[Row]) -> None:
    """One edit on the rows from..to (excluded) of a site (the first unless named)."""
    site = edit.get("site", "s0")
    own = [row for row in rows if row["site_id"] == site]
    source = [row for row in rows if row["site_id"] == edit.get("copy_site", site)]
    before = [dict(row) for row in source]
    for row in own[edit["from"] : edit["to"]]:
        _edit_row(edit, row, own[edit["from"]], before)


def _edit_row(edit: Row, row: Row, first: Row, before: list[Row]) -> None:
    for name, factor in edit.get("scale", {}).items():
        row[name] = round(row[name] * factor, 2)
    for name in edit.get("hold", []):
        row[name] = first[name]
    for name in edit.get("copy", []):
        row[name] = before[row["seq"] - edit["back"]][name]
    row |= edit.get("set", {})


def _stretch(spec: Row, dice: random.Random) -> Iterator[Row]:
    carry = dict.fromkeys(FIGURES, 0.0)
    for i in range(spec["quarters"]):
        row = {name: _reading(spec.get(name, [0.0]), i, dice, carry, name) for name in FIGURES}
        row["power_factor"] = _factor(row, net=spec.get("factor") == "net")
        row["co2"] = None if row["active"] is None else round(row["active"] * T_PER_KWH, 2)
        for name in ("power_factor", "co2"):
            if name in spec:
                row[name] = spec[name][i % len(spec[name])]
        step = spec.get("step")
        yield row if step is None else _coarse(row, step)


def _reading(
    spec: Any, i: int, dice: random.Random, carry: dict[str, float], name: str
) -> float | None:
    if isinstance(spec, list):
        value = spec[i % len(spec)]
        return None if value is None else float(value)
    # What is not a whole pulse yet is counted in the next quarter hour.
    energy = carry[name] + dice.uniform(spec["lo"], spec["hi"])
    pulses = math.floor(energy / PULSE)
    carry[name] = energy - pulses * PULSE
    return round(pulses * PULSE, 2)


def _factor(row: Row, *, net: bool) -> float | None:
    active, lagging, leading = (row[name] for name in FIGURES)
    if active is None or lagging is None:
        return None
    apparent = math.hypot(active, lagging - leading if net else lagging)
    return round(100 * active / apparent, 2) if apparent else None


def _coarse(row: Row, step: float) -> Row:
    """Energies printed by a meter of coarser resolution; the factor is still that of the true energies."""
    return row | {name: round(round(row[name] / step) * step, 2) for name in FIGURES}
