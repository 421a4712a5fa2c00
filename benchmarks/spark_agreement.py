"""The rules on DuckDB and on PySpark (local, two threads), row by row; `make spark` gives it a venv of its own.

    .venv-spark/bin/python benchmarks/spark_agreement.py [CODE …]

Panels: the invented plants and meters of the cases, every case a peer group of its own, so that every rule finds
something. Days: the facts of the cases of each daily rule. Prints rule, rows, rows equal to 1e-6; exits 1 unless all are.
"""

import math
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from pyspark.sql import SparkSession

from hengjian.analytics.contracts import Contract
from hengjian.monitoring.detectors import detectors, panel_detectors
from hengjian.monitoring.detectors.detector import HITS
from hengjian.monitoring.facts import Tables
from hengjian.monitoring.panel import MONTHS, QUARTERS, SIGNALS
from hengjian.monitoring.parameters import load
from hengjian.monitoring.tests import case_tables, meter_panels, month_panels

CLOSE = 1e-6
DAY = case_tables.DAY
Row = dict[str, Any]


class Engines:
    """The same parquet files read by both."""

    def __init__(self, folder: Path) -> None:
        """Start Spark in UTC with as many shuffle partitions as threads."""
        self.folder = folder
        self.session = (
            SparkSession.builder.master("local[2]")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
            .config("spark.driver.memory", "2g")
            .config("spark.log.level", "ERROR")
            .getOrCreate()
        )
        self.spark = ibis.pyspark.connect(self.session)
        self.duckdb = ibis.duckdb.connect()

    def tables(self, name: str, rows: pa.Table) -> tuple[Any, Any]:
        """Rows as a table of DuckDB and one of Spark."""
        path = self.folder / f"{name}.parquet"
        pq.write_table(rows, path)
        return tuple(
            con.read_parquet(str(path), table_name=name) for con in (self.duckdb, self.spark)
        )

    def both(self, expressions: tuple[Any, Any], contract: Contract) -> tuple[list[Row], list[Row]]:
        """Rows of an expression by each engine, columns of the contract, in order of all columns."""
        names = contract.arrow.names
        ducks, sparks = (expression.select(*names) for expression in expressions)
        # Arrow straight from Spark: by way of pandas null would become NaN.
        answer = self.session.sql(self.spark.compile(sparks))
        # Arrow from Spark knows no column, and no list, that is nothing but null.
        types = {f.name: f.dataType.simpleString() for f in answer.schema.fields}
        typed = [answer[n].cast(t.replace("void", "string")).alias(n) for n, t in types.items()]
        found = answer.select(*typed).toArrow()
        rows = self.duckdb.to_pyarrow(ducks).to_pylist()
        return sorted(rows, key=_order), sorted(found.to_pylist(), key=_order)


def main() -> None:
    """Compare, print, fail on any difference."""
    with tempfile.TemporaryDirectory() as folder:
        engines = Engines(Path(folder))
        print("| rule | rows | identical |\n| --- | ---: | ---: |")
        wrong = [code for code, rows, same in _compared(engines) if rows != same or not rows]
        engines.session.stop()
    print(f"not the same: {', '.join(wrong)}" if wrong else "all the same")
    sys.exit(bool(wrong))


def _compared(engines: Engines) -> Iterator[tuple[str, int, int]]:
    asked = sys.argv[1:]
    for code, expressions, contract in (*_of_panels(engines), *_of_days(engines)):
        if asked and code not in asked:
            continue
        ducks, sparks = engines.both(expressions, contract)
        rows = max(len(ducks), len(sparks))
        same = sum(map(_same, ducks, sparks))
        print(f"| {code} | {rows} | {same} |", flush=True)
        yield code, rows, same


def _of_panels(engines: Engines) -> Iterator[tuple[str, tuple[Any, Any], Contract]]:
    values = load()
    months = engines.tables("months", MONTHS.table(list(_months())))
    rows, until = _quarters()
    quarters = engines.tables("quarters", QUARTERS.table(rows))
    for table, panels, honest in (
        ("months", months, month_panels.HONEST),
        ("quarters", quarters, until),
    ):
        for code, rule in panel_detectors().items():
            if rule.table == table:
                params = values.on(code, DAY)
                yield code, tuple(rule.signals(p, honest, params) for p in panels), SIGNALS


def _months() -> Iterator[Row]:
    """Plants of every case of the rules over months."""
    for code, rule in panel_detectors().items():
        for number, case in enumerate(_cases(code) if rule.table == "months" else ()):
            group = f"{code}-{number}"
            for row in month_panels.months(case.get("edits", [])):
                yield row | {"site_id": f"{group} {row['site_id']}", "peer_group": group}


def _quarters() -> tuple[list[Row], int]:
    """Meters of the cases of the rules over quarter hours that have the commonest history, and its length."""
    given = [
        (f"{code}-{number}", _base(code) | case)
        for code, rule in panel_detectors().items()
        if rule.table == "quarters"
        for number, case in enumerate(_cases(code))
    ]
    lengths = [meter_panels.honest_until(case) for _, case in given]
    until = max(set(lengths), key=lengths.count)
    rows = [
        row | {"site_id": f"{group} {row['site_id']}", "peer_group": group}
        for (group, case), length in zip(given, lengths, strict=True)
        if length == until
        for row in meter_panels.panel(case).to_pylist()
    ]
    return rows, until


def _of_days(engines: Engines) -> Iterator[tuple[str, tuple[Any, Any], Contract]]:
    """Every daily rule over its first case with a hit."""
    for code, rule in detectors().items():
        base, cases = case_tables.read(code)
        case = next(c for c in cases if c.get("hits"))
        facts = case_tables.tables(**case_tables.case_rows(case, base))
        both = _facts(engines, code, facts)
        params = case_tables.params(code, base["params"] | case.get("params", {}))
        days = case_tables.period(case.get("period") or base["period"])
        yield code, tuple(rule.expression(tables, params, days) for tables in both), HITS


def _facts(engines: Engines, code: str, facts: Tables) -> tuple[Tables, Tables]:
    names = Tables.__dataclass_fields__
    pairs = {
        name: engines.tables(f"{code}_{name}", engines.duckdb.to_pyarrow(getattr(facts, name)))
        for name in names
    }
    ducks, sparks = ({n: pair[side] for n, pair in pairs.items()} for side in (0, 1))
    return Tables(**ducks), Tables(**sparks)


def _cases(code: str) -> list[Row]:
    path = case_tables.CASES / f"{code}.yml"
    cases: list[Row] = yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]
    return cases


def _base(code: str) -> Row:
    base, _ = case_tables.read(code)
    return base


def _order(row: Row) -> list[str]:
    """Keys first, so that a last digit does not change the order."""
    exact = (str, int, date)
    return [str(value) for value in row.values() if isinstance(value, exact)]


def _same(one: Row, other: Row) -> bool:
    return all(_equal(value, other[name]) for name, value in one.items())


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float | Decimal) and isinstance(other, float | Decimal):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
    return bool(one == other)


if __name__ == "__main__":
    main()
