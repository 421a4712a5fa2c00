"""L101 against a second implementation on random small worlds."""

import datetime as dt
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from hengjian.analytics.session import connect
from hengjian.monitoring.detectors import detectors
from hengjian.monitoring.detectors.detector import ASSESSMENTS, HITS, run
from hengjian.monitoring.facts import DAILY, Period
from hengjian.monitoring.tests import case_tables
from hengjian.monitoring.tests.unit_consumption_oracle import judge

Row = dict[str, Any]
START = dt.date(2026, 1, 1)
AS_OF = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
UNITS = {"iron": "t", "steel": "t", "power": "kWh", "glass": "weight_case"}


def world(random: Random) -> tuple[list[Row], list[Row], list[Row]]:
    daily = [
        report(random, site=site, product=product, number=number, revision=revision)
        for site in "abcd"
        for product in UNITS
        for number in range(40)
        for revision in range(1, random.choice((2, 3, 3, 3, 4, 5)))
    ]
    return daily, [limit(random, n) for n in range(20)], plants(random)


def report(random: Random, *, site: str, product: str, number: int, revision: int) -> Row:
    unit = UNITS[product]
    scale = 1_000_000 if unit == "kWh" else 1000
    output = random.choice((0, None, -1, *[random.randint(900, 1100)] * 25))
    level = (
        Decimal(random.randint(-30, 150))
        if product == "steel"
        else Decimal(random.randint(280, 330))
    )
    day = START + dt.timedelta(days=number)
    late = random.choice((0, 0, 0, 30))
    return dict.fromkeys(column.name for column in DAILY.columns) | {
        "report_id": f"{site}-{product}-{number}-{revision}-{random.randint(0, 9)}",
        "site_id": site,
        "enterprise_id": f"e{site}",
        "region": 370100,
        "industry": "metals",
        "product": product,
        "product_unit": random.choice((unit, *[unit] * 30, "other")),
        "day": day,
        "month": f"{day:%Y-%m}",
        "source": random.choice(("enterprise", "enterprise", "enterprise", "meter")),
        "revision": revision,
        "received_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        + dt.timedelta(days=number - 20 + late),
        "output": None if output is None else Decimal(output) * scale / 1000,
        "energy_tce": random.choice((None, *[level + Decimal("0.000001")] * 40)),
        "stop": "",
    }


def limit(random: Random, number: int) -> Row:
    product = list(UNITS)[number % len(UNITS)]
    numerator = "gce" if product == "power" else random.choice(("kgce", "kgce", "kgce", "kgoe"))
    start = START + dt.timedelta(days=random.choice((-900, -900, 5, 15, 25)))
    end = random.choice((None, None, start + dt.timedelta(days=random.choice((920, 12)))))
    middle = 60 if product == "steel" else 305
    levels = [
        random.choice((None, *[middle * 1000 + random.randint(-9000, 9000)] * 6)) for _ in "123"
    ]
    values = [None if v is None else Decimal(v).scaleb(-3) for v in levels]
    return {
        "limit_id": f"l{number}",
        "industry": "metals",
        "product": product,
        "indicator": random.choice(("comprehensive_energy", "process_energy", "electricity")),
        "unit": f"{numerator}/{UNITS[product]}",
        "level1": values[0],
        "level2": values[1],
        "level3": values[2],
        "standard": "GB 0",
        "edition": "2020",
        "effective_from": start,
        "effective_to": end,
        "confidence": "found",
    }


def plants(random: Random) -> list[Row]:
    dates = (None, START - dt.timedelta(days=1000), START - dt.timedelta(days=100))
    return [
        {
            "site_id": s,
            "region": 370100,
            "industry": "metals",
            "product": p,
            "commissioned": random.choice(dates),
            "capacity": None,
        }
        for s in "abc"
        for p in UNITS
    ]


@pytest.mark.parametrize("seed", range(8))
def test_the_detector_agrees_with_plain_python(seed: int) -> None:
    daily, limits, sites = world(Random(seed))
    unique = {
        tuple(r[k] for k in ("site_id", "product", "day", "source", "revision")): r for r in daily
    }
    daily = list(unique.values())
    params = case_tables.params("L101", {"window_days": 7, "min_days": 3})
    period = Period(START + dt.timedelta(days=3), START + dt.timedelta(days=38), AS_OF)
    detector, con = detectors()["L101"], connect(memory_limit="500MB", threads=1)
    tables = case_tables.tables(daily, limits, sites)

    expected = {
        (r["site_id"], r["subject"], r["day"]): r
        for r in judge(daily, limits, sites, params, period)
    }
    judged = run(con, ASSESSMENTS, detector.assess(tables, params, period))
    assert {(r["site_id"], r["subject"], r["day"]): r["verdict"] for r in judged} == {
        key: row["verdict"] for key, row in expected.items()
    }

    hits = run(con, HITS, detector.expression(tables, params, period))
    over = {key: row for key, row in expected.items() if row["verdict"] == "over"}
    assert len(over) > 10, "a world without findings compares nothing"
    assert {(h["site_id"], h["subject"], h["period_end"]) for h in hits} == over.keys()
    for hit in hits:
        assert_agrees(hit, over[hit["site_id"], hit["subject"], hit["period_end"]])


def assert_agrees(hit: Row, row: Row) -> None:
    for name in ("level", "limit_id", "input_report_ids", "expected", "days", "idle_days"):
        assert hit[name] == row[name], name
    for name in ("observed", "amount_at_stake"):
        assert abs(hit[name] - row[name]) <= Decimal("0.000001") + abs(row[name]) * Decimal(
            "1e-12"
        ), name
    # An upper bound of the tail: never more evidence than the exact tail gives, and little less.
    assert row["evidence"] - 0.0251 <= hit["evidence"] <= row["evidence"] + 0.0001


def test_worlds_reach_every_verdict() -> None:
    params = case_tables.params("L101", {"window_days": 7, "min_days": 3})
    period = Period(START, START + dt.timedelta(days=38), AS_OF)
    verdicts = {
        row["verdict"] for seed in range(8) for row in judge(*world(Random(seed)), params, period)
    }
    assert verdicts == {
        "within", "over", "no_limit", "other_indicator", "no_level",
        "unit_mismatch", "no_output", "no_energy", "too_few_days",
    }  # fmt: skip
