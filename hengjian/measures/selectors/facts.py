"""Rows for the lake: every revision of daily reports, by the time of receipt. The platform only (E1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import TypedDict

from django.db.models import QuerySet

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.measures.models import Report
from hengjian.measures.models.report import DAILY
from hengjian.measures.reference import daily_form, industry_of_product
from hengjian.measures.rules.balance import Flow
from hengjian.measures.rules.units import convert_unit

CHUNK = 2000
MICRO = Decimal("0.000001")
_STOCKS = {Flow.OPENING: "open", Flow.IN: "in", Flow.OUT: "sold", Flow.CLOSING: "stock"}
# Lines of the form that fill a column of their own, and the unit of the column.
_LINES = {
    "electricity_purchased": ("electricity", "1e4kWh"),
    "electricity_own": ("electricity_own", "1e4kWh"),
    "electricity_sent_out": ("electricity_out", "1e4kWh"),
    "coal_opening": ("coal_open", "t"),
    "coal_receipts": ("coal_in", "t"),
    "coal_closing": ("coal_stock", "t"),
    "clinker_opening": ("clinker_open", "t"),
    "clinker_output": ("clinker_made", "t"),
    "clinker_receipts": ("clinker_in", "t"),
    "clinker_used": ("clinker_used", "t"),
    "clinker_sold": ("clinker_sold", "t"),
    "clinker_closing": ("clinker_stock", "t"),
    "water": ("water", "1e4m3"),
    "co2_measured": ("co2_measured", "tCO2"),
}
ITEM_COLUMNS = (
    *(column for column, _unit in _LINES.values()),
    *(f"product_{name}" for name in _STOCKS.values()),
)


class Fact(TypedDict, total=False):
    """One revision, with the columns of monitoring's ``daily`` contract.

    ``product`` is the product code of the form and ``product_unit`` its unit code; both empty, and ``output``
    None, where the report names no product. The columns of ITEM_COLUMNS are None where not reported.
    """

    report_id: str
    site_id: str
    enterprise_id: str
    region: int
    industry: str
    product: str
    product_unit: str
    day: date
    month: str
    source: str
    revision: int
    received_at: datetime
    output: Decimal | None
    energy_tce: Decimal
    coal_t: Decimal
    co2_t: Decimal
    stop: str
    factor_version: str


def facts(*, actor: Actor, after: datetime | None, until: datetime) -> Iterator[Fact]:
    """All revisions received after one instant (None: ever) until another (aware, included); read in chunks."""
    require(actor, "measures.fact.read")
    rows = _daily(actor, until).order_by("period", "id").defer("conversion", "canon", "basis")
    if after is not None:
        rows = rows.filter(received_at__gt=after)
    return (_fact(row) for row in rows.iterator(chunk_size=CHUNK))


def count_facts(*, actor: Actor, until: datetime) -> int:
    """How many revisions had been received by then: what a complete lake holds."""
    require(actor, "measures.fact.read")
    return _daily(actor, until).count()


def _daily(actor: Actor, until: datetime) -> QuerySet[Report]:
    return Report.objects.visible_to(actor).filter(form=DAILY, received_at__lte=until)


def _fact(row: Report) -> Fact:
    fact = Fact(
        report_id=str(row.pk),
        site_id=str(row.site_id),
        enterprise_id=str(row.enterprise_id),
        region=row.region_id,
        industry=industry_of_product().get(row.product, ""),
        product=row.product,
        product_unit=row.output_unit,
        day=row.period,
        month=f"{row.period:%Y-%m}",
        source=row.source,
        revision=row.revision,
        received_at=row.received_at,
        output=row.output,
        energy_tce=row.energy_tce,
        coal_t=row.coal_t,
        co2_t=row.co2_t,
        stop=row.stop_kind,
        factor_version=row.factor_version,
    )
    fact.update(item_columns(row.quantities, row.product, row.output_unit))  # type: ignore[typeddict-item]
    return fact


def item_columns(
    quantities: Mapping[str, Mapping[str, str]], product: str, product_unit: str
) -> dict[str, Decimal | None]:
    """The columns of ITEM_COLUMNS from the quantities of a report; a stock's flows are those of ``product``."""
    found: dict[str, Decimal | None] = dict.fromkeys(ITEM_COLUMNS)
    for code, (column, unit) in _LINES.items():
        if code in quantities:
            found[column] = _amount(quantities[code], unit)
    for code, flow in product_moves().get(product, {}).items():
        if code in quantities:
            column = f"product_{_STOCKS[flow]}"
            amount = _amount(quantities[code], product_unit)
            found[column] = (found[column] or Decimal(0)) + amount
    return found


@cache
def product_moves() -> Mapping[str, Mapping[str, Flow]]:
    """Product code → the lines that move its stock, without the output itself."""
    lines = daily_form()
    by_stock: dict[str, dict[str, Flow]] = defaultdict(dict)
    for line in lines:
        if line.balance and line.flow and not line.product_code:
            by_stock[line.balance][line.item.code] = line.flow
    return {
        line.product_code: by_stock[line.balance]
        for line in lines
        if line.product_code and line.balance
    }


def _amount(quantity: Mapping[str, str], unit: str) -> Decimal:
    return convert_unit(Decimal(quantity["value"]), quantity["unit"], unit).quantize(MICRO)
