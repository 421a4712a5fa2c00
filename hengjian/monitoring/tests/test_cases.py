"""Every case of every detector, as data."""

from decimal import Decimal
from typing import Any

import pytest

from hengjian.analytics.session import connect
from hengjian.monitoring.detectors import detectors
from hengjian.monitoring.detectors.detector import ASSESSMENTS, HITS, run
from hengjian.monitoring.tests import case_tables

pytestmark = pytest.mark.clause("E1")

Row = dict[str, Any]
OPTIONAL = {column.name for column in HITS.columns if column.nullable}


def all_cases() -> list[Any]:
    found = []
    for code in detectors():
        base, cases = case_tables.read(code)
        found += [pytest.param(code, base, c, id=f"{code}: {c['name']}") for c in cases]
    return found


def execute(code: str, base: Row, case: Row) -> tuple[list[Row], list[Row]]:
    """Hits and assessments of a case."""
    detector = detectors()[code]
    values = case_tables.params(code, base["params"] | case.get("params", {}))
    given = case_tables.tables(**case_tables.case_rows(case, base))
    days = case_tables.period(case.get("period") or base["period"])
    con = connect(memory_limit="500MB", threads=1)
    return (
        run(con, HITS, detector.expression(given, values, days)),
        run(con, ASSESSMENTS, detector.assess(given, values, days)),
    )


def keyed(rows: list[Row], day: str, keys: set[str]) -> dict[str, Row]:
    """Rows by "day" or "day subject", whichever the case writes."""
    with_subject = any(" " in key for key in keys)
    named = {f"{r[day]} {r['subject']}" if with_subject else f"{r[day]}": r for r in rows}
    assert len(named) == len(rows)
    return named


@pytest.mark.parametrize(("code", "base", "case"), all_cases())
def test_case(code: str, base: Row, case: Row) -> None:
    hits, assessments = execute(code, base, case)
    verdicts = {str(key): value for key, value in case["verdicts"].items()}
    expected = {str(key): value for key, value in case.get("hits", {}).items()}

    judged = keyed(assessments, "day", set(verdicts))
    assert {key: row["verdict"] for key, row in judged.items()} == verdicts

    found = keyed(hits, "period_end", set(verdicts))
    assert found.keys() == expected.keys()
    for key, fields in expected.items():
        for name, value in fields.items():
            assert_same(found[key][name], value, f"{key} {name}")
        assert {name for name, value in found[key].items() if value is None} <= OPTIONAL
        sentence = detectors()[code].explain(found[key])
        assert found[key]["basis"] in sentence
        assert "{" not in sentence


def assert_same(found: Any, expected: Any, where: str) -> None:
    if isinstance(found, Decimal):
        assert found == Decimal(str(expected)), where
    elif isinstance(found, float):
        assert found == pytest.approx(expected, abs=1e-4), where
    else:
        assert found == expected, where


def test_every_detector_has_hits_and_honest_non_hits() -> None:
    for code in detectors():
        _, cases = case_tables.read(code)
        assert [c for c in cases if c.get("hits")]
        assert len([c for c in cases if not c.get("hits")]) >= 5


def test_explanation_is_a_full_sentence_in_chinese() -> None:
    base, cases = case_tables.read("L101")
    hits, _ = execute("L101", base, cases[0])
    assert detectors()["L101"].explain(hits[0]) == (
        "按企业自报数据（能耗为当量值），高炉生铁自2026-02-28至2026-03-02（有效数据2日，其中无产量0日）"
        "单位产品能耗为425.000 kgce/t，高于GB 1-2013第3级限额415.000 kgce/t，超出10.000 kgce/t（2.4%）；"
        "按计量准确度，限额处的读数可在401.786至428.214 kgce/t之间，证据强度1.2。超出部分折合20.000 tce。"
        "未计入标准允许的修正项；限额数据可信度：待核实。"
    )
