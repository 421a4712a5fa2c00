"""Reads the industries and energy limits that ship with the program."""

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from hengjian.registry.rules.layouts import Column, Layout, Value
from hengjian.registry.rules.limits import EnergyLimit, Level, LimitKind


@dataclass(frozen=True, slots=True)
class Industry:
    """One of the two-high industries; flags as in the plan, dated when loaded."""

    seq: int
    code: str
    name: str
    is_key: bool
    is_output_controlled: bool
    output_unit: str
    source: str
    confidence: str


def shipped_rows(name: str) -> list[dict[str, str]]:
    """Rows of a reference file of the registry, as text."""
    text = (files("hengjian.registry") / "data" / name).read_text("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


@cache
def shipped_industries() -> tuple[Industry, ...]:
    """The 16 industries in the order of the catalogue."""
    return tuple(
        Industry(
            seq=int(row["seq"]),
            code=row["code"],
            name=row["name_zh"],
            is_key=row["is_key_industry"] == "1",
            is_output_controlled=row["is_output_controlled"] == "1",
            output_unit=row["output_unit"],
            source=row["source"],
            confidence=row["confidence"],
        )
        for row in shipped_rows("industries.csv")
    )


@cache
def shipped_limits() -> tuple[EnergyLimit, ...]:
    """Every limit with a value; rows that record "none found" are left out.

    A policy row without an effective date counts from its publication.
    """
    return tuple(
        EnergyLimit(
            kind=LimitKind(row["row_type"]),
            industry=row["industry_code"],
            product=row["product_zh"],
            indicator=row["indicator"],
            unit=row["unit"],
            levels=tuple((level, Decimal(row[level])) for level in Level if row[level]),
            standard=row["standard"],
            effective_from=date.fromisoformat(row["effective_date"] or row["publication_date"]),
            note=row["note"],
            confidence=row["confidence"],
        )
        for row in shipped_rows("energy_limits.csv")
        if row["row_type"] != "none_found"
    )


@dataclass(frozen=True, slots=True)
class LimitProduct:
    """Which limit products an item of the daily form may stand for; a line chooses one of them.

    `whole_site` says that the total energy of a single-product site is comparable; otherwise the
    standard draws a boundary that only sub-meters can follow, and the whole site must not be judged.
    """

    industry: str
    product_code: str
    product: str
    indicator: str
    whole_site: bool


@cache
def limit_products() -> tuple[LimitProduct, ...]:
    """The table of registry/data/limit_products.csv."""
    return tuple(
        LimitProduct(
            industry=row["industry_code"],
            product_code=row["product_code"],
            product=row["product_zh"],
            indicator=row["indicator"],
            whole_site=row["whole_site"] == "1",
        )
        for row in shipped_rows("limit_products.csv")
    )


@cache
def shipped_layouts() -> tuple[Layout, ...]:
    """The registers that the import understands; the platform's own template first."""
    columns, values = shipped_rows("layouts.csv"), shipped_rows("layout_values.csv")
    return tuple(
        Layout(
            code=code,
            columns=tuple(
                Column(
                    field=row["field"],
                    head=row["column"],
                    fixed=row["fixed"],
                    required=row["required"] == "1",
                    split=row["split"],
                )
                for row in columns
                if row["layout"] == code
            ),
            values={
                (row["field"], row["given"]): Value(
                    row["value"], Decimal(row["factor"]) if row["factor"] else None
                )
                for row in values
                if row["layout"] == code
            },
        )
        for code in dict.fromkeys(row["layout"] for row in columns)
    )
