"""All rules over months on a province's three years, against plain scans and polars doing the same, in one run.

    .venv/bin/python benchmarks/detection_scale.py [--sites N] [--days N] [--keep DIR]

Each step runs in a process of its own; CPU and wall seconds are those of the step, memory is the peak of its process
(interpreter and libraries included). The world is generated (detection_world.py) once; `--keep` uses it again.
Both implementations must find the same rows with the same evidence, otherwise it exits 1.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import detection_world as world
import ibis
import polars as pl

from hengjian.analytics.session import connect
from hengjian.monitoring.detectors import panel_detectors
from hengjian.monitoring.detectors.panel_source import COVERAGE, months_of, numbered
from hengjian.monitoring.facts import Period
from hengjian.monitoring.parameters import Parameters, load
from hengjian.monitoring.services.panel_sql import Part, evidence_name, evidence_sql, panel_name
from hengjian.monitoring.tests import polars_rules

NATIVE = "facts.duckdb"
GROUPS = 20
JUDGED = date(2025, 1, 1)
AS_OF = datetime(2027, 1, 1, tzinfo=UTC)
# Columns of the world by the name of the panel.
FIGURES = {
    "output": "output",
    "energy_tce": "energy_tce",
    "coal_t": "coal_t",
    "co2_t": "co2_t",
    "electricity": "electricity",
    "grid_electricity": "grid_electricity",
    "co2_meter": "co2_meter",
}
# Sums of doubles depend on their order: beyond these decimals equal figures would differ.
DECIMALS = 6


def main(sites: int, days: int, keep: Path | None) -> None:
    """Generate, run every step, print figures and ratios."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep or Path(temporary)
        if not (folder / NATIVE).exists():
            _generate(folder, sites, days)
        found = {name: _child(name, folder) for name in STEPS}
    print("| step | part | CPU s | wall s | peak MB |\n| --- | --- | ---: | ---: | ---: |")
    for name, parts in found.items():
        for part, (cpu, wall) in parts["parts"].items():
            print(f"| {name} | {part} | {cpu:.2f} | {wall:.2f} | {parts['peak']:.0f} |")
    _ratios({name: _cpu(said) for name, said in found.items()})
    one, other = found["rules, DuckDB, parquet"], found["rules, polars, parquet"]
    same = one["rows"] == other["rows"] and math.isclose(one["sum"], other["sum"], rel_tol=1e-6)
    print(
        f"rows {one['rows']} and {other['rows']}, evidence {one['sum']:.3f} and {other['sum']:.3f}"
    )
    sys.exit(not same)


def _cpu(said: dict[str, Any]) -> float:
    """CPU of a step without what a process does once."""
    parts: dict[str, tuple[float, float]] = said["parts"]
    return sum(cpu for part, (cpu, _) in parts.items() if part != "compile once")


def _ratios(cpu: dict[str, float]) -> None:
    ours, native = cpu["rules, DuckDB, parquet"], cpu["rules, DuckDB, native"]
    for name in ("scan, DuckDB, parquet", "scan, polars, parquet", "rules, polars, parquet"):
        print(f"CPU, rules from parquet / {name}: {ours / cpu[name]:.2f}")
    print(
        f"CPU, rules from native: {native:.2f} s; one day: {cpu['one day, DuckDB, native']:.2f} s"
    )


