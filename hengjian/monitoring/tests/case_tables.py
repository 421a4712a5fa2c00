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
from hengjian.monitoring.facts import DAILY, LIMITS, SITES, Period, Tables
from hengjian.monitoring.parameters import Params
from hengjian.monitoring.parameters import load as load_parameters

CASES = Path(__file__).parents[1] / "cases"
DAY = dt.date(2026, 3, 1)
Row = dict[str, Any]


def read(code: str) -> tuple[Row, list[Row]]:
    """Base rows and cases of a detector."""
    content = yaml.safe_load((CASES / f"{code}.yml").read_text(encoding="utf-8"))
    return content["base"], content["cases"]


def rows(contract: Contract, given: list[Row], base: Row) -> list[Row]:
    """Given rows over the base row, every column of the contract present, quantities as Decimal."""
    return [_typed(contract, base | row) for row in given]


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


def tables(daily: list[Row], limits: list[Row], sites: list[Row]) -> Tables:
    """The three tables in memory."""
    return Tables(load(DAILY, daily), load(LIMITS, limits), load(SITES, sites))


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
