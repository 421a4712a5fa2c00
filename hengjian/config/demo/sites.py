"""Registers the invented enterprises and sites, with lines, meters, projects and output control."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hengjian.config.demo.chance import draw, happens
from hengjian.config.demo.places import point_in
from hengjian.config.demo.plan import Firm, Plant, firms, plants, rows, words
from hengjian.config.demo.quantities import form_items, main_product, recipes
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.audit.services import record
from hengjian.kernel.text import N_
from hengjian.measures.rules.conversion import ItemKind
from hengjian.registry.models import (
    EnterpriseName,
    Meter,
    OutputControl,
    Project,
    Site,
    SiteSource,
)
from hengjian.registry.rules.facts import NewLine, NewSite, SiteFacts
from hengjian.registry.services.enterprise import add_name, register_enterprise
from hengjian.registry.services.site import register_site
from hengjian.registry.services.supervision import confirm_region

REGISTER = N_("演示数据")
DAYS_OF_A_YEAR = 330
INTERVAL_MONTHS = 12
OVERDUE_PERCENT = 12
# Media a site of any industry meters at its gate, with class and permitted relative error (GB 17167).
METERED = {ItemKind.ENERGY: ("0.5", "0.005"), ItemKind.COAL: ("0.5", "0.005")}


def present_sites() -> Mapping[str, UUID]:
    """Site ids by key, of what an earlier load registered."""
    known = SiteSource.objects.filter(source=REGISTER)
    return dict(known.values_list("source_id", "site_id"))


def register_all(*, actor: Actor, now: datetime, today: date) -> Mapping[str, UUID]:
    """Everything of the registry; site ids by key."""
    found: dict[str, UUID] = {}
    for firm in firms().values():
        mine = [plant for plant in plants().values() if plant.firm == firm.key]
        enterprise = _register_firm(actor, firm, now, today)
        for plant in mine:
            site = register_site(
                actor=actor, enterprise_id=enterprise, new=_new_site(plant), now=now
            )
            if plant.confirmed:
                site = confirm_region(
                    actor=actor,
                    site_id=site.pk,
                    region=plant.county,
                    now=now,
                    reason=N_("按地图坐标核定"),
                )
            found[plant.key] = site.pk
    _attach(actor, found, now, today)
    return found


def _register_firm(actor: Actor, firm: Firm, now: datetime, today: date) -> UUID:
    enterprise = register_enterprise(
        actor=actor, name=firm.name, seat=firm.seat, credit_code=firm.credit_code, now=now
    )
    kinds = EnterpriseName.Kind
    for name, kind in ((firm.former, kinds.FORMER), (firm.alias, kinds.ALIAS)):
        if name:
            add_name(
                actor=actor,
                enterprise_id=enterprise.pk,
                name=name,
                kind=kind.value,
                until=today - timedelta(days=900) if kind is kinds.FORMER else None,
                now=now,
            )
    return enterprise.pk


def _new_site(plant: Plant) -> NewSite:
    lon, lat = point_in(plant.county, plant.key)
    firm = firms()[plant.firm]
    # The register names the plant, not the firm: the brand makes it known in a list of sites.
    facts = SiteFacts(
        name=f"{firm.brand}{plant.name}",
        aliases=(f"{firm.alias}{plant.name}",) if firm.alias else (),
        lon=lon,
        lat=lat,
        commissioned_on=plant.commissioned,
        day_start=plant.day_start,
        key_site=plant.key_site,
        is_demo=True,
    )
    return NewSite(facts=facts, industries=plant.industries, lines=tuple(lines_of_plant(plant)))


def lines_of_plant(plant: Plant) -> Iterator[NewLine]:
    """One line per product that the site makes; two where one product is compared with a limit."""
    outputs = [
        (form_items()[part.item], part.ratio)
        for part in recipes()[plant.recipe]
        if form_items()[part.item].item.kind is ItemKind.OUTPUT and part.ratio
    ]
    if plant.limit_product:
        main = main_product(plant)
        for number in (1, 2):
            yield NewLine(
                name=f"{number}{words('line')[0]}",
                industry=plant.industries[0],
                product=plant.limit_product,
                capacity=plant.capacity * DAYS_OF_A_YEAR / 2,
                capacity_unit=main.item.unit,
                commissioned_on=plant.commissioned,
            )
        return
    for number, (item, ratio) in enumerate(outputs, start=1):
        yield NewLine(
            name=f"{number}{words('line')[0]}",
            industry=next(i for i in plant.industries if item.belongs_to(i)),
            product=item.product_code,
            capacity=(plant.capacity * ratio * DAYS_OF_A_YEAR).quantize(Decimal("0.01")),
            capacity_unit=item.item.unit,
            commissioned_on=plant.commissioned,
        )


def _attach(actor: Actor, ids: Mapping[str, UUID], now: datetime, today: date) -> None:
    """What hangs on a site, in bulk; one history entry per site."""
    rows_of = Site.objects.in_bulk(ids.values())
    sites = {key: rows_of[pk] for key, pk in ids.items()}
    numbers = [
        SiteSource(**_scope(site), source=REGISTER, source_id=key) for key, site in sites.items()
    ]
    meters = [m for key, site in sites.items() for m in _meters(site, plants()[key], today)]
    controls = [c for key, site in sites.items() for c in _controls(site, plants()[key], today)]
    projects = [_project(sites[row["site"]], row) for row in rows("projects.csv")]
    SiteSource.objects.bulk_create(numbers)
    Meter.objects.bulk_create(meters)
    OutputControl.objects.bulk_create(controls)
    Project.objects.bulk_create(projects)
    hung = Counter(
        (thing.site_id, thing._meta.label_lower)
        for thing in (*numbers, *meters, *controls, *projects)
    )
    for site in sites.values():
        record(
            actor=actor,
            verb="registry.site.change",
            subject=f"registry.site:{site.pk}",
            region=site.region_id,
            now=now,
            data={kind: count for (pk, kind), count in hung.items() if pk == site.pk},
        )


def _scope(site: Site) -> dict[str, Any]:
    return {"site": site, "region_id": site.region_id, "enterprise_id": site.enterprise_id}


def _meters(site: Site, plant: Plant, today: date) -> Iterator[Meter]:
    items = [form_items()[part.item] for part in recipes()[plant.recipe]]
    for number, line in enumerate((i for i in items if i.item.kind in METERED), start=1):
        accuracy, error = METERED[line.item.kind]
        overdue = happens(OVERDUE_PERCENT, "overdue", plant.key, line.item.code)
        age = draw("verified", plant.key, line.item.code) % 300 + (370 if overdue else 20)
        yield Meter(
            **_scope(site),
            code=f"DEMO-{number:02d}",
            level=Meter.Level.SITE,
            medium=line.item.subject,
            accuracy_class=accuracy,
            relative_error=Decimal(error),
            verified_on=today - timedelta(days=age),
            interval_months=INTERVAL_MONTHS,
        )


def _controls(site: Site, plant: Plant, today: date) -> Iterator[OutputControl]:
    for row in rows("controls.csv"):
        if row["industry"] in plant.industries:
            yield OutputControl(
                **_scope(site),
                product=row["product"],
                valid_from=date(today.year, 1, 1),
                valid_to=date(today.year, 12, 31),
                basis=row["basis"],
            )


def _project(site: Site, row: Mapping[str, str]) -> Project:
    return Project(
        **_scope(site),
        name=row["name"],
        code=row["code"],
        industry_id=row["industry"],
        stage=row["stage"],
        listed=row["listed"] == "1",
    )
