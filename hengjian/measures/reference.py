"""Reads the factor table and the daily form that ship with the program."""

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from hengjian.measures.rules.conversion import Factor, Figure, FormItem, ItemKind

EVERY_INDUSTRY = "*"


@dataclass(frozen=True, slots=True)
class DailyItem:
    """One line of the daily form as people see it; bounds are in the unit of the item."""

    item: FormItem
    name: str
    product_code: str
    industries: frozenset[str]
    required: bool
    minimum: Decimal
    maximum: Decimal
    source: str
    confidence: str

    def belongs_to(self, industry: str) -> bool:
        """Whether sites of that industry fill in this line."""
        return EVERY_INDUSTRY in self.industries or industry in self.industries


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("hengjian.measures") / "data" / name).read_text("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def factor_rows() -> list[dict[str, str]]:
    """The factor table as text, with source and confidence, for the database."""
    return _rows("factors.csv")


@cache
def shipped_factors() -> tuple[Factor, ...]:
    """Dated factors of measures/data/factors.csv, each derived from the two reference tables."""
    return tuple(
        Factor(
            subject=row["subject"],
            figure=Figure(row["figure"]),
            value=Decimal(row["value"]),
            unit=row["unit"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            version=row["version"],
            confidence=row["confidence"],
        )
        for row in factor_rows()
    )


@cache
def daily_form() -> tuple[DailyItem, ...]:
    """The lines of the daily form in the order of the page."""
    return tuple(
        DailyItem(
            item=FormItem(
                code=row["code"],
                kind=ItemKind(row["kind"]),
                unit=row["unit"],
                subject=row["energy_code"],
                energy_sign=int(row["energy_sign"]),
                carbon_sign=int(row["carbon_sign"]),
            ),
            name=row["name_zh"],
            product_code=row["product_code"],
            industries=frozenset(row["industries"].split(";")),
            required=row["required"] == "1",
            minimum=Decimal(row["min"]),
            maximum=Decimal(row["max"]),
            source=row["source"],
            confidence=row["confidence"],
        )
        for row in _rows("daily_form.csv")
    )


@cache
def daily_items() -> dict[str, FormItem]:
    """The lines by code, as the conversion wants them."""
    return {line.item.code: line.item for line in daily_form()}


@cache
def lines_of(industries: frozenset[str]) -> tuple[DailyItem, ...]:
    """The lines that a site with these industries fills in, in the order of the page."""
    return tuple(
        line
        for line in daily_form()
        if EVERY_INDUSTRY in line.industries or line.industries & industries
    )


@cache
def item_names() -> dict[str, str]:
    """Chinese names of the lines by code."""
    return {line.item.code: line.name for line in daily_form()}


@cache
def product_names() -> dict[str, str]:
    """Chinese names of the products by product code."""
    return {line.product_code: line.name for line in daily_form() if line.product_code}


@cache
def energy_names() -> dict[str, str]:
    """Chinese names of the kinds of energy by their code."""
    return {row["energy_code"]: row["name_zh"] for row in _rows("energy_factors.csv")}


@cache
def industry_of_product() -> dict[str, str]:
    """The one industry to which a product of the form belongs."""
    return {line.product_code: min(line.industries) for line in daily_form() if line.product_code}
