"""What the registry gives to the rules: plants with lines and capacity, limits of mandatory standards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from hengjian.kernel.access.actor import Actor
from hengjian.measures.rules.units import UnitRefused, convert_unit
from hengjian.monitoring.rules import LimitChoice, limit_product
from hengjian.registry.models import Limit, Line, Site, SiteIndustry
from hengjian.registry.reference import limit_products

DAYS_OF_A_YEAR = 365
MICRO = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class PlantLine:
    """A line that is not retired; capacity in a year."""

    product: str
    commissioned: date | None
    capacity: Decimal | None
    unit: str


@dataclass(frozen=True, slots=True)
class Plant:
    """What the rules need to know of a site."""

    region: int
    industries: int
    lines: tuple[PlantLine, ...]
    commissioned: date | None

    def compared_as(self, industry: str, code: str) -> tuple[str, str]:
        """(limit product, why none) of a reported product."""
        return limit_product(
            code,
            declared=[line.product for line in self.lines],
            choices=_choices().get((industry, code), ()),
            industries=self.industries,
        )

    def oldest_line(self) -> date | None:
        """The day its oldest line started; the site's own day where no line has one."""
        days = [line.commissioned for line in self.lines if line.commissioned is not None]
        return min(days, default=self.commissioned)

    def capacity(self, products: Collection[str], unit: str) -> Decimal | None:
        """What its lines of these products can make in a day, in ``unit``; None where a line does not say."""
        total = Decimal(0)
        lines = [line for line in self.lines if line.product in products]
        for line in lines:
            if line.capacity is None:
                return None
            try:
                total += convert_unit(line.capacity, line.unit.partition("/")[0], unit)
            except UnitRefused:
                return None
        return (total / DAYS_OF_A_YEAR).quantize(MICRO) if lines else None


@cache
def _choices() -> Mapping[tuple[str, str], tuple[LimitChoice, ...]]:
    found: dict[tuple[str, str], dict[str, LimitChoice]] = defaultdict(dict)
    for row in limit_products():
        key = (row.industry, row.product_code)
        if row.product not in found[key] or row.whole_site:
            found[key][row.product] = LimitChoice(row.product, row.whole_site)
    return {key: tuple(rows.values()) for key, rows in found.items()}


def plants(actor: Actor) -> dict[str, Plant]:
    """Every site by id; three queries."""
    counts: dict[UUID, int] = defaultdict(int)
    for site in SiteIndustry.objects.visible_to(actor).values_list("site_id", flat=True):
        counts[site] += 1
    lines: dict[UUID, list[PlantLine]] = defaultdict(list)
    present = Line.objects.visible_to(actor).filter(retired_on=None)
    for line in present:
        lines[line.site_id].append(
            PlantLine(line.product, line.commissioned_on, line.capacity, line.capacity_unit)
        )
    rows = Site.objects.visible_to(actor).values_list("id", "region_id", "commissioned_on")
    return {str(pk): Plant(region, counts[pk], tuple(lines[pk]), day) for pk, region, day in rows}


def limit_rows() -> list[dict[str, Any]]:
    """Limits of mandatory standards as the contract wants them; policy benchmarks are no limits."""
    rows = Limit.objects.filter(row_type="gb_limit", effective_from__isnull=False)
    return [
        {
            "limit_id": str(row.pk),
            "industry": row.industry_id,
            "product": row.product,
            "indicator": row.indicator,
            "unit": row.unit,
            "level1": row.level1,
            "level2": row.level2,
            "level3": row.level3,
            "standard": row.standard,
            "edition": row.standard.rpartition("-")[2],
            "effective_from": row.effective_from,
            "effective_to": row.effective_to,
            "confidence": row.confidence,
        }
        for row in rows
    ]
