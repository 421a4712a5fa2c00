"""What every detector must keep, and that the checks of it bite."""

import math
import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from hengjian.analytics.contracts import ContractError
from hengjian.analytics.session import connect
from hengjian.monitoring.detectors import IncompleteDetectorError, detectors, refuse_incomplete
from hengjian.monitoring.detectors.detector import (
    ANY_PERIOD,
    ASSESSMENTS,
    HITS,
    VERDICTS,
    Verdict,
    check_columns,
    run,
    version,
)
from hengjian.monitoring.detectors.evidence import evidence
from hengjian.monitoring.detectors.limits.L101_unit_consumption import UnitConsumption
from hengjian.monitoring.facts import Tables
from hengjian.monitoring.tests import case_tables

CODES = sorted(detectors())
PRINT_VERSION = """
from datetime import date
from hengjian.monitoring.detectors import detectors
from hengjian.monitoring.detectors.detector import version
from hengjian.monitoring.parameters import load
for code, detector in detectors().items():
    print(code, version(detector, load().on(code, date(2026, 3, 1))))
"""


def test_rules_are_found_by_their_files() -> None:
    assert [c for c in CODES if c.startswith("L")] == ["L101", "L102", "L103"]


@pytest.mark.parametrize("code", CODES)
def test_outputs_are_the_contracts(code: str) -> None:
    detector, params = detectors()[code], case_tables.params(code, {})
    hits = detector.expression(Tables.unbound(), params, ANY_PERIOD)
    check_columns(HITS, hits)
    check_columns(ASSESSMENTS, detector.assess(Tables.unbound(), params, ANY_PERIOD))
    with pytest.raises(ContractError, match="evidence"):
        check_columns(HITS, hits.drop("evidence"))
    with pytest.raises(ContractError, match="level"):
        check_columns(HITS, hits.mutate(level=hits.level.cast("string")))


def test_a_hit_lacks_at_most_its_limit_or_its_history() -> None:
    nullable = {column.name for column in HITS.columns if column.nullable}
    assert nullable == {"limit_id", "level", "baseline_start", "baseline_end"}
    empty = {c.name: ibis.null(c.type) for c in HITS.columns}
    one = ibis.memtable(pa.table({"x": [1]})).select(**empty)
    with pytest.raises(ContractError, match="null"):
        run(connect(), HITS, one)


@pytest.mark.parametrize("code", CODES)
def test_expressions_compile_for_a_cluster(code: str) -> None:
    detector, params = detectors()[code], case_tables.params(code, {})
    for build in (detector.expression, detector.assess):
        sql = ibis.to_sql(build(Tables.unbound(), params, ANY_PERIOD), dialect="databricks")
        assert "SELECT" in sql


@pytest.mark.parametrize("code", CODES)
def test_parameters_in_force_are_those_declared(code: str) -> None:
    names = {row.name for row in case_tables.params(code, {}).rows}
    assert names == set(detectors()[code].parameters)


def test_version_is_the_same_in_another_process() -> None:
    here = {c: version(detectors()[c], case_tables.params(c, {})) for c in CODES}
    assert {len(text) for text in here.values()} == {64}
    for seed, zone in (("1", "America/Lima"), ("2", "Asia/Shanghai")):
        there = subprocess.run(
            [sys.executable, "-c", PRINT_VERSION],
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        )
        assert dict(line.split() for line in there.stdout.splitlines()) == here


def test_version_changes_with_a_value_but_not_with_its_prose() -> None:
    detector, seed = detectors()["L101"], case_tables.params("L101", {})
    here = version(detector, seed)
    longer = case_tables.params("L101", {"window_days": 31})
    # A parameter that does not shape the SQL text alone still counts.
    scoped = replace(seed.rows[3], scope="industry:coking")
    prose = replace(seed, rows=tuple(replace(r, basis="other words") for r in seed.rows))
    assert version(detector, longer) != here
    assert version(detector, replace(seed, rows=(*seed.rows, scoped))) != here
    assert version(detector, prose) == here
    assert version(detector, replace(seed, rows=seed.rows[::-1])) == here


class Undocumented(UnitConsumption):
    __doc__ = None


class Baseless(UnitConsumption):
    """依据：无. 异常：无. 正常：无."""

    legal_basis = ()


@pytest.mark.parametrize(("broken", "lack"), [(Undocumented, "依据"), (Baseless, "legal_basis")])
def test_a_detector_nobody_can_check_is_refused(broken: Any, lack: str) -> None:
    with pytest.raises(IncompleteDetectorError, match=lack):
        refuse_incomplete(broken())
    refuse_incomplete(UnitConsumption())


def test_every_verdict_has_a_sentence() -> None:
    assert set(VERDICTS) == set(Verdict)


def test_evidence_is_a_tight_lower_bound_of_the_exact_tail() -> None:
    zs = [i / 4 for i in range(120)]
    table = ibis.memtable(pa.table({"z": zs}))
    found = connect().to_pyarrow(table.select("z", e=evidence(table.z)).order_by("z")).to_pydict()
    for z, value in zip(found["z"], found["e"], strict=True):
        exact = -math.log10(math.erfc(z / math.sqrt(2)) / 2)
        assert exact - 0.0251 <= value <= exact + 1e-9
    assert found["e"][0] == pytest.approx(math.log10(2))


def test_evidence_for_a_net_recovering_process_is_weaker() -> None:
    """Net energy is a difference of larger flows: the same 10 % excess proves less."""
    from hengjian.monitoring.tests.test_cases import execute

    base, _ = case_tables.read("L101")

    def strength(level: str, energy: str) -> Decimal:
        reports = [
            {"report_id": f"r{d}", "day": base["period"]["first"].replace(day=d), "output": 1000}
            for d in (1, 2)
        ]
        daily = [report | {"energy_tce": energy} for report in reports]
        case = {"limits": [{"level3": level}], "daily": daily}
        hits, _ = execute("L101", base, case)
        return Decimal(str(hits[0]["evidence"]))

    assert strength("100", "110") > 2 * strength("-100", "-90")
