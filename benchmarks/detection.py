"""Detection quality on the development panels, by the code of `hengjian backtest`; renews docs/monitoring.md.

    .venv/bin/python benchmarks/detection.py [--keep DIR]

Needs ../shared (panels, labels, scorer); without it nothing is written, and it says so.
"""

import argparse
import importlib.util
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from hengjian.monitoring.backtest import judge, newest, read_panel, target, write
from hengjian.monitoring.parameters import load

CLONE = Path(__file__).resolve().parents[1]
SHARED = CLONE.parent / "shared"
PANELS = SHARED / "data" / "falsification_dev"
SCORER = SHARED / "tools" / "score_falsification.py"
PAGE = CLONE / "docs" / "monitoring.md"
BEGIN, END = "<!-- detection: begin -->", "<!-- detection: end -->"
METRICS = ("auc_plant", "auc_cell", "p_at_k", "recall_at_fpr5", "delay", "localised")
HEAD = (
    "| track, kind | AUC plant | AUC cell | precision@k | recall at 5 % | delay | localised |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
)


def main(keep: Path | None) -> None:
    """Judge, score, print and write the table."""
    if not SCORER.is_file():
        print(f"SKIPPED: no scorer at {SCORER}; docs/monitoring.md is left as it is")
        return
    with tempfile.TemporaryDirectory() as folder:
        alerts = keep or Path(folder)
        alerts.mkdir(parents=True, exist_ok=True)
        began = time.process_time()
        for path in sorted((PANELS / "panels").glob("*.csv.gz")):
            judge_file(path, alerts)
        print(f"{time.process_time() - began:.1f} cpu s for all panels")
        lines = table(scored(alerts))
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(f"{before}{BEGIN}\n{lines}\n{END}{after}", encoding="utf-8")
    print(lines)


def judge_file(path: Path, alerts: Path) -> None:
    """What the command does with one file."""
    panel, parameters = read_panel(path), load()
    write(judge(panel, parameters=parameters, day=newest(parameters)), panel, target(path, alerts))


def scored(alerts: Path) -> dict[tuple[str, str], dict[str, float]]:
    """Mean metrics of each track and kind over its seeds."""
    import numpy as np

    found: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    for path in sorted((PANELS / "labels").glob("*.csv.gz")):
        name = path.name.removesuffix(".gz")
        track, kind, _ = name.removesuffix(".csv").split("__")
        found[track, kind].append(metrics_of(path, alerts / name))
    return {
        key: {name: float(np.nanmean([m[name] for m in metrics])) for name in METRICS}
        for key, metrics in found.items()
    }


def metrics_of(labels: Path, alerts: Path) -> dict[str, float]:
    """Metrics of one panel's scores, by the scorer's own function."""
    import pandas as pd

    truth = pd.read_csv(labels, dtype={"period": str, "plant_id": str})
    marks = pd.read_csv(alerts, dtype={"period": str, "plant_id": str})
    plants = truth.plant_id.nunique()
    shape = (plants, len(truth) // plants)
    best = marks.groupby(["plant_id", "period"])["score"].max()
    keys = pd.MultiIndex.from_frame(truth[["plant_id", "period"]])
    score = best.reindex(keys).fillna(0).to_numpy().reshape(shape)
    marked = truth.label.to_numpy().reshape(shape).astype(bool)
    onset = truth.onset.to_numpy().reshape(shape)[:, 0]
    found: dict[str, float] = _scorer().metrics(score, marked, onset, shape[1] // 2)
    return found


def table(found: dict[tuple[str, str], dict[str, float]]) -> str:
    """Markdown: a row for each kind, then the mean of each track."""
    rows = [_row(f"{track} {kind}", metrics) for (track, kind), metrics in found.items()]
    for track in sorted({track for track, _ in found}):
        own = [metrics for (of, _), metrics in found.items() if of == track]
        means = {name: sum(m[name] for m in own) / len(own) for name in METRICS}
        rows.append(_row(f"**{track}, mean**", means))
    return "\n".join([HEAD, *rows])


def _row(name: str, metrics: dict[str, float]) -> str:
    return f"| {name} | " + " | ".join(f"{metrics[m]:.3f}" for m in METRICS) + " |"


def _scorer() -> Any:
    spec = importlib.util.spec_from_file_location("score_falsification", SCORER)
    if spec is None or spec.loader is None:
        sys.exit(f"SKIPPED: {SCORER} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="keep the scores of the panels in this folder")
    main(parser.parse_args().keep)
