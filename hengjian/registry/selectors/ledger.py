"""The site ledger: search, filter, sort, pages of 50, in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import FilteredRelation, Q
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import ScopedQuerySet, require
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.regions.models import RegionLevel
from hengjian.kernel.text import MISSING, N_, quantity, search_term
from hengjian.registry.models import (
    Enterprise,
    EnterpriseName,
    Line,
    OutputControl,
    Site,
    SiteIndustry,
)

PAGE = 50
SORTS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "id"),
    "city": ("region_id", "name", "id"),
    "industry": ("main__industry__seq", "name", "id"),
    "status": ("status", "name", "id"),
}
GAPS: Mapping[str, tuple[str, Q]] = {
    "point": (N_("待补坐标"), Q(lon=None)),
    "region": (N_("属地待确认"), Q(region_confirmed_at=None)),
    "code": (N_("待补统一社会信用代码"), Q(enterprise__credit_code=None)),
}


@dataclass(frozen=True, slots=True)
class LedgerQuery:
    """What the reader asks for; empty means no condition. ``sort`` is a key of SORTS, "-" reverses."""

    text: str = ""
    city: str = ""
    county: str = ""
    industry: str = ""
    status: str = ""
    gap: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site of the ledger, all text ready to show."""

    id: UUID
    name: str
    enterprise: str
    code: str
    note: str
    city: str
    county: str
    industry: str
    industry_code: str
    other_industries: str
    controlled: bool
    key_site: bool
    capacity: str
    status: str
    place: str
    supervision: str
    is_demo: bool


def site_page(actor: Actor, query: LedgerQuery, *, today: date, page: int = 1) -> Page[Any]:
    """One page of ``SiteRow`` with the total of what was found."""
    require(actor, "registry.site.view")
    found: Page[Any] = Paginator(find_sites(actor, query), PAGE).get_page(page)
    found.object_list = site_rows(actor, list(found.object_list), query.text, today)
    return found


def find_sites(actor: Actor, query: LedgerQuery) -> ScopedQuerySet[Site]:
    """The sites that the reader asks for, within his scope, in his order."""
    rows = Site.objects.visible_to(actor)
    if query.text.strip():
        rows = rows.filter(_named(actor, query.text))
    if query.city.isdecimal():
        rows = rows.filter(Q(region__city_id=int(query.city)))
    if query.county.isdecimal():
        rows = rows.filter(region_id=int(query.county))
    if query.industry:
        having = SiteIndustry.objects.visible_to(actor).filter(industry_id=query.industry)
        rows = rows.filter(pk__in=having.values("site_id"))
    if query.status:
        rows = rows.filter(status=query.status)
    if query.gap in GAPS and (query.gap != "code" or _sees_enterprises(actor)):
        rows = rows.filter(GAPS[query.gap][1])
    descending, key = query.sort.startswith("-"), query.sort.removeprefix("-")
    order = SORTS.get(key, SORTS["city"])
    rows = rows.annotate(main=FilteredRelation("industries", condition=Q(industries__main=True)))
    rows = rows.order_by(*(f"-{column}" if descending else column for column in order))
    joins = ["region__city", "main__industry"]
    return rows.select_related(*joins, *(["enterprise"] if _sees_enterprises(actor) else []))


def _named(actor: Actor, text: str) -> Q:
    term = search_term(text)
    if not term:
        return Q(pk__in=())
    owners = Enterprise.objects.visible_to(actor).filter(search__contains=term)
    return Q(search__contains=term) | Q(enterprise_id__in=owners.values("pk"))


def _sees_enterprises(actor: Actor) -> bool:
    """A resident supervisor sees his site, the table of legal persons is closed to him."""
    return actor.kind is not Kind.RESIDENT


