"""Rules over panels on the platform's facts: the right site, the right reason, complete hits; a stop is honest."""

import datetime as dt
import math
import random
from decimal import Decimal
from typing import Any

import pytest

from hengjian.analytics.session import connect, load
from hengjian.monitoring.detectors import panel_detectors
from hengjian.monitoring.facts import DAILY, LIMITS, READINGS, SITES, Period, Tables
from hengjian.monitoring.parameters import load as load_parameters
from hengjian.monitoring.services.panel_runs import judge_panels

pytestmark = [pytest.mark.django_db, pytest.mark.clause("E1")]

DAYS = 230
FIRST = dt.date(2025, 7, 14)
LAST = FIRST + dt.timedelta(days=DAYS - 1)
HONEST, CHEAT, STOPPED = 24, "s003", "s005"
PERIOD = Period(LAST - dt.timedelta(days=31), LAST, dt.datetime(2026, 6, 1, tzinfo=dt.UTC))


def quantity(value: float) -> Decimal:
    return Decimal(str(round(value, 3)))


def fact(site: str, day: dt.date, source: str, **given: Any) -> dict[str, Any]:
    """A row of DAILY; what is not given was not reported."""
    blank: dict[str, Any] = {c.name: None for c in DAILY.columns}
    return blank | {
        "report_id": f"{site}-{day}-{source}",
        "site_id": site,
        "enterprise_id": "e",
        "region": 370211,
        "industry": "",
        "product": "",
        "product_unit": "",
        "day": day,
        "month": f"{day:%Y-%m}",
        "source": source,
        "revision": 1,
        "received_at": dt.datetime.combine(day, dt.time(1), dt.UTC),
        **given,
    }


def of_enterprise(site: str, day: dt.date, output: float, fuel: float) -> dict[str, Any]:
    return fact(
        site,
        day,
        "enterprise",
        industry="coking",
        product="焦炭",
        product_unit="t",
        output=quantity(output),
        energy_tce=quantity(fuel),
        coal_t=quantity(fuel),
        co2_t=quantity(fuel * 2.7),
    )


def of_stack(site: str, day: dt.date, co2: float) -> dict[str, Any]:
    return fact(site, day, "cems", co2_measured=quantity(co2))


def facts() -> list[dict[str, Any]]:
    """Coking plants with an enterprise's report and a stack's meter; one hides a fifth of its coal, one stops."""
    chance = random.Random(1)
    rows = []
    for number in range(HONEST):
        site, size, use = f"s{number:03}", chance.uniform(500, 5000), chance.uniform(0.12, 0.16)
        for past in range(DAYS):
            day = FIRST + dt.timedelta(days=past)
            idle = site == STOPPED and 205 <= past <= 215
            output = 0.0 if idle else size * chance.gauss(1, 0.04)
            fuel = output * use * chance.gauss(1, 0.02) + size * use * 0.05
            told = fuel * (0.8 if site == CHEAT and past >= 200 else 1)
            seen = fuel * 2.7 * chance.gauss(1, 0.03)
            rows += [of_enterprise(site, day, output, told), of_stack(site, day, seen)]
    return rows


@pytest.fixture(scope="module")
def tables() -> Tables:
    sites = [
        {"site_id": f"s{n:03}", "region": 370211, "industry": "coking", "product": "焦炭"}
        for n in range(HONEST)
    ]
    blank = {"commissioned": None, "capacity": None}
    return Tables(
        load(DAILY, facts()), load(LIMITS, []), load(SITES, [row | blank for row in sites])
    )


def test_the_one_that_hides_coal_is_found_and_the_one_that_stopped_is_not(tables: Tables) -> None:
    judged = judge_panels(connect(), tables, load_parameters(), PERIOD)
    assert judged.keys() >= {c for c, d in panel_detectors().items() if d.table == "months"}
    hits = [hit for parts in judged.values() for part in parts for hit in part.hits]
    assert {hit["site_id"] for hit in hits} == {CHEAT}
    assert {"R301", "S401"} <= {hit["rule"] for hit in hits}
    found = next(hit for hit in hits if hit["rule"] == "S401")
    assert found["observed"] < found["expected_lo"] <= found["expected"]
    assert found["expected"] / found["observed"] == pytest.approx(
        Decimal("1.25"), rel=Decimal("0.1")
    )
    assert (found["subject"], found["peers"]) == ("焦炭", HONEST)
    assert found["baseline_end"] < PERIOD.first <= found["period_end"]
    assert f"{CHEAT}-{found['period_end']}-cems" in found["input_report_ids"]
    assert panel_detectors()["S401"].explain(found)
    run = judged["S401"][0].run
    assert run.judged["unusual"] == len(judged["S401"][0].hits)
    assert set(run.judged) == {"normal", "unusual"}


def reading(
    chance: random.Random, site: str, day: dt.date, quarter: int, cut: float
) -> dict[str, Any]:
    """A quarter hour of a meter; ``cut`` is done to the active energy after the meter computed its factor."""
    active = (80 if 24 < quarter < 80 else 20) * chance.gauss(1, 0.1)
    lagging = active * chance.uniform(0.3, 0.6)
    return {
        "site": site,
        "enterprise_id": "e",
        "region": 370211,
        "industry": "steel",
        "meter": "1#",
        "day": day,
        "quarter": quarter,
        "active": round(active * cut, 2),
        "lagging": round(lagging, 2),
        "leading": 0.0,
        "power_factor": round(100 * active / math.hypot(active, lagging), 2),
        "co2": None,
    }


def test_a_meter_edited_after_the_fact_is_found_once_a_day(tables: Tables) -> None:
    chance, rows, reports = random.Random(2), [], []
    since = LAST - dt.timedelta(days=59)
    for number in range(3):
        for past in range(60):
            day = since + dt.timedelta(days=past)
            reports.append(fact(f"s{number}", day, "meter"))
            cut = 0.67 if number == 1 and past >= 50 else 1.0
            rows += [reading(chance, f"s{number}", day, at, cut) for at in range(1, 97)]
    given = Tables(
        load(DAILY, reports), tables.limits, load(SITES, []), readings=load(READINGS, rows)
    )
    judged = judge_panels(connect(), given, load_parameters(), PERIOD)
    hits = [hit for parts in judged.values() for part in parts for hit in part.hits]
    assert {hit["site_id"] for hit in hits} == {"s1"}
    triangle = [hit for hit in hits if hit["rule"] == "M601"]
    assert [hit["period_end"] for hit in triangle] == [
        since + dt.timedelta(days=d) for d in range(50, 60)
    ]
    assert {hit["subject"] for hit in triangle} == {"1#"}
    assert triangle[0]["input_report_ids"] == [f"s1-{triangle[0]['period_end']}-meter"]
    assert judged["M601"][0].run.judged == {"normal": 3 * 32 - 10, "unusual": 10}


def test_without_history_nothing_statistical_is_said(tables: Tables) -> None:
    early = Period(FIRST, FIRST + dt.timedelta(days=20), PERIOD.as_of)
    judged = judge_panels(connect(), tables, load_parameters(), early)
    assert not [hit for parts in judged.values() for part in parts for hit in part.hits]
    assert judged["S401"][0].run.judged == {"no_history": 21 * HONEST}
