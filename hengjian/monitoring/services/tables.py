"""What the detectors read: months of facts written into the lake, limits and sites from the registry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from hengjian.analytics.lake import Lake
from hengjian.analytics.session import load
from hengjian.kernel.access.actor import Actor
from hengjian.measures.selectors.facts import facts
from hengjian.monitoring.facts import DAILY, LIMITS, SITES, Tables
from hengjian.monitoring.rules import PER_TCE, LimitChoice, limit_product, output_in
from hengjian.registry.models import Limit, Line, Site, SiteIndustry
from hengjian.registry.reference import limit_products

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Plant:
    """What the rules need to know of a site."""

    industries: int
    lines: tuple[tuple[str, date | None], ...]
    commissioned: date | None

    def compared_as(self, industry: str, code: str) -> tuple[str, str]:
        """(limit product, why none) of a reported product."""
        return limit_product(
            code,
            declared=[product for product, _ in self.lines],
            choices=_choices().get((industry, code), ()),
            industries=self.industries,
        )

    def oldest_line(self) -> date | None:
        """The day its oldest line started; the site's own day where no line has one."""
        days = [day for _, day in self.lines if day is not None]
        return min(days, default=self.commissioned)


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
    lines: dict[UUID, list[tuple[str, date | None]]] = defaultdict(list)
    present = Line.objects.visible_to(actor).filter(retired_on=None)
    for site, product, day in present.values_list("site_id", "product", "commissioned_on"):
        lines[site].append((product, day))
    rows = Site.objects.visible_to(actor).values_list("id", "commissioned_on")
    return {str(pk): Plant(counts[pk], tuple(lines[pk]), day) for pk, day in rows}


@dataclass(slots=True)
class Written:
    """Tables to read, and why subjects that bear no limit's name are not comparable."""

    tables: Tables
    incomparable: dict[tuple[str, str], str]


def write_tables(
    *, actor: Actor, root: Path, con: Any, first: date, last: date, as_of: datetime
) -> Written:
    """Write the months that hold ``first``..``last`` anew and bind them, with limits and sites.

    A reported product becomes the product of the limit that its line names; where none is comparable it keeps
    its code, which no limit bears, and the reason is kept beside. Output is written in the unit that the limit
    divides by (万重量箱 → 重量箱); where none measures the same it stays, and the rule says so.
    """
    known, limits = plants(actor), limit_rows()
    units = _denominators(limits)
    lake = Lake(root)
    incomparable: dict[tuple[str, str], str] = {}
    sites: dict[tuple[str, str, str], dict[str, Any]] = {}
    months = list(_months(first, last))
    for month, (begin, end) in months:
        rows = []
        for fact in facts(actor=actor, first=begin, last=end, as_of=as_of):
            if not fact["product"]:
                continue
            row: dict[str, Any] = dict(fact)
            plant = known[fact["site_id"]]
            name, why = plant.compared_as(fact["industry"], fact["product"])
            row["product"] = name or fact["product"]
            row["output"], row["product_unit"] = output_in(
                fact["output"], fact["product_unit"], units[fact["industry"], row["product"]]
            )
            if why:
                incomparable[fact["site_id"], row["product"]] = why
            sites[fact["site_id"], fact["industry"], row["product"]] = {
                "site_id": fact["site_id"],
                "region": fact["region"],
                "industry": fact["industry"],
                "product": row["product"],
                "commissioned": plant.oldest_line(),
            }
            rows.append(row)
        lake.write_month(DAILY, month, rows)
    daily = lake.read(con, DAILY, [month for month, _ in months])
    tables = Tables(daily, load(LIMITS, limits), load(SITES, sites.values()))
    return Written(tables, incomparable)


def _denominators(limits: Iterable[Mapping[str, Any]]) -> Mapping[tuple[str, str], set[str]]:
    """By industry and product of a limit: the units of output by which limits of energy divide."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for limit in limits:
        numerator, _per, denominator = limit["unit"].partition("/")
        if numerator in PER_TCE:
            found[limit["industry"], limit["product"]].add(denominator)
    return found


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


def _months(first: date, last: date) -> Iterator[tuple[str, tuple[date, date]]]:
    """Each month that holds a day of first..last, with its first and last day."""
    begin = first.replace(day=1)
    while begin <= last:
        following = (begin + 31 * ONE_DAY).replace(day=1)
        yield f"{begin:%Y-%m}", (begin, following - ONE_DAY)
        begin = following