def site_rows(actor: Actor, sites: Sequence[Site], text: str, today: date) -> list[SiteRow]:
    """Rows to show for the sites of one page."""
    keys = [site.pk for site in sites]
    others: dict[UUID, list[str]] = defaultdict(list)
    beside = SiteIndustry.objects.visible_to(actor).filter(site_id__in=keys, main=False)
    for link in beside.select_related("industry").order_by("industry__seq"):
        others[link.site_id].append(link.industry.name)
    capacities = _capacities(actor, keys)
    controlled = set(
        OutputControl.objects.visible_to(actor)
        .filter(Q(valid_to=None) | Q(valid_to__gte=today), site_id__in=keys, valid_from__lte=today)
        .values_list("site_id", flat=True)
    )
    notes = _notes(actor, sites, text)
    return [
        _row(
            actor,
            site,
            note=notes.get(site.enterprise_id, ""),
            others=others[site.pk],
            capacity=capacities.get(site.pk, MISSING),
            controlled=site.pk in controlled,
        )
        for site in sites
    ]


def _row(
    actor: Actor, site: Site, *, note: str, others: list[str], capacity: str, controlled: bool
) -> SiteRow:
    owner = site.enterprise if _sees_enterprises(actor) else None
    main = getattr(site, "main", None)  # the FilteredRelation above
    return SiteRow(
        id=site.pk,
        name=site.name,
        enterprise=owner.name if owner else "",
        code=(owner.credit_code or _("待补")) if owner else "",
        note=note,
        city=site.region.city.name if site.region.city else site.region.name,
        county=site.region.name if site.region.level == RegionLevel.COUNTY else MISSING,
        industry=main.industry.name if main else MISSING,
        industry_code=main.industry_id if main else "",
        other_industries=_("、").join(others),
        controlled=controlled,
        key_site=site.key_site,
        capacity=capacity,
        status=site.get_status_display(),
        place=_("待补坐标") if site.lon is None else _("已有坐标"),
        supervision=supervision_text(site),
        is_demo=site.is_demo,
    )


def supervision_text(site: Site) -> str:
    """How sure the supervising region is."""
    if site.region_confirmed_at is not None:
        return _("已确认")
    return _("属地待确认") if site.region.level == RegionLevel.COUNTY else _("待补属地")


def _capacities(actor: Actor, keys: Iterable[UUID]) -> dict[UUID, str]:
    """Capacity of the lines in use, added up by unit."""
    sums: dict[UUID, dict[str, Decimal]] = defaultdict(dict)
    lines = Line.objects.visible_to(actor).filter(site_id__in=keys, retired_on=None)
    for site, unit, capacity in lines.order_by("id").values_list(
        "site_id", "capacity_unit", "capacity"
    ):
        if capacity is None:
            continue
        units = sums[site]
        units[unit] = units.get(unit, Decimal(0)) + capacity
    return {
        site: _("；").join(quantity(total, unit) for unit, total in units.items())
        for site, units in sums.items()
    }


def _notes(actor: Actor, sites: Iterable[Site], text: str) -> dict[UUID, str]:
    """Why an enterprise was found by a name that the row does not show; the query runs for a search only."""
    term = search_term(text)
    if not term or not _sees_enterprises(actor):
        return {}
    notes: dict[UUID, list[str]] = defaultdict(list)
    names = EnterpriseName.objects.visible_to(actor).filter(
        enterprise_id__in={site.enterprise_id for site in sites}
    )
    for name in names.order_by("name"):
        label = _("%(kind)s：%(name)s") % {"kind": name.get_kind_display(), "name": name.name}
        notes[name.enterprise_id].append(label)
    return {key: _("；").join(texts) for key, texts in notes.items()}


def count_sites(actor: Actor) -> int:
    """How many sites the reader sees."""
    require(actor, "registry.site.view")
    return Site.objects.visible_to(actor).count()


def count_unconfirmed(actor: Actor) -> int:
    """How many sites wait for a person to confirm their supervising region."""
    require(actor, "registry.site.view")
    return Site.objects.visible_to(actor).filter(GAPS["region"][1]).count()
