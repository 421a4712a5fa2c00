"""Floors of what is found, by kind, on the development panels: a change of a rule must not lose it unseen."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

CLONE = Path(__file__).resolve().parents[3]
PANELS = CLONE.parent / "shared" / "data" / "falsification_dev"

pytestmark = pytest.mark.clause("E1")

# precision@k of one seed; the full table is `make bench-detection`.
FLOORS = {
    "us__under5__s11": 0.80,
    "us__under10__s12": 0.95,
    "us__cap_quota__s11": 0.70,
    "us__copy_prev__s12": 0.95,
    "us__shift_months__s11": 0.95,
    "us__smooth_round__s12": 0.95,
    "us__stuck__s11": 0.95,
}


def benchmark() -> Any:
    """benchmarks/detection.py, which is no package."""
    spec = importlib.util.spec_from_file_location(
        "detection", CLONE / "benchmarks" / "detection.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", FLOORS)
def test_floor(name: str, tmp_path: Path) -> None:
    if not PANELS.is_dir():
        pytest.skip(f"no development panels at {PANELS}")
    detection = benchmark()
    detection.judge_file(PANELS / "panels" / f"{name}.csv.gz", tmp_path)
    found = detection.metrics_of(PANELS / "labels" / f"{name}.csv.gz", tmp_path / f"{name}.csv")
    assert found["p_at_k"] >= FLOORS[name]
    assert found["auc_plant"] >= 0.93
    assert found["localised"] >= 0.95


def test_silence_would_be_seen(tmp_path: Path) -> None:
    """Negative control: scores of nobody are under every floor."""
    if not PANELS.is_dir():
        pytest.skip(f"no development panels at {PANELS}")
    empty = tmp_path / "empty.csv"
    empty.write_text("plant_id,period,rule,score\nnobody,1-01,score,9\n", encoding="utf-8")
    for name, floor in FLOORS.items():
        found = benchmark().metrics_of(PANELS / "labels" / f"{name}.csv.gz", empty)
        assert found["p_at_k"] < floor
