"""The facts that detectors read: contracts of the tables, and the stretch of days a run judges."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

from hengjian.analytics.contracts import Column, Contract
from hengjian.analytics.session import load

QUANTITY = "decimal(24, 6)"
LEVEL = "decimal(18, 6)"
INSTANT = "timestamp('UTC', 6)"

# Single lines of the form that rules need beside the totals; which items they sum is measures' business.
ITEMS = {
    "electricity": ("electricity bought or, by the grid, sold to the site", "1e4kWh"),
    "electricity_own": ("own generation", "1e4kWh"),
    "electricity_out": ("electricity sent out", "1e4kWh"),
    "coal_open": ("coal in stock at the beginning of the day", "t"),
    "coal_in": ("coal received", "t"),
    "coal_stock": ("coal in stock at the end of the day", "t"),
    "product_open": ("product in stock at the beginning of the day", ""),
    "product_in": ("product bought or taken over", ""),
    "product_sold": ("product sold, sent out or used on the site", ""),
    "product_stock": ("product in stock at the end of the day", ""),
    "clinker_made": ("clinker made", "t"),
    "clinker_in": ("clinker bought", "t"),
    "clinker_used": ("clinker used for cement", "t"),
    "clinker_sold": ("clinker sold", "t"),
    "clinker_open": ("clinker in stock at the beginning of the day", "t"),
    "clinker_stock": ("clinker in stock at the end of the day", "t"),
    "water": ("water taken", "1e4m3"),
    "co2_measured": ("carbon dioxide by an instrument in the stack", "t"),
}

DAILY = Contract(
    name="daily",
    columns=(
        Column("report_id", "string", "report (uuid); one per revision"),
        Column("site_id", "string", "site (uuid)"),
        Column("enterprise_id", "string", "enterprise of the site (uuid)"),
        Column("region", "int32", "supervising region, 6-digit code"),
        Column("industry", "string", "industry code of the product"),
        Column("product", "string", "product, same names as in limits"),
        Column("product_unit", "string", "unit of output, as the denominator of limits writes it"),
        Column("day", "date", "production day"),
        Column("month", "string", "yyyy-mm of the day"),
        Column("source", "string", "who reported"),
        Column("revision", "int32", "1, 2, …; the highest known one counts"),
        Column("received_at", INSTANT, "when the platform received it"),
        Column("output", QUANTITY, "output", nullable=True),
        Column("energy_tce", QUANTITY, "energy, calorific value", nullable=True, unit="tce"),
        Column("coal_t", QUANTITY, "coal as burned", nullable=True, unit="t"),
        Column("co2_t", QUANTITY, "carbon dioxide", nullable=True, unit="t"),
        *(
            Column(name, QUANTITY, meaning, nullable=True, unit=unit)
            for name, (meaning, unit) in ITEMS.items()
        ),
        Column("stop", "string", "stop_kind of a zero report; empty: none", nullable=True),
        Column("factor_version", "string", "set of conversion factors used", nullable=True),
    ),
    key=("site_id", "product", "day", "source", "revision", "report_id"),
    month="month",
)

LIMITS = Contract(
    name="limits",
    columns=(
        Column("limit_id", "string", "identity of the limit row"),
        Column("industry", "string", "industry code"),
        Column("product", "string", "product the limit is for"),
        Column("indicator", "string", "what is limited (comprehensive_energy, process_energy, …)"),
        Column("unit", "string", "unit of the levels, e.g. kgce/t"),
        Column("level1", LEVEL, "advanced value", nullable=True),
        Column("level2", LEVEL, "access value: new plants", nullable=True),
        Column("level3", LEVEL, "limit value: existing plants", nullable=True),
        Column("standard", "string", "standard, e.g. GB 21256"),
        Column("edition", "string", "edition, e.g. 2025"),
        Column("effective_from", "date", "first day in force"),
        Column("effective_to", "date", "first day no longer in force", nullable=True),
        Column("confidence", "string", "found, memory_crosschecked or to_verify"),
    ),
    key=("limit_id",),
)

SITES = Contract(
    name="sites",
    columns=(
        Column("site_id", "string", "site (uuid)"),
        Column("region", "int32", "supervising region"),
        Column("industry", "string", "industry code"),
        Column("product", "string", "product made there"),
        Column("commissioned", "date", "day its oldest line started", nullable=True),
        Column("capacity", QUANTITY, "output that its lines can make in a day", nullable=True),
    ),
    key=("site_id", "industry", "product"),
)

DUE = Contract(
    name="due",
    columns=(
        Column("site_id", "string", "site (uuid)"),
        Column("enterprise_id", "string", "enterprise of the site (uuid)"),
        Column("region", "int32", "supervising region"),
        Column(
            "product",
            "string",
            "main product of the site, same names as in daily; empty: none known",
        ),
        Column("source", "string", "who owes the report"),
        Column("day", "date", "production day that is owed"),
        Column("due_at", INSTANT, "by when"),
        Column("excused", "boolean", "a stop declared with its expected end covers the day"),
    ),
    key=("site_id", "source", "day"),
)

PLANS = Contract(
    name="plans",
    columns=(
        Column("site_id", "string", "site (uuid)"),
        Column("product", "string", "product, same names as in daily"),
        Column("year", "int32", "calendar year"),
        Column("amount", QUANTITY, "output that the plan allows in the year"),
        Column("unit", "string", "its unit, as product_unit of daily"),
        Column("basis", "string", "document that sets the plan"),
    ),
    key=("site_id", "product", "year"),
)

MONTHLY = Contract(
    name="monthly",
    columns=(
        Column("report_id", "string", "report (uuid); one per revision"),
        Column("site_id", "string", "site (uuid)"),
        Column("enterprise_id", "string", "enterprise of the site (uuid)"),
        Column("region", "int32", "supervising region"),
        Column("industry", "string", "industry code of the product"),
        Column("product", "string", "product, same names as in daily; empty: none reported"),
        Column("product_unit", "string", "unit of output"),
        Column("first", "date", "first day of the month"),
        Column("last", "date", "last day of the month"),
        Column("source", "string", "who reported"),
        Column("revision", "int32", "1, 2, …; the highest known one counts"),
        Column("received_at", INSTANT, "when the platform received it"),
        Column("output", QUANTITY, "output", nullable=True),
        Column("energy_tce", QUANTITY, "energy, calorific value", nullable=True, unit="tce"),
        Column("coal_t", QUANTITY, "coal as burned", nullable=True, unit="t"),
        Column("electricity", QUANTITY, "electricity bought", nullable=True, unit="1e4kWh"),
    ),
    key=("site_id", "product", "first", "source", "revision", "report_id"),
)


READINGS = Contract(
    name="readings",
    columns=(
        Column("site", "string", "site (uuid)"),
        Column("enterprise_id", "string", "enterprise of the site (uuid)"),
        Column("region", "int32", "supervising region"),
        Column("industry", "string", "main industry of the site"),
        Column("meter", "string", "number of the electricity meter"),
        Column("day", "date", "production day"),
        Column("quarter", "int64", "1 … 96"),
        Column("active", "float64", "active energy", nullable=True, unit="kWh"),
        Column("lagging", "float64", "lagging reactive energy", nullable=True, unit="kvarh"),
        Column("leading", "float64", "leading reactive energy", nullable=True, unit="kvarh"),
        Column("power_factor", "float64", "lagging power factor", nullable=True, unit="%"),
        Column("co2", "float64", "carbon dioxide", nullable=True, unit="t"),
    ),
    key=("site", "meter", "day", "quarter"),
)


@dataclass(frozen=True, slots=True)
class Tables:
    """Ibis tables that keep the contracts above; those that a run does not give are empty."""

    daily: Any
    limits: Any
    sites: Any
    due: Any = field(default_factory=lambda: load(DUE, ()))
    plans: Any = field(default_factory=lambda: load(PLANS, ()))
    monthly: Any = field(default_factory=lambda: load(MONTHLY, ()))
    readings: Any = field(default_factory=lambda: load(READINGS, ()))

    @classmethod
    def unbound(cls) -> Self:
        """Tables without data, to compile an expression."""
        return cls(*(c.unbound() for c in (DAILY, LIMITS, SITES, DUE, PLANS, MONTHLY, READINGS)))


@dataclass(frozen=True, slots=True)
class Period:
    """Days to judge (both included) with what had been received by ``as_of`` (aware)."""

    first: date
    last: date
    as_of: datetime

    def __post_init__(self) -> None:
        """Refuse a naive instant and days in the wrong order."""
        if self.as_of.tzinfo is None or self.first > self.last:
            raise ValueError(f"no period: {self}")
