"""The triangle and run length rules agree with plain Python on random meters, falsified or not."""

import random
from typing import Any

import ibis
import pyarrow as pa
import pytest

from hengjian.analytics.session import connect
from hengjian.monitoring.detectors import panel_detectors
from hengjian.monitoring.detectors.tails import poisson_evidence
from hengjian.monitoring.panel import QUARTERS
from hengjian.monitoring.tests import case_tables, meter_oracle

Row = dict[str, Any]
UNTIL, LENGTH = 150, 300


def meter(seed: int) -> list[Row]:
    """Rough readings: coarse or fine, gaps, leading energy, wrong factors, registers that stand still."""
    dice = random.Random(seed)
    places = dice.choice([1, 2])
    rows: list[Row] = []
    for seq in range(LENGTH):
        load = dice.choice([2.0, 3.0, 80.0])
        active = round(dice.uniform(load, load * 1.05), places)
        lagging = round(dice.choice([0.0, active * dice.uniform(0.2, 1.4)]), places)
        leading = round(dice.choice([0.0, 0.0, dice.uniform(0, 5)]), places)
        reactive = dice.choice([lagging, abs(lagging - leading)])
        true = 100 * active / (active**2 + reactive**2) ** 0.5
        factor = round(dice.choice([true] * 9 + [dice.uniform(0, 100)]), 2)
        row = {"active": active, "lagging": lagging, "leading": leading, "power_factor": factor}
        if rows and dice.random() < 0.3:
            row["active"] = rows[-1]["active"]
        if dice.random() < 0.03:
            row[dice.choice(list(row))] = dice.choice([None, 0.0])
        rows.append({"site_id": "s", "peer_group": "g", "seq": seq, "period": str(seq)} | row)
    return [row | {"co2": None} for row in rows]


def found(code: str, rows: list[Row]) -> dict[int, float]:
    table = ibis.memtable(QUARTERS.table(rows))
    signals = panel_detectors()[code].signals(table, UNTIL, case_tables.params(code, {}))
    told = connect(memory_limit="500MB", threads=1).to_pyarrow(signals).to_pylist()
    return {row["seq"]: row["statistic"] for row in told}


@pytest.mark.parametrize("seed", range(6))
def test_triangle_is_that_of_the_angles(seed: int) -> None:
    rows = meter(seed)
    params = case_tables.params("M601", {})
    expected = meter_oracle.triangle(
        rows,
        UNTIL,
        step=float(params.number("energy_step")),
        window=int(params.number("window")),
        rate=float(params.number("error_rate")),
    )
    positive = {seq: value for seq, value in enumerate(expected) if value > 1e-9}
    assert positive
    assert found("M601", rows) == pytest.approx(positive)


@pytest.mark.parametrize("seed", range(6))
def test_run_length_is_that_of_single_runs(seed: int) -> None:
    rows = meter(seed)
    for row in rows[200:230]:
        row["active"] = rows[200]["active"] or 2.5
    params = case_tables.params("M602", {})
    prior, cap = float(params.number("prior")), float(params.number("still_cap"))
    expected = meter_oracle.run_length(rows, UNTIL, prior, cap)
    assert expected
    assert found("M602", rows) == pytest.approx(expected)


def test_the_tail_bound_is_the_least_of_chernoff() -> None:
    pairs = [(n, mean) for n in range(30) for mean in (0.05, 0.7, 3.0, 12.0)]
    columns = {"n": [float(n) for n, _ in pairs], "mean": [mean for _, mean in pairs]}
    table = ibis.memtable(pa.table(columns))
    values = connect().to_pyarrow(poisson_evidence(table.n, table["mean"])).to_pylist()
    for value, (n, mean) in zip(values, pairs, strict=True):
        assert value == pytest.approx(meter_oracle.chernoff(n, mean), abs=1e-6)
