"""Rows for the lake: every revision known at a moment. The platform only (E1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.measures.models import Report
from hengjian.measures.models.report import DAILY
from hengjian.measures.reference import industry_of_product

CHUNK = 2000


class Fact(TypedDict):
    """One revision, with the columns of monitoring's ``daily`` contract.

    ``product`` is the product code of the form and ``product_unit`` its unit code; both empty, and ``output``
    None, where the site's form has no product.
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
    factor_version: str


def facts(*, actor: Actor, first: date, last: date, as_of: datetime) -> Iterator[Fact]:
    """All revisions of days ``first`` to ``last`` received by ``as_of`` (aware), by day and id; read in chunks."""
    require(actor, "measures.fact.read")
    rows = (
        Report.objects.visible_to(actor)
        .filter(form=DAILY, period__range=(first, last), received_at__lte=as_of)
        .order_by("period", "id")
        .defer("quantities", "conversion", "canon", "basis", "permitted_use")
    )
    return (_fact(row) for row in rows.iterator(chunk_size=CHUNK))


def _fact(row: Report) -> Fact:
    return Fact(
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
        factor_version=row.factor_version,
    )
