"""Detector L101 over a year of a province through the lake, against plain parquet scans in the same run.

    .venv/bin/python benchmarks/detector_l101.py [sites] [days]

Floor 1 reads every column of the files; floor 2 reads the eight columns that the rule cannot do without.
Prints CPU and wall seconds, rows, hits, peak memory and the ratios.
"""

import resource
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from hengjian.analytics.lake import Lake
from hengjian.analytics.session import connect, load
from hengjian.monitoring.detectors import detectors
from hengjian.monitoring.detectors.detector import ASSESSMENTS, HITS, run
from hengjian.monitoring.facts import DAILY, LIMITS, SITES, Period, Tables
from hengjian.monitoring.parameters import load as load_parameters

FIRST = date(2025, 1, 1)
PRODUCTS = [("industry", f"product {i}", Decimal(100 + 20 * i)) for i in range(20)]


def main(sites: int, days: int) -> None:
    """Write a lake of invented reports, scan it, judge it."""
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        last = FIRST + timedelta(days=days - 1)
        months = sorted({f"{FIRST + timedelta(days=d):%Y-%m}" for d in range(days)})
        for month in months:
            lake.write_month(DAILY, month, _reports(sites, month, last))
        con = connect(memory_limit="1GB", threads=2)
        daily = lake.read(con, DAILY, months)
        tables = Tables(daily, load(LIMITS, _limits()), load(SITES, _plants(sites)))
        _compare(con, tables, Period(FIRST, last, datetime(2027, 1, 1, tzinfo=UTC)))


def _compare(con: Any, tables: Tables, year: Period) -> None:
    daily, detector = tables.daily, detectors()["L101"]
    params = load_parameters().on("L101", FIRST)
    day = Period(year.last, year.last, year.as_of)
    near = daily.filter(daily.day >= year.last - timedelta(days=detector.lookback_days(params)))
    recent = Tables(near, tables.limits, tables.sites)
    needed = [
        "site_id",
        "product",
        "product_unit",
        "day",
        "source",
        "revision",
        "output",
        "energy_tce",
    ]
    whole = _timed("floor 1: scan all columns", lambda: _scan(con, daily))
    least = _timed("floor 2: scan eight columns", lambda: _scan(con, daily.select(needed)))
    hits = _timed(
        "L101 hits", lambda: len(run(con, HITS, detector.expression(tables, params, year)))
    )
    judged = _timed(
        "L101 assessments, counted",
        lambda: int(con.to_pyarrow(detector.assess(tables, params, year).count()).as_py()),
    )
    _timed("L101 one day", lambda: len(run(con, HITS, detector.expression(recent, params, day))))
    _timed(
        "L101 one day judged",
        lambda: len(run(con, ASSESSMENTS, detector.assess(recent, params, day))),
    )
    print(f"ratio of CPU: hits / floor 1 {hits / whole:.1f}, hits / floor 2 {hits / least:.1f}")
    print(f"ratio of CPU: assessments / floor 1 {judged / whole:.1f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB (of the whole run, the writing included)")


def _scan(con: Any, table: Any) -> int:
    """Touch every value: a hash of each column, aggregated."""
    parts = {f"h{i}": table[name].hash().max() for i, name in enumerate(table.columns)}
    con.to_pyarrow(table.aggregate(**parts))
    return int(con.to_pyarrow(table.count()).as_py())


def _timed(what: str, work: Callable[[], int]) -> float:
    wall, cpu = time.perf_counter(), time.process_time()
    rows = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{what:<30} {cpu:6.2f} cpu s {wall:6.2f} wall s {rows:>9} rows")
    return cpu


def _reports(sites: int, month: str, last: date) -> Iterator[dict[str, Any]]:
    random = Random(month)
    day = date.fromisoformat(f"{month}-01")
    while f"{day:%Y-%m}" == month and day <= last:
        for site in range(sites):
            yield _report(random, site, day)
        day += timedelta(days=1)


def _report(random: Random, site: int, day: date) -> dict[str, Any]:
    industry, product, limit = PRODUCTS[site % len(PRODUCTS)]
    output = Decimal(random.randint(900_000, 1_100_000)).scaleb(-3)
    # One site in fifty runs 5 % over its limit, the others 5 % under.
    share = Decimal("1.05") if site % 50 == 7 else Decimal("0.95")
    noise = Decimal(random.randint(980, 1020)).scaleb(-3)
    energy = (output * limit * share * noise / 1000).quantize(Decimal("0.000001"))
    return {
        "report_id": str(uuid.UUID(int=random.getrandbits(128))),
        "site_id": str(uuid.UUID(int=site)),
        "enterprise_id": str(uuid.UUID(int=site // 2)),
        "region": 370000 + site % 16 * 100,
        "industry": industry,
        "product": product,
        "product_unit": "t",
        "day": day,
        "month": f"{day:%Y-%m}",
        "source": "enterprise",
        "revision": 1,
        "received_at": datetime(day.year, day.month, day.day, 1, tzinfo=UTC) + timedelta(days=1),
        "output": output,
        "energy_tce": energy,
        "coal_t": energy,
        "co2_t": energy * 2,
        "factor_version": "benchmark",
    }


def _limits() -> Iterator[dict[str, Any]]:
    for number, (industry, product, level) in enumerate(PRODUCTS):
        yield {
            "limit_id": str(number),
            "industry": industry,
            "product": product,
            "indicator": "comprehensive_energy",
            "unit": "kgce/t",
            "level1": level - 20,
            "level2": level - 10,
            "level3": level,
            "standard": "GB 0",
            "edition": "2020",
            "effective_from": date(2020, 1, 1),
            "effective_to": None,
            "confidence": "to_verify",
        }


def _plants(sites: int) -> Iterator[dict[str, Any]]:
    for site in range(sites):
        industry, product, _ = PRODUCTS[site % len(PRODUCTS)]
        yield {
            "site_id": str(uuid.UUID(int=site)),
            "region": 370000,
            "industry": industry,
            "product": product,
            "commissioned": None,
        }


if __name__ == "__main__":
    given = [int(value) for value in sys.argv[1:]]
    main(*(given or [5000, 365]))
