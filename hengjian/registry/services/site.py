"""Registering and changing sites, the units that are supervised (W3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from uuid import UUID

from django.db import transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import FieldError, ValidationFailed
from hengjian.kernel.text import N_, search_key
from hengjian.registry.models import Enterprise, Industry, Line, Site, SiteIndustry
from hengjian.registry.rules.facts import NewLine, NewSite, SiteFacts
from hengjian.registry.rules.regions import with_region
from hengjian.registry.services.enterprise import register_enterprise, set_regions
from hengjian.registry.services.location import (
    PROVINCE,
    propose_region,
    require_assignable,
)


@transaction.atomic
def register_site(*, actor: Actor, enterprise_id: UUID, new: NewSite, now: datetime) -> Site:
    """Register a site of an enterprise.

    Without a region the point decides; without a point the site stays with the province until a person
    confirms its region (待补属地).

    Raises:
        ValidationFailed: facts that break a rule, or a region outside the acting post's area.
    """
    owners = Enterprise.objects.select_for_update(of=("self",))
    enterprise = fetch(owners, actor, "registry.site.create", pk=enterprise_id)
    check_facts(new.facts, new.industries)
    facts = new.facts
    proposed = propose_region(facts.lon, facts.lat, facts.datum)
    region = new.region or proposed or PROVINCE
    require_assignable(actor, region)
    site = Site(
        enterprise=enterprise,
        region_id=region,
        proposed_region_id=proposed,
        search=site_search(facts),
        **stated(facts),
    )
    site.save(force_insert=True)
    set_industries(site, new.industries)
    for line in new.lines:
        add_line(site, line)
    set_regions(enterprise, with_region(enterprise.regions, region))
    record(
        actor=actor,
        verb="registry.site.create",
        subject=f"registry.site:{site.pk}",
        region=region,
        now=now,
        data={
            "enterprise": enterprise.pk,
            **stated(facts),
            "region": region,
            "proposed": proposed,
            "industries": list(new.industries),
            "lines": [asdict(line) for line in new.lines],
        },
    )
    return site


@transaction.atomic
def register_site_of_new_enterprise(
    *, actor: Actor, name: str, credit_code: str, new: NewSite, now: datetime
) -> Site:
    """Register an enterprise with its first site; its seat is taken to be there until someone knows better."""
    require(actor, "registry.site.create")
    facts = new.facts
    check_facts(facts, new.industries)
    seat = new.region or propose_region(facts.lon, facts.lat, facts.datum) or PROVINCE
    enterprise = register_enterprise(
        actor=actor, name=name, seat=seat, credit_code=credit_code, now=now
    )
    return register_site(actor=actor, enterprise_id=enterprise.pk, new=new, now=now)


@transaction.atomic
def change_site(
    *,
    actor: Actor,
    site_id: UUID,
    facts: SiteFacts,
    now: datetime,
    industries: Sequence[str] | None = None,
    reason: str = "",
) -> Site:
    """Change what is stated of a site; before and after are recorded, the same again changes nothing.

    A new point makes a new proposal of the region; the region itself moves only by ``confirm_region``.

    Raises:
        NotVisible: out of scope.
        ValidationFailed: facts that break a rule.
    """
    site = fetch(
        Site.objects.select_for_update(of=("self",)), actor, "registry.site.change", pk=site_id
    )
    present = list(
        site.industries.order_by("-main", "industry_id").values_list("industry_id", flat=True)
    )
    wanted = present if industries is None else list(industries)
    check_facts(facts, wanted)
    before, after = (
        {**stated_of(site), "industries": present},
        {**stated(facts), "industries": wanted},
    )
    changed = sorted(key for key in after if before[key] != after[key])
    if not changed:
        return site
    for name, value in stated(facts).items():
        setattr(site, name, value)
    site.proposed_region_id = propose_region(site.lon, site.lat, site.datum)
    site.search = site_search(facts)
    site.save(update_fields=[*stated(facts), "proposed_region", "search"])
    set_industries(site, wanted)
    record(
        actor=actor,
        verb="registry.site.change",
        subject=f"registry.site:{site.pk}",
        region=site.region_id,
        now=now,
        reason=reason,
        data={
            "before": {key: before[key] for key in changed},
            "after": {key: after[key] for key in changed},
        },
    )
    return site


def stated(facts: SiteFacts) -> dict[str, object]:
    """The columns of a site that hold stated facts."""
    return {
        **{f.name: getattr(facts, f.name) for f in fields(facts)},
        "aliases": list(facts.aliases),
    }


def stated_of(site: Site) -> dict[str, object]:
    """The stated facts of a stored site, comparable with ``stated``."""
    return {f.name: getattr(site, f.name) for f in fields(SiteFacts)}


def site_search(facts: SiteFacts) -> str:
    """The search key of a site; its enterprise has a key of its own."""
    return search_key(names=(facts.name, facts.name_en, *facts.aliases))


def check_facts(facts: SiteFacts, industries: Sequence[str]) -> None:
    """Raise ValidationFailed with every fault of the stated facts."""
    known = set(Industry.objects.values_list("code", flat=True))
    lost = [code for code in industries if code not in known]
    faults: Mapping[tuple[str, str], bool] = {
        ("name", N_("厂区名称不能为空")): not facts.name.strip(),
        ("lat", N_("有经度而没有纬度")): facts.lon is not None and facts.lat is None,
        ("lon", N_("经度应在 73 至 136 之间")): facts.lon is not None
        and not 73 <= facts.lon <= 136,
        ("lat", N_("纬度应在 3 至 54 之间")): facts.lat is not None and not 3 <= facts.lat <= 54,
        ("status", N_("没有这种状态")): facts.status not in Site.Status,
        ("datum", N_("没有这种坐标系")): facts.datum not in Site.Datum,
        ("day_start", N_("生产日起点只能是0时、8时或20时")): facts.day_start not in {0, 8, 20},
        ("industries", N_("至少选择一个行业")): not industries,
        ("industries", N_("没有这个行业代码")): bool(lost),
        ("industries", N_("行业重复")): len(set(industries)) != len(industries),
    }
    errors = [FieldError(*fault) for fault, broken in faults.items() if broken]
    if errors:
        raise ValidationFailed(errors)


def set_industries(site: Site, codes: Sequence[str]) -> None:
    """The industries of a site, the first one main. Rows stay for industries that stay."""
    present = {row.industry_id: row for row in site.industries.select_for_update()}
    main = codes[0]
    for code, row in present.items():
        if row.main and code != main:
            row.main = False
            row.save(update_fields=["main"])
    for code in codes:
        if code not in present:
            SiteIndustry(
                site=site,
                region_id=site.region_id,
                enterprise_id=site.enterprise_id,
                industry_id=code,
                main=code == main,
            ).save(force_insert=True)
    kept = present.get(main)
    if kept is not None and not kept.main:
        kept.main = True
        kept.save(update_fields=["main"])
    SiteIndustry.objects.filter(site=site).exclude(industry_id__in=codes).delete()


def add_line(site: Site, line: NewLine) -> Line:
    """Store a line of a site; the caller has the right to change the site and records the act."""
    if line.capacity is not None and line.capacity < 0:
        raise ValidationFailed([FieldError("capacity", N_("产能不能为负"))])
    row = Line(
        site=site,
        region_id=site.region_id,
        enterprise_id=site.enterprise_id,
        name=line.name,
        industry_id=line.industry,
        product=line.product,
        capacity=line.capacity,
        capacity_unit=line.capacity_unit,
        commissioned_on=line.commissioned_on,
    )
    row.save(force_insert=True)
    return row
