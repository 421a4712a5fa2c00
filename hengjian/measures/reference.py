"""Reads the factor table and the forms that ship with the program."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from hengjian.measures.rules.balance import Balance, Flow
from hengjian.measures.rules.conversion import Factor, Figure, FormItem, ItemKind
from hengjian.measures.rules.forms import Form, Frequency

EVERY_INDUSTRY = "*"
MAX_DAILY_FIELDS = 20
# A period cannot hold more than its days can: bounds of the daily lines, times these.
_DAYS = {Form.MONTH_ENERGY: 31, Form.QUARTER_ENERGY: 92, Form.YEAR_ENERGY: 366}


@dataclass(frozen=True, slots=True)
class DailyItem:
    """One line of a form as people see it; bounds are in the unit of the item.

    ``more``: industries whose page hides the line until it is needed; ``balance`` and ``flow``: the stock
    that it moves, and how.
    """

    item: FormItem
    name: str
    product_code: str
    industries: frozenset[str]
    required: bool
    minimum: Decimal
    maximum: Decimal
    source: str
    confidence: str
    more: frozenset[str] = frozenset()
    balance: str = ""
    flow: Flow | None = None

    @property
    def is_level(self) -> bool:
        """A stock or a calorific value: a state, of which sums say nothing."""
        return self.item.kind is ItemKind.NCV or self.flow in {Flow.OPENING, Flow.CLOSING}

    def belongs_to(self, industry: str) -> bool:
        """Whether sites of that industry fill in this line."""
        return EVERY_INDUSTRY in self.industries or industry in self.industries


@dataclass(frozen=True, slots=True)
class FormHead:
    """What stands above a form: title, how often it is due, and who ordered it (blank: not settled)."""

    form: Form
    title: str
    frequency: Frequency
    kind: str
    table_number: str
    authority: str
    document_number: str
    valid_until: str
    source: str
    confidence: str


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
def form_heads() -> dict[Form, FormHead]:
    """Every form by its code, in the order of the table."""
    return {
        (form := Form(row["code"])): FormHead(
            form=form,
            title=row["title"],
            frequency=Frequency(row["frequency"]),
            kind=row["kind"],
            table_number=row["table_number"],
            authority=row["authority"],
            document_number=row["document_number"],
            valid_until=row["valid_until"],
            source=row["source"],
            confidence=row["confidence"],
        )
        for row in _rows("forms.csv")
    }


@cache
def balances() -> dict[str, Balance]:
    """The stocks that are balanced, by code."""
    return {
        row["code"]: Balance(row["code"], row["name_zh"], Decimal(row["tolerance_percent"]))
        for row in _rows("balances.csv")
    }


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
            more=frozenset(filter(None, row["more"].split(";"))),
            balance=row["balance"],
            flow=Flow(row["flow"]) if row["flow"] else None,
        )
        for row in _rows("daily_form.csv")
    )


@cache
def form_lines(form: Form) -> tuple[DailyItem, ...]:
    """The lines of a form: energy forms of longer periods sum the daily lines, the others have their own."""
    if form is Form.DAILY:
        return daily_form()
    if form in _DAYS:
        return tuple(
            line if line.is_level else replace(line, maximum=line.maximum * _DAYS[form])
            for line in daily_form()
        )
    return tuple(
        DailyItem(
            item=FormItem(row["code"], ItemKind.OTHER, row["unit"], "", 0, 0),
            name=row["name_zh"],
            product_code="",
            industries=frozenset(row["industries"].split(";")),
            required=row["required"] == "1",
            minimum=Decimal(row["min"]),
            maximum=Decimal(row["max"]),
            source=row["source"],
            confidence=row["confidence"],
        )
        for row in _rows("form_items.csv")
        if row["form"] == form.value
    )


@cache
def daily_items() -> dict[str, FormItem]:
    """The lines of the daily form by code, as the conversion wants them."""
    return {line.item.code: line.item for line in daily_form()}


@cache
def all_items() -> dict[str, FormItem]:
    """The lines of every form by code; the same code is the same item in each."""
    return {line.item.code: line.item for form in Form for line in form_lines(form)}


@cache
def lines_of(industries: frozenset[str], form: Form = Form.DAILY) -> tuple[DailyItem, ...]:
    """The lines that a site with these industries fills in, in the order of the page."""
    return tuple(
        line
        for line in form_lines(form)
        if EVERY_INDUSTRY in line.industries or line.industries & industries
    )


@cache
def lines_of_source(source: str) -> tuple[DailyItem, ...]:
    """The lines of the daily form that only this source gives (an instrument in a stack), in its order."""
    return tuple(line for line in daily_form() if f"@{source}" in line.industries)


@cache
def closing_of() -> dict[str, str]:
    """Code of the closing stock by code of the opening stock that continues it."""
    closing = {line.balance: line.item.code for line in daily_form() if line.flow is Flow.CLOSING}
    return {
        line.item.code: closing[line.balance] for line in daily_form() if line.flow is Flow.OPENING
    }


def is_rare(line: DailyItem, industries: Iterable[str]) -> bool:
    """Whether the daily page of a site hides the line until it is needed: rare in each of its industries."""
    own = [i for i in industries if line.belongs_to(i)]
    return EVERY_INDUSTRY in line.more or (bool(own) and all(i in line.more for i in own))


@cache
def item_names() -> dict[str, str]:
    """Chinese names of the lines by code."""
    return {line.item.code: line.name for form in Form for line in form_lines(form)}


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
