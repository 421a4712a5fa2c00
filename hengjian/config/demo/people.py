"""The invented organs, posts and people, with one demo account for each role."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings

from hengjian.config.demo.plan import Holding, firms, holdings, plants
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import ROLES, Role
from hengjian.kernel.access.models import Account
from hengjian.kernel.access.services import open_account
from hengjian.kernel.people.models import Organ, Person
from hengjian.kernel.people.services import appoint, create_organ, create_post, register_person
from hengjian.kernel.text import N_
from hengjian.registry.models import Site

# In office since before the first report that they send.
SINCE = timedelta(days=240)


def appoint_all(*, actor: Actor, sites: Mapping[str, UUID], now: datetime, today: date) -> None:
    """Organs, posts, people and terms of data/people.csv."""
    enterprises = dict(
        Site.objects.filter(pk__in=sites.values()).values_list("pk", "enterprise_id")
    )
    organs: dict[tuple[int, str], Organ] = {}
    people: dict[str, Person] = {}
    for held in holdings():
        site = sites[held.site] if held.site else None
        enterprise = enterprises[site] if site else None
        at_firm = held.role in {Role.ENTERPRISE_REPORTER, Role.ENTERPRISE_REVIEWER}
        name = held.organ or organ_name(held)
        if (held.region, name) not in organs:
            organs[held.region, name] = create_organ(
                actor=actor,
                name=name,
                department=held.department,
                region=held.region,
                # A resident supervisor's organ is no business of the enterprise he watches.
                enterprise=enterprise if at_firm else None,
                site=None if at_firm else site,
                now=now,
            )
        organ, role = organs[held.region, name], Role(held.role)
        post = create_post(actor=actor, organ=organ, title=held.title, role=role, now=now)
        if not held.person:
            continue
        known = people.get(held.username)
        person = known or _person(actor, held, enterprise if at_firm else None, now)
        if held.username:
            people[held.username] = person
        appoint(
            actor=actor,
            person=person,
            post=post,
            valid_from=today - SINCE,
            now=now,
            basis=N_("演示数据"),
        )


def organ_name(held: Holding) -> str:
    """The organ of a post at a site: the enterprise itself, or the team that watches it."""
    plant = plants()[held.site]
    firm = firms()[plant.firm]
    if held.role == Role.RESIDENT_SUPERVISOR:
        return N_("驻{site}监督组").format(site=firm.brand + plant.name)
    return firm.name


def accounts_file() -> list[dict[str, str]]:
    """Role, user name and password of each account, as the command line prints them."""
    seen: dict[str, dict[str, str]] = {}
    for held in holdings():
        if held.username:
            seen.setdefault(
                held.username,
                {
                    "role": ROLES[Role(held.role)].label,
                    "username": held.username,
                    "password": settings.DEMO_PASSWORD,
                },
            )
    return list(seen.values())


def _person(actor: Actor, held: Holding, enterprise: UUID | None, now: datetime) -> Person:
    account: Account | None = None
    if held.username:
        account = open_account(
            actor=actor,
            username=held.username,
            name=held.person,
            password=settings.DEMO_PASSWORD,
            sphere=ROLES[Role(held.role)].sphere,
            now=now,
            demo=True,
        )
    return register_person(
        actor=actor,
        name=held.person,
        region=held.region,
        account=account,
        now=now,
        enterprise=enterprise,
    )
