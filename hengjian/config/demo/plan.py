"""What the demo invents, as its data files state it: enterprises, sites, people. Nothing here knows a database."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from hengjian.registry.rules.credit_code import check_digit

# Registered by market regulation (9), enterprise (1): the first two places of GB 32100.
REGISTERED_ENTERPRISE = "91"


def rows(name: str) -> list[dict[str, str]]:
    """Rows of a data file of the demo, as text."""
    text = (files("hengjian.config.demo") / "data" / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@dataclass(frozen=True, slots=True)
class Firm:
    """An invented enterprise; ``organ_code`` is its organisation code with the check character of GB 11714."""

    key: str
    name: str
    brand: str
    seat: int
    organ_code: str
    former: str
    alias: str

    @property
    def credit_code(self) -> str:
        """The unified social credit code, with its check digit."""
        body = f"{REGISTERED_ENTERPRISE}{self.seat}{self.organ_code}"
        return body + check_digit(body)


@dataclass(frozen=True, slots=True)
class Plant:
    """An invented site.

    ``level`` is the unit consumption as a share of the limit in force (above 1: over it), None where the energy of
    the whole site cannot be compared with a limit; ``capacity`` is the output of a full day in the unit of the form;
    ``stop_days`` of every 60 days have no output; ``resident``: a resident supervisor reports as well.
    """

    key: str
    firm: str
    county: int
    name: str
    industries: tuple[str, ...]
    recipe: str
    limit_product: str
    level: Decimal | None
    capacity: Decimal
    commissioned: date
    stop_days: int
    day_start: int
    key_site: bool
    resident: bool
    confirmed: bool

    @property
    def over_limit(self) -> bool:
        """Whether the site is made to consume more than its limit allows."""
        return self.level is not None and self.level > 1


@cache
def firms() -> Mapping[str, Firm]:
    """Enterprises by key."""
    return {
        row["key"]: Firm(
            key=row["key"],
            name=row["name"],
            brand=row["brand"],
            seat=int(row["seat"]),
            organ_code=row["organ_code"],
            former=row["former"],
            alias=row["alias"],
        )
        for row in rows("enterprises.csv")
    }


@cache
def plants() -> Mapping[str, Plant]:
    """Sites by key."""
    return {
        row["key"]: Plant(
            key=row["key"],
            firm=row["enterprise"],
            county=int(row["county"]),
            name=row["name"],
            industries=tuple(row["industries"].split(";")),
            recipe=row["recipe"],
            limit_product=row["limit_product"],
            level=Decimal(row["level"]) if row["level"] else None,
            capacity=Decimal(row["capacity"]),
            commissioned=date.fromisoformat(row["commissioned"]),
            stop_days=int(row["stop_days"]),
            day_start=int(row["day_start"]),
            key_site=row["key_site"] == "1",
            resident=row["resident"] == "1",
            confirmed=row["confirmed"] == "1",
        )
        for row in rows("sites.csv")
    }


@dataclass(frozen=True, slots=True)
class Holding:
    """A post and who holds it: no person means vacant, no user name means a person without an account.

    ``site`` names the site whose enterprise (and, for a resident supervisor, which itself) the post reaches.
    """

    organ: str
    department: str
    region: int
    title: str
    role: str
    person: str
    username: str
    site: str


@cache
def words(kind: str) -> tuple[str, ...]:
    """Texts of one kind from data/names.csv: surnames, given names, titles."""
    return tuple(row["text"] for row in rows("names.csv") if row["kind"] == kind)


@cache
def holdings() -> Sequence[Holding]:
    """Every post of the demo, in the order of the file."""
    return tuple(
        Holding(
            organ=row["organ"],
            department=row["department"],
            region=int(row["region"]),
            title=row["title"],
            role=row["role"],
            person=row["person"],
            username=row["username"],
            site=row["site"],
        )
        for row in rows("people.csv")
    )
