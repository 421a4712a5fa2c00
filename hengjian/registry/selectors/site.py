"""One site: its facts, industries, lines, meters, limits, projects and names, ready to show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import can, fetch
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.text import MISSING, N_, number, percent, quantity
from hengjian.registry.models import (
    EnterpriseName,
    Limit,
    Line,
    Meter,
    OutputControl,
    Project,
    Site,
    SiteIndustry,
    SiteSource,
)
from hengjian.registry.rules.facts import SiteFacts
from hengjian.registry.rules.limits import LEVEL_LABELS, Level, LimitKind, level_that_binds
from hengjian.registry.rules.metering import LABELS, VerificationState, verification
from hengjian.registry.selectors.ledger import supervision_text

# Days before the end of a verification at which a page warns.
WARN_DAYS = 30
INDICATORS = {
    "comprehensive_energy": N_("单位产品综合能耗"),
    "process_energy": N_("工序单位产品能耗"),
    "electricity": N_("单位产品电耗"),
    "net_coal_rate": N_("供电煤耗"),
    "heat_coal_rate": N_("供热煤耗"),
    "ac_electricity": N_("单位产品交流电耗"),
    "comprehensive_ac_electricity": N_("单位产品综合交流电耗"),
    "energy_factor_intensity": N_("单位能量因数能耗"),
    "coal_consumption": N_("单位产品煤耗"),
    "coke_consumption": N_("单位产品焦炭消耗"),
    "furnace_electricity": N_("冶炼电耗"),
}
CONFIDENCE = {
    "found": N_("已核对公开文本"),
    "memory_crosschecked": N_("已交叉核对，原文待查"),
    "to_verify": N_("待核实"),
}


@dataclass(frozen=True, slots=True)
class SitePage:
    """Everything of one site that the registry knows, as the page shows it."""

    id: UUID
    enterprise_id: UUID
    region_id: int
    head: dict[str, Any]
    facts: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    meters: list[dict[str, Any]]
    limits: list[dict[str, Any]]
    projects: list[dict[str, Any]]
    region_confirmed: bool
    proposed_region: int | None
    may_change: bool
    may_confirm: bool
    may_name: bool
    subjects: tuple[str, ...]


def find_site(actor: Actor, site_id: UUID) -> Site:
    """The site within the scope. Raises NotVisible."""
    return fetch(
        Site.objects.select_related("region__city"), actor, "registry.site.view", pk=site_id
    )


def stated_site(actor: Actor, site_id: UUID) -> tuple[SiteFacts, list[str]]:
    """The stated facts of a site and its industries, the main one first. Raises NotVisible."""
    site = find_site(actor, site_id)
    codes = site.industries.order_by("-main", "industry__seq").values_list("industry_id", flat=True)
    return facts_of(site), list(codes)


def facts_of(site: Site) -> SiteFacts:
    """The stated facts of a stored site."""
    stored = {f.name: getattr(site, f.name) for f in fields(SiteFacts)}
    return SiteFacts(**{**stored, "aliases": tuple(site.aliases)})


def site_detail(actor: Actor, site_id: UUID, today: date) -> SitePage:
    """One site on a day. Raises NotVisible."""
    sees_owner = actor.kind is not Kind.RESIDENT
    joins = ["region__city", "proposed_region", *(["enterprise"] if sees_owner else [])]
    site = fetch(Site.objects.select_related(*joins), actor, "registry.site.view", pk=site_id)
    industries = list(
        SiteIndustry.objects.visible_to(actor)
        .filter(site=site)
        .select_related("industry")
        .order_by("-main", "industry__seq")
    )
    controls = list(
        OutputControl.objects.visible_to(actor)
        .filter(Q(valid_to=None) | Q(valid_to__gte=today), site=site, valid_from__lte=today)
        .order_by("valid_from")
    )
    names = list(
        EnterpriseName.objects.visible_to(actor)
        .filter(enterprise_id=site.enterprise_id)
        .order_by("kind", "name")
        if sees_owner
        else []
    )
    return SitePage(
        id=site.pk,
        enterprise_id=site.enterprise_id,
        region_id=site.region_id,
        head=_head(site, industries, names, controlled=bool(controls), sees_owner=sees_owner),
        facts=[*_facts(site, controls), *_origin(actor, site)],
        lines=_lines(actor, site, today),
        meters=_meters(actor, site, today),
        limits=limits_of([i.industry_id for i in industries], site.commissioned_on, today),
        projects=_projects(actor, site),
        region_confirmed=site.region_confirmed_at is not None,
        proposed_region=site.proposed_region_id,
        may_change=can(actor, "registry.site.change", site),
        may_confirm=can(actor, "registry.site.confirm_region", site),
        may_name=can(actor, "registry.enterprise.name"),
        subjects=(f"registry.site:{site.pk}", f"registry.enterprise:{site.enterprise_id}"),
    )


def _head(
    site: Site,
    industries: list[SiteIndustry],
    names: list[EnterpriseName],
    *,
    controlled: bool,
    sees_owner: bool,
) -> dict[str, Any]:
    notes = [f"{n.get_kind_display()}：{n.name}" for n in names] + list(site.aliases)
    if site.lon is None:
        notes.append(_("待补坐标"))
    if site.region_confirmed_at is None:
        notes.append(supervision_text(site))
    owner = site.enterprise if sees_owner else None
    return {
        "name": site.name,
        "enterprise": owner.name if owner else "",
        "code": (owner.credit_code or _("统一社会信用代码待补")) if owner else "",
        "controlled": controlled,
        "industry": _("、").join(i.industry.name for i in industries),
        "region": _region_name(site),
        "note": " · ".join(notes),
        "is_demo": site.is_demo,
    }


def _region_name(site: Site) -> str:
    region = site.region
    if region.city is None or region.city_id == region.code:
        return region.name
    return f"{region.city.name} {region.name}"


def _facts(site: Site, controls: Iterable[OutputControl]) -> list[dict[str, Any]]:
    point = (
        _("待补坐标")
        if site.lon is None or site.lat is None
        else f"{number(site.lat, 4)}°N {number(site.lon, 4)}°E"
    )
    proposed = site.proposed_region
    facts = [
        (_("监管属地"), f"{_region_name(site)}（{supervision_text(site)}）"),
        (_("按坐标推定"), proposed.name if proposed else MISSING),
        (_("坐标"), point),
        (_("坐标系"), site.get_datum_display() if site.lat is not None else MISSING),
        (_("状态"), site.get_status_display()),
        (_("投产日期"), _day(site.commissioned_on)),
        (_("生产日起点"), _("%(hour)s 时") % {"hour": site.day_start}),
        (_("重点企业"), _("是，每日报送") if site.key_site else _("否")),
        (
            _("产量受控"),
            _("；").join(_("自 %(day)s") % {"day": _day(c.valid_from)} for c in controls)
            or _("否"),
        ),
    ]
    return [{"label": label, "value": value} for label, value in facts]


def _origin(actor: Actor, site: Site) -> list[dict[str, Any]]:
    rows = SiteSource.objects.visible_to(actor).filter(site=site).order_by("source", "source_id")
    return [
        {"label": _("来源"), "value": f"{row.source} {row.source_id}", "tone": "code"}
        for row in rows
    ]


def _lines(actor: Actor, site: Site, today: date) -> list[dict[str, Any]]:
    rows = Line.objects.visible_to(actor).filter(site=site).order_by("name", "id")
    return [
        {
            "id": row.pk,
            "name": row.name,
            "product": row.product,
            "capacity": quantity(row.capacity, row.capacity_unit),
            "state": _("已退出") if row.retired_on and row.retired_on <= today else _("在用"),
        }
        for row in rows
    ]


def _meters(actor: Actor, site: Site, today: date) -> list[dict[str, Any]]:
    rows = Meter.objects.visible_to(actor).filter(site=site, retired_on=None)
    meters = []
    for row in rows.order_by("level", "code"):
        found = verification(
            last=row.verified_on,
            interval_months=row.interval_months,
            certificate_until=None,
            today=today,
            warn_days=WARN_DAYS,
        )
        until = f" {_day(found.valid_until)}" if found.valid_until else ""
        accuracy = row.accuracy_class or percent(row.relative_error)
        meters.append(
            {
                "code": row.code,
                "name": row.medium,
                "level": row.get_level_display(),
                "accuracy": accuracy,
                "state": found.state.value,
                "valid_until": _(LABELS[found.state]) + until,
                "late": found.state in {VerificationState.OVERDUE, VerificationState.NEVER},
            }
        )
    return meters


def limits_of(
    industries: Iterable[str], commissioned: date | None, today: date
) -> list[dict[str, Any]]:
    """The limits in force on a day for the products of some industries: the edition that took effect last.

    The value is that of the level that binds a plant of that age; a level left open by the standard is said.
    """
    rows = (
        Limit.objects.filter(
            Q(effective_to=None) | Q(effective_to__gte=today),
            industry_id__in=list(industries),
            effective_from__lte=today,
        )
        .order_by("row_type", "industry__seq", "product", "indicator", "unit", "-effective_from")
        .distinct("row_type", "industry__seq", "product", "indicator", "unit")
    )
    return [_limit(row, commissioned) for row in rows]


def _limit(row: Limit, commissioned: date | None) -> dict[str, Any]:
    level = Level.BASELINE
    if row.row_type == LimitKind.GB_LIMIT and row.effective_from is not None:
        level = level_that_binds(commissioned=commissioned, effective_from=row.effective_from)
    value: Decimal | None = getattr(row, level.value)
    return {
        "product": row.product,
        "indicator": row.indicator,
        "item": _(INDICATORS.get(row.indicator, row.indicator)),
        "level": _(LEVEL_LABELS[level]),
        "value": number(value) if value is not None else _("标准未规定"),
        "unit": row.unit,
        "standard": row.standard,
        "since": _day(row.effective_from),
        "confidence": _(CONFIDENCE.get(row.confidence, row.confidence)),
        "actual": MISSING,
        "over": False,
    }


def _projects(actor: Actor, site: Site) -> list[dict[str, Any]]:
    rows = Project.objects.visible_to(actor).filter(site=site).select_related("industry")
    return [
        {
            "name": row.name,
            "code": row.code or _("代码待补"),
            "industry": row.industry.name,
            "stage": row.get_stage_display(),
            "listed": _("清单内") if row.listed else _("清单外"),
        }
        for row in rows.order_by("name")
    ]


def _day(day: date | None) -> str:
    return day.isoformat() if day else MISSING
