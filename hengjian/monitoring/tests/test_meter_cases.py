"""Every case of the rules over 15-minute meters, as data."""

from typing import Any

import ibis
import pytest
import yaml

from hengjian.analytics.session import connect
from hengjian.monitoring.detectors import panel_detectors
from hengjian.monitoring.detectors.detector import run
from hengjian.monitoring.panel import SIGNALS
from hengjian.monitoring.tests import case_tables, meter_panels

pytestmark = pytest.mark.clause("E1")

Row = dict[str, Any]
CODES = [code for code, detector in panel_detectors().items() if detector.table == "quarters"]
# -log10: the evidence from which a person is shown something.
REPORTED = 3.0


def all_cases() -> list[Any]:
    found = []
    for code in CODES:
        base, cases = case_tables.read(code)
        found += [pytest.param(code, base | c, id=f"{code}: {c['name']}") for c in cases]
    return found


def judged(code: str, given: Row) -> list[Row]:
    """Signals of the judged quarter hours, strong enough to be reported, in order of site and time."""
    params = case_tables.params(code, given.get("params", {}))
    until = meter_panels.honest_until(given)
    table = ibis.memtable(meter_panels.panel(given))
    signals = panel_detectors()[code].signals(table, until, params)
    found = run(connect(memory_limit="500MB", threads=1), SIGNALS, signals)
    return [row for row in found if row["seq"] >= until and row["statistic"] >= REPORTED]


@pytest.mark.parametrize(("code", "given"), all_cases())
def test_case(code: str, given: Row) -> None:
    found = judged(code, given)
    expected = given.get("hits")
    if not expected:
        assert found == []
        return
    assert {row["site_id"] for row in found} == {expected.get("site", "s0")}
    seqs = [row["seq"] for row in found]
    assert [seqs[0], seqs[-1], len(seqs)] == [
        expected["first"],
        expected["last"],
        expected["count"],
    ]
    assert max(row["statistic"] for row in found) >= expected["strength"]
    for name, value in expected.get("figures", {}).items():
        assert found[0][name] == pytest.approx(value, abs=0.005), name
    for row in found:
        assert row["amount"] == pytest.approx(max(row["expected"] - row["observed"], 0))
        assert row["expected_lo"] <= row["expected"] <= row["expected_hi"]


@pytest.mark.parametrize("code", CODES)
def test_every_rule_has_hits_and_honest_non_hits(code: str) -> None:
    _, cases = case_tables.read(code)
    assert [c for c in cases if c.get("hits")]
    assert len([c for c in cases if not c.get("hits")]) >= 4


@pytest.mark.parametrize("code", CODES)
def test_parameters_are_those_declared(code: str) -> None:
    names = {row.name for row in case_tables.params(code, {}).rows}
    assert names == set(panel_detectors()[code].parameters)


@pytest.mark.parametrize("code", CODES)
def test_expressions_compile_for_a_cluster(code: str) -> None:
    sql = ibis.to_sql(
        panel_detectors()[code].compiled(case_tables.params(code, {})), dialect="databricks"
    )
    assert "SELECT" in sql
    # Spark knows neither.
    assert "QUALIFY" not in sql
    assert "FILTER" not in sql


def test_the_yaml_files_are_those_of_rules() -> None:
    files = {path.stem for path in case_tables.CASES.glob("M6*.yml")}
    assert files == set(CODES)
    assert yaml.safe_load(case_tables.CASES.joinpath("M601.yml").read_text(encoding="utf-8"))
