"""A real honest meter accuses nobody: nine months of a steel works, as one site and as its weeks.

The file stays where it is; absent, the test says so and is skipped.
"""

import csv
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import ibis
import pytest

from hengjian.analytics.session import connect
from hengjian.monitoring.backtest import Panel, evidences
from hengjian.monitoring.detectors import panel_detectors
from hengjian.monitoring.panel import QUARTERS
from hengjian.monitoring.parameters import load
from hengjian.monitoring.tests import case_tables
from tests.support.shared import shared

pytestmark = pytest.mark.clause("E1")

FILE = "data/steel_energy_uci/Steel_industry_data_2018-01_2018-09.csv"
CODES = [code for code, detector in panel_detectors().items() if detector.table == "quarters"]
QUARTER = timedelta(minutes=15)
WEEK = 672
REPORTED = 3.0
COLUMNS = {
    "active": "Usage_kWh",
    "lagging": "Lagging_Current_Reactive.Power_kVarh",
    "leading": "Leading_Current_Reactive_Power_kVarh",
    "power_factor": "Lagging_Current_Power_Factor",
    "co2": "CO2(tCO2)",
}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def readings() -> list[Row]:
    """The readings in order of the end of their quarter hour."""
    with shared(FILE).open(encoding="utf-8", newline="") as stream:
        rows = [_reading(record) for record in csv.DictReader(stream)]
    rows.sort(key=lambda row: row["end"])
    assert {b["end"] - a["end"] for a, b in pairwise(rows)} == {QUARTER}
    assert len(rows) == 39 * WEEK
    return rows


def _reading(record: dict[str, str]) -> Row:
    end = datetime.strptime(record["date"], "%d/%m/%Y %H:%M")  # noqa: DTZ007 - local time of the works
    # 0:00 is the end of the day it is labelled with, not its begin.
    if end.hour == end.minute == 0:
        end += timedelta(days=1)
    return {"end": end} | {name: float(record[column]) for name, column in COLUMNS.items()}


def rows_of(readings: list[Row], period: int) -> list[Row]:
    """The readings cut into sites of so many quarter hours."""
    return [
        {
            "site_id": f"w{i // period:02d}",
            "peer_group": "steel",
            "seq": i % period,
            "period": row["end"].isoformat(),
        }
        | {name: row[name] for name in COLUMNS}
        for i, row in enumerate(readings)
    ]


def signals(code: str, readings: list[Row], until: int) -> Any:
    """Signals of one rule, all readings being those of one site."""
    table = ibis.memtable(QUARTERS.table(rows_of(readings, len(readings))))
    return panel_detectors()[code].signals(table, until, case_tables.params(code, {}))


@pytest.mark.parametrize("until", [4 * WEEK, 20 * WEEK])
def test_nine_months_of_one_site_raise_nothing(readings: list[Row], until: int) -> None:
    con = connect()
    for code in CODES:
        found = con.to_pyarrow(signals(code, readings, until)).to_pylist()
        assert [row for row in found if row["statistic"] >= REPORTED] == [], code


@pytest.mark.parametrize("first", [0, 3 * 96 + 17])
def test_its_weeks_as_sites_keep_the_budget(readings: list[Row], first: int) -> None:
    """Calibrated evidence of 3 or more may happen in one week of a thousand: here in none."""
    whole = readings[first : first + (len(readings) - first) // WEEK * WEEK]
    con = connect()
    given = Panel("quarters", rows_of(whole, WEEK), WEEK // 2, ())
    judged = evidences(given, con, parameters=load(), day=case_tables.DAY)
    rows = con.to_pyarrow(judged.filter(judged.seq >= WEEK // 2)).to_pylist()
    assert max(row["evidence"] for row in rows) < REPORTED


def test_a_tenth_taken_off_from_some_week_on_is_found(readings: list[Row]) -> None:
    """Negative control: the same readings, falsified."""
    start = 30 * WEEK
    falsified = [
        row | {"active": round(row["active"] * 0.9, 2)} if i >= start else row
        for i, row in enumerate(readings)
    ]
    found = connect().to_pyarrow(signals("M601", falsified, 20 * WEEK)).to_pylist()
    assert len([row for row in found if row["statistic"] >= REPORTED]) > WEEK
    assert min(row["seq"] for row in found) >= start