def _generate(folder: Path, sites: int, days: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    con = connect(memory_limit="1500MB", database=str(folder / NATIVE))
    rows = world.generate(con.con, folder, sites, days)
    con.disconnect()
    print(f"{sites} sites x {len(world.INDICATORS)} indicators x {days} days: {rows} rows")


def _child(step: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--step", step, "--keep", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


class Clock:
    """CPU and wall seconds of parts."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.parts: dict[str, tuple[float, float]] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measure what happens inside."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.parts[name] = (time.process_time() - cpu, time.perf_counter() - wall)


def _facts(folder: Path, *, native: bool) -> tuple[Any, Any]:
    """A session of less than 1 GB and the daily table."""
    con = connect(memory_limit="600MB", threads=2)
    if not native:
        return con, con.read_parquet(f"{folder}/*.parquet", table_name="daily")
    con.attach(str(folder / NATIVE), name="facts", read_only=True)
    return con, con.table("daily", database=("facts", "main"))


def scan_duckdb(folder: Path, clock: Clock) -> tuple[int, float]:
    """Sum every column of every file."""
    con, daily = _facts(folder, native=False)
    with clock.part("sum of all columns"):
        sums = daily.aggregate(**{name: daily[name].sum() for name in world.INDICATORS})
        con.to_pyarrow(sums)
    return 0, 0.0


def scan_polars(folder: Path, clock: Clock) -> tuple[int, float]:
    """Sum every column of every file."""
    with clock.part("sum of all columns"):
        pl.scan_parquet(folder / "*.parquet").select(pl.col(world.INDICATORS).sum()).collect()
    return 0, 0.0


def _days(daily: Any) -> Any:
    """The world as `reported_days`."""
    site, figures = daily.site.cast("string"), {n: daily[c] for n, c in FIGURES.items()}
    return daily.select(
        site_id=site,
        peer_group=(daily.site % GROUPS).cast("string"),
        site=site,
        enterprise_id=site,
        region=ibis.literal(370211, type="int32"),
        subject=ibis.literal("product"),
        subject_unit=ibis.literal("t"),
        start=daily.day,
        day=daily.day,
        idle=daily.output <= 0,
        capacity=ibis.literal(6000.0),
        fuel=daily.energy_tce,
        resident_output=ibis.null("float64"),
        receipt=daily.coal_in,
        stock_close=daily.coal_stock,
        **figures,
    )


def rules_duckdb(folder: Path, clock: Clock, *, native: bool) -> tuple[int, float]:
    """Days to months by the platform's own code, then all rules over months and their calibration."""
    con, daily = _facts(folder, native=native)
    period = Period(JUDGED, date(JUDGED.year, 12, 31), AS_OF)
    months = numbered(months_of(_days(daily), period), period, world.HONEST_MONTHS)
    summed = (*FIGURES, "fuel", "receipt")
    months = months.mutate(**{name: months[name].round(DECIMALS) for name in summed})
    with clock.part("days to months"):
        con.create_table(panel_name("month"), months, temp=True)
    return _judge(con, clock, "month", load(), world.HONEST_MONTHS)


def one_day(folder: Path, clock: Clock) -> tuple[int, float]:
    """The last day, judged as every morning: rules over days with output, with their history."""
    con, daily = _facts(folder, native=True)
    values = load()
    last = con.to_pyarrow(daily.day.max()).as_py()
    length = int(values.on("panel", last).number("history_days"))
    near = _days(daily.filter(daily.day >= last - timedelta(days=length)))
    days = numbered(near.filter(~near.idle), Period(last, last, AS_OF), length)
    with clock.part("panel of days"):
        con.create_table(panel_name("day"), days, temp=True)
    return _judge(con, clock, "day", values, length)


def _judge(
    con: Any, clock: Clock, grain: str, values: Parameters, length: int
) -> tuple[int, float]:
    """Rows with a statistic and the sum of their evidence: months by all rules over months, days by those of days."""
    rules = [d for d in panel_detectors().values() if d.table == "months"]
    rules = [d for d in rules if grain in {"month", d.grain}]
    parts = tuple(Part(d, JUDGED, JUDGED, values.on(d.code, JUDGED)) for d in rules)
    with clock.part("compile once"):
        statements = evidence_sql(grain, parts, length, values.on("calibration", JUDGED))
    with clock.part(f"{len(rules)} rules and calibration"):
        for name, sql in statements:
            con.raw_sql(f'CREATE TEMP TABLE "{name}" AS {sql}')
    judged = con.table(evidence_name(grain))
    judged = judged.filter(judged.statistic > 0)
    sums = judged.aggregate(rows=judged.count(), total=judged.evidence.sum())
    (row,) = con.to_pyarrow(sums).to_pylist()
    return int(row["rows"]), float(row["total"])


def rules_polars(folder: Path, clock: Clock) -> tuple[int, float]:
    """The same by the rules as written in polars."""
    values, how = load(), load().on("calibration", JUDGED)
    fuels = {code: rule.fuel for code, rule in panel_detectors().items()}
    with clock.part("days to months"):
        panel = _months(pl.scan_parquet(folder / "*.parquet")).collect().lazy()
    with clock.part(f"{len(polars_rules.RULES)} rules and calibration"):
        said = polars_rules.signals(panel, world.HONEST_MONTHS, values, JUDGED, fuels).collect()
        found = polars_rules.evidences(said, panel, world.HONEST_MONTHS, how).collect()
    return found.height, float(found["evidence"].sum())


def _months(daily: pl.LazyFrame) -> pl.LazyFrame:
    """Whole months of days with output; what covers too little of a month is null."""
    col = pl.col
    month = (col("day").dt.year() - world.FIRST.year) * 12 + col("day").dt.month() - 1
    whole = {
        name: pl.when(col(of).count() >= COVERAGE * pl.len()).then(
            (col(of).sum() * pl.len() / col(of).count()).round(DECIMALS)
        )
        for name, of in FIGURES.items()
    }
    rows = daily.filter(col("output") > 0).group_by("site", seq=month.cast(pl.Int64))
    months = rows.agg(
        receipt=col("coal_in").sum().round(DECIMALS),
        stock_close=col("coal_stock").get(col("day").arg_max()),
        capacity=pl.len() * 6000.0,
        **whole,
    )
    return months.with_columns(peer_group=(col("site") % GROUPS).cast(pl.String))


STEPS: dict[str, Callable[[Path, Clock], tuple[int, float]]] = {
    "scan, DuckDB, parquet": scan_duckdb,
    "scan, polars, parquet": scan_polars,
    "rules, DuckDB, parquet": lambda folder, clock: rules_duckdb(folder, clock, native=False),
    "rules, DuckDB, native": lambda folder, clock: rules_duckdb(folder, clock, native=True),
    "rules, polars, parquet": rules_polars,
    "one day, DuckDB, native": one_day,
}


def _step(name: str, folder: Path) -> None:
    clock = Clock()
    rows, total = STEPS[name](folder, clock)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"parts": clock.parts, "peak": peak, "rows": rows, "sum": total}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=5000)
    parser.add_argument("--days", type=int, default=1095)
    parser.add_argument("--keep", type=Path, help="folder of the world; generated where absent")
    parser.add_argument("--step", choices=[*STEPS], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        _step(given.step, given.keep)
    else:
        main(given.sites, given.days, given.keep)
