"""The rules over months against their second implementation in polars: the same periods, statistics and evidence."""

from functools import cache
from typing import Any

import ibis
import polars as pl
import pytest
import yaml

from hengjian.analytics.session import connect
from hengjian.monitoring.calibration import Calibration, calibrate
from hengjian.monitoring.detectors import panel_detectors
from hengjian.monitoring.panel import MONTHS
from hengjian.monitoring.parameters import load
from hengjian.monitoring.tests import case_tables, month_panels, polars_rules
from hengjian.monitoring.tests.month_panels import HONEST

pytestmark = pytest.mark.clause("E1")

DAY = case_tables.DAY
# Of each rule; the first are those that find something.
CASES = 3
REL, ABS = 1e-6, 1e-9
Row = dict[str, Any]


@cache
def panel() -> Any:
    """Plants of cases of every rule; the plants of a rule are peers."""
    rows = []
    for code in polars_rules.RULES:
        content = yaml.safe_load((case_tables.CASES / f"{code}.yml").read_text(encoding="utf-8"))
        for number, case in enumerate(content["cases"][:CASES]):
            for row in month_panels.months(case.get("edits", []), seed=number):
                names = {"site_id": f"{code}-{number} {row['site_id']}", "peer_group": code}
                rows.append(row | names)
    return MONTHS.table(rows)


@cache
def by_polars() -> pl.DataFrame:
    frame = polars_panel()
    said = polars_rules.signals(frame, HONEST, load(), DAY).collect()
    how = load().on("calibration", DAY)
    return polars_rules.evidences(said, frame, HONEST, how).collect()


def polars_panel() -> pl.LazyFrame:
    frame = pl.DataFrame(panel())
    return frame.rename({"site_id": "site"}).lazy()


def by_duckdb(code: str) -> list[Row]:
    """Rows with a statistic and their evidence, by site and period."""
    con = connect(memory_limit="500MB", threads=1)
    table = con.create_table("panel", ibis.memtable(panel()))
    signals = panel_detectors()[code].signals(table, HONEST, load().on(code, DAY))
    found = con.create_table("signals", signals.mutate(rule=ibis.literal(code)))
    how = Calibration.of(load().on("calibration", DAY))
    judged = calibrate(found.filter(found.statistic > 0), table, HONEST, how)
    rows: list[Row] = con.to_pyarrow(judged.order_by("site_id", "seq")).to_pylist()
    return rows


def test_every_rule_over_months_has_an_oracle() -> None:
    expected = {code for code, rule in panel_detectors().items() if rule.table == "months"}
    assert set(polars_rules.RULES) == expected


@pytest.mark.parametrize("code", sorted(polars_rules.RULES))
def test_same_signals_and_evidence(code: str) -> None:
    expected = by_duckdb(code)
    found = by_polars().filter(pl.col("rule") == code).sort("site", "seq")
    assert expected
    assert [(row["site_id"], row["seq"]) for row in expected] == found.select("site", "seq").rows()
    for column in ("statistic", "evidence"):
        assert found[column].to_list() == pytest.approx(
            [row[column] for row in expected], rel=REL, abs=ABS
        )
