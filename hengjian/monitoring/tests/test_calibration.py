"""Evidence: never stronger than nominal, ordered, near nothing for ordinary honest plants, right in frequency."""

import random
from typing import Any

import ibis
import pyarrow as pa
import pytest

from hengjian.analytics.session import connect
from hengjian.monitoring.calibration import Calibration, calibrate

HOW = Calibration(tail_share=0.3, tail_shape=0.1, min_plants=20, evidence_cap=12)
FIGURES = ("observed", "expected", "expected_lo", "expected_hi", "amount")


def evidence_of(values: dict[tuple[str, int], float], groups: dict[str, str]) -> dict[Any, float]:
    """Evidence by (site, seq) of one rule; seq 0 is history, seq 1 judged."""
    keys = list(values)
    signals = pa.table(
        {"site_id": [k[0] for k in keys], "seq": [k[1] for k in keys]}
        | {"statistic": [float(values[k]) for k in keys], "rule": ["R"] * len(keys)}
        | {name: [0.0] * len(keys) for name in FIGURES}
    )
    panel = pa.table({"site_id": list(groups), "peer_group": list(groups.values())})
    con = connect(memory_limit="500MB", threads=1)
    table = calibrate(ibis.memtable(signals), ibis.memtable(panel), 1, HOW)
    rows = con.to_pyarrow(table).to_pylist()
    assert len(rows) == len(keys)
    return {(r["site_id"], r["seq"]): r["evidence"] for r in rows}


def honest(count: int, scale: float, prefix: str = "s") -> dict[str, tuple[float, float]]:
    draw = random.Random(5)
    sites = [f"{prefix}{i}" for i in range(count)]
    return {s: (draw.expovariate(1 / scale), draw.expovariate(1 / scale)) for s in sites}


def both(plants: dict[str, tuple[float, float]]) -> dict[tuple[str, int], float]:
    return {(site, seq): pair[seq] for site, pair in plants.items() for seq in (0, 1)}


@pytest.mark.parametrize("scale", [0.4, 2.0])
def test_the_frequency_of_evidence_is_what_it_says(scale: float) -> None:
    plants = honest(2000, scale)
    found = evidence_of(both(plants), dict.fromkeys(plants, "g"))
    judged = [found[site, 1] for site in plants]
    for level in (0.7, 1.0, 1.5):
        share = sum(e >= level for e in judged) / len(judged)
        assert share <= 1.3 * 10**-level
    # Nominal scale 0.434: twice as wide a history must weaken, and does not silence.
    assert max(judged) < 5


def test_a_larger_statistic_is_never_less_evidence_and_the_cap_holds() -> None:
    plants = honest(50, 1.0) | {f"x{i}": (0.1, i / 4) for i in range(1, 400)}
    found = evidence_of(both(plants), dict.fromkeys(plants, "g"))
    ladder = [found[f"x{i}", 1] for i in range(1, 400)]
    assert ladder == sorted(ladder)
    assert ladder[-1] == 12


def test_a_small_group_is_judged_by_all_and_a_large_one_by_its_own() -> None:
    quiet, wild = honest(30, 0.2, "q"), honest(30, 5.0, "w")
    few = {"f0": (0.1, 6.0)}
    groups = dict.fromkeys(quiet, "quiet") | dict.fromkeys(wild, "wild") | {"f0": "few"}
    plants = quiet | wild | few
    plants["q0"], plants["w0"] = (0.1, 6.0), (0.1, 6.0)
    found = evidence_of(both(plants), groups)
    assert found["q0", 1] > found["f0", 1] > found["w0", 1]


def test_one_plant_alone_is_finite() -> None:
    found = evidence_of({("a", 1): 3.0}, {"a": "g"})
    assert 0 < found["a", 1] < 12
