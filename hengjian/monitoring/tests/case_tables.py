"""Turns rows of cases into tables of the contracts."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from hengjian.analytics.contracts import Contract
from hengjian.analytics.session import load
from hengjian.monitoring.facts import DAILY, DUE, LIMITS, MONTHLY, PLANS, SITES, Period, Tables
from hengjian.monitoring.parameters import Params
from hengjian.monitoring.parameters import load as load_parameters

CASES = Path(__file__).parents[1] / "cases"
DAY = dt.date(2026, 3, 1)
Row = dict[str, Any]
OTHERS: dict[str, Contract] = {"due": DUE, "plans": PLANS, "monthly": MONTHLY}


def read(code: str) -> tuple[Row, list[Row]]:
    """Base rows and cases of a detector."""
    content = yaml.safe_load((CASES / f"{code}.yml").read_text(encoding="utf-8"))
    return content["base"], content["cases"]


def rows(contract: Contract, given: list[Row], base: Row) -> list[Row]:
    """Given rows over the base row, every column of the contract present, quantities as Decimal.

    ``times: n`` in a row repeats it for n consecutive days; a list of values is taken in turn.
    """
    return [_typed(contract, one) for row in given for one in _repeated(base | row)]


def params(code: str, overrides: Mapping[str, Any]) -> Params:
    """Seed parameters with national values replaced."""
    seed = load_parameters().on(code, DAY)
    unknown = set(overrides) - {row.name for row in seed.rows}
    assert not unknown, unknown
    return replace(
        seed,
        rows=tuple(replace(r, value=str(overrides.get(r.name, r.value))) for r in seed.rows),
    )


def period(given: Row) -> Period:
    """A period from YAML (which reads an instant with an offset as UTC)."""
    as_of = given["as_of"]
    return Period(given["first"], given["last"], _utc(as_of))


def tables(daily: list[Row], limits: list[Row], sites: list[Row], **others: list[Row]) -> Tables:
    """The tables in memory; ``others`` are due, plans and monthly."""
    given = {name: load(OTHERS[name], found) for name, found in others.items()}
    return Tables(load(DAILY, daily), load(LIMITS, limits), load(SITES, sites), **given)


def case_rows(case: Row, base: Row) -> dict[str, list[Row]]:
    """The rows of every table of a case."""
    contracts = {"daily": DAILY, "limits": LIMITS, "sites": SITES, **OTHERS}
    return {
        name: rows(contract, case.get(name, []), base.get(name, {}))
        for name, contract in contracts.items()
    }


def _repeated(row: Row) -> list[Row]:
    """The rows that ``times`` makes of one."""
    row = dict(row)
    count = row.pop("times", 1)
    return [
        {name: _nth(name, value, place, alone=count == 1) for name, value in row.items()}
        for place in range(count)
    ]


def _nth(name: str, value: Any, place: int, *, alone: bool) -> Any:
    if isinstance(value, list):
        return value[place % len(value)]
    if name == "report_id" and not alone:
        return f"{value}{place + 1:02d}"
    moves = name in {"day", "due_at"} and isinstance(value, dt.date)
    return value + dt.timedelta(days=place) if moves else value


def _utc(value: dt.datetime) -> dt.datetime:
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


def _typed(contract: Contract, row: Row) -> Row:
    if contract.month:
        row = row | {"month": f"{row['day']:%Y-%m}"}
    full = {column.name: row.pop(column.name, None) for column in contract.columns}
    assert not row, f"unknown columns {row}"
    for column in contract.columns:
        if full[column.name] is not None and column.type.startswith("decimal"):
            full[column.name] = Decimal(str(full[column.name]))
        if isinstance(full[column.name], dt.datetime):
            full[column.name] = _utc(full[column.name])
    return full
