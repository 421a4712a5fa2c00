"""Reads about accounts and duties: which posts may be assumed today, and the actor that one makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Q

from hengjian.kernel.access.actor import ANONYMOUS, Actor
from hengjian.kernel.access.declare import ROLES, Role
from hengjian.kernel.access.models import Account, Duty, Reach
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.regions.models import Region


def _in_force(day: date) -> Q:
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gte=day))


def duties_of(account: Account, today: date) -> Sequence[Duty]:
    """The duties that the account may act in today, oldest first."""
    return list(Duty.objects.filter(_in_force(today), account=account).order_by("valid_from", "id"))


def actor_for(account: Account, duty: Duty | None, today: date) -> Actor:
    """The actor of an account in one of its duties, with the scope of today.

    The scope is computed here on its own, not by the database's functions: two walls that share a fault are one.
    """
    if duty is None:
        return Actor(account.pk, account.name, None, "", None, ANONYMOUS.kind)
    role = Role(duty.role)
    reaches = list(Reach.objects.filter(_in_force(today), duty=duty))
    roots = {r.region_id for r in reaches if r.region_id}
    regions: tuple[int, ...] = ()
    if roots:
        below = Region.objects.filter(Q(code__in=roots) | Q(city__in=roots) | Q(province__in=roots))
        regions = tuple(below.values_list("code", flat=True))
    return Actor(
        account_id=account.pk,
        name=account.name,
        duty_id=duty.pk,
        post=duty.post,
        role=role,
        kind=ROLES[role].kind,
        regions=regions,
        enterprises=tuple(r.enterprise for r in reaches if r.enterprise),
        sites=tuple(r.site for r in reaches if r.site),
        cases=tuple(r.case for r in reaches if r.case),
        home_region=duty.home_region_id,
        sources=tuple(account.sender.sources) if role is Role.SENDER else (),
    )


_SENDER = """
SELECT a.id, a.name, a.is_active, s.sources, s.networks, d.id, d.post, d.home_region_id,
  (SELECT array_agg(DISTINCT r.code) FROM access_reach x
   JOIN regions_region r ON x.region_id IN (r.code, r.city_id, r.province_id)
   WHERE x.duty_id = d.id AND %(day)s BETWEEN x.valid_from AND coalesce(x.valid_to, 'infinity')),
  (SELECT array_agg(x.enterprise) FROM access_reach x WHERE x.duty_id = d.id AND x.enterprise IS NOT NULL
   AND %(day)s BETWEEN x.valid_from AND coalesce(x.valid_to, 'infinity')),
  (SELECT array_agg(x.site) FROM access_reach x WHERE x.duty_id = d.id AND x.site IS NOT NULL
   AND %(day)s BETWEEN x.valid_from AND coalesce(x.valid_to, 'infinity'))
FROM access_sender s JOIN access_account a ON a.id = s.account_id
LEFT JOIN access_duty d ON d.account_id = a.id AND %(day)s BETWEEN d.valid_from AND coalesce(d.valid_to, 'infinity')
WHERE s.account_id = %(account)s ORDER BY d.valid_from, d.id LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class System:
    """A sender's system: its actor today (``anonymous`` without a duty in force) and the networks it may come from."""

    actor: Actor
    networks: tuple[str, ...]


def system_of(account_id: int, today: date) -> System:
    """The system with its scope of today, in one query: machines send each report alone."""
    with connection.cursor() as cursor:
        cursor.execute(_SENDER, {"day": today, "account": account_id})
        row = cursor.fetchone()
    account, name, active, sources, networks, duty, post, home, regions, enterprises, sites = row
    acts = active and duty is not None
    actor = Actor(
        account_id=account,
        name=name,
        duty_id=duty if acts else None,
        post=post if acts else "",
        role=Role.SENDER if acts else None,
        kind=Kind.SENDER if acts else Kind.ANONYMOUS,
        regions=tuple(regions or ()),
        enterprises=tuple(enterprises or ()),
        sites=tuple(sites or ()),
        home_region=home,
        sources=tuple(sources),
    )
    return System(actor, tuple(networks))


def demo_duties() -> Sequence[Duty]:
    """The first duty of each demo account, for the list on the demo's sign-in page."""
    rows = (
        Duty.objects.filter(account__is_demo=True)
        .select_related("account")
        .order_by("account_id", "id")
    )
    return list({d.account_id: d for d in reversed(rows)}.values())[::-1]
