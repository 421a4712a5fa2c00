"""Every case of the rules over months, as data: what they find, and what they leave alone."""

from functools import cache
from typing import Any

import ibis
import pytest
import yaml

from hengjian.analytics.session import connect
from hengjian.monitoring.detectors import panel_detectors
from hengjian.monitoring.panel import MONTHS, SIGNALS
from hengjian.monitoring.tests import case_tables, month_panels
from hengjian.monitoring.tests.month_panels import HONEST, SUBJECT, Row

pytestmark = pytest.mark.clause("E1")

# The cases of rules over single days (grain calendar) are days: case_tables.
CODES = [code for code, rule in panel_detectors().items() if rule.table == "months"]
CODES = [code for code in CODES if (case_tables.CASES / f"{code}.yml").exists()]


def content(code: str) -> Any:
    return yaml.safe_load((case_tables.CASES / f"{code}.yml").read_text(encoding="utf-8"))


def month_cases() -> list[Any]:
    return [
        pytest.param(code, given["quiet"], case, id=f"{code}: {case['name']}")
        for code in CODES
        if "quiet" in (given := content(code))
        for case in given["cases"]
    ]


@cache
def signals_of_cases(code: str) -> dict[str, list[Row]]:
    """Signals of the edited plant by case: every case is a peer group of one panel, judged at once."""
    rows = [
        row | {"site_id": f"{case['name']}|{row['site_id']}", "peer_group": case["name"]}
        for case in content(code)["cases"]
        for row in month_panels.months(case.get("edits", []))
    ]
    found: dict[str, list[Row]] = {}
    for row in execute(code, rows):
        name, _, plant = row["site_id"].rpartition("|")
        if plant == SUBJECT and row["seq"] >= HONEST:
            found.setdefault(name, []).append(row)
    return found


def execute(code: str, rows: list[Row]) -> list[Row]:
    """Signals of a rule over a panel, checked against the contract."""
    table = ibis.memtable(MONTHS.table(rows))
    signals = panel_detectors()[code].signals(table, HONEST, case_tables.params(code, {}))
    found = connect(memory_limit="500MB", threads=1).to_pyarrow(signals).to_pylist()
    checked: list[Row] = SIGNALS.table(found).to_pylist()
    return checked


@pytest.mark.parametrize(("code", "quiet", "case"), month_cases())
def test_case(code: str, quiet: float, case: Row) -> None:
    own = signals_of_cases(code).get(case["name"], [])
    expected = case.get("hits")
    if expected is None:
        assert not [r for r in own if r["statistic"] >= quiet]
        return
    strong = [r for r in own if r["statistic"] >= expected["strength"]]
    seqs = [r["seq"] for r in strong]
    assert (min(seqs, default=None), max(seqs, default=None)) == (
        expected["first"],
        expected["last"],
    )
    for row in strong:
        assert not [name for name, value in row.items() if value is None]
        assert row["expected_lo"] <= row["expected"] <= row["expected_hi"]
        assert row["amount"] >= 0


def test_every_rule_over_months_has_hits_and_honest_non_hits() -> None:
    cases = [param.values for param in month_cases()]
    judged = {code for code, _, _ in cases}
    assert {"R301", "S401", "B201", "P501", "P504"} <= judged
    for code in judged:
        own = [case for of, _, case in cases if of == code]
        assert [case for case in own if case.get("hits")], code
        assert len([case for case in own if not case.get("hits")]) >= 3, code


def test_a_sign_turned_would_be_seen() -> None:
    """Negative control: the strongest edit judged as honest history leaves nothing to find."""
    edits = [{"do": "scale", "columns": ["fuel"], "by": 0.8}]
    assert not [r for r in execute("S401", month_panels.months(edits)) if r["statistic"] >= 3]
