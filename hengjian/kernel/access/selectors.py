"""Reads about accounts and duties: which posts may be assumed today, and the actor that one makes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Q

from hengjian.kernel.access.actor import ANONYMOUS, Actor
from hengjian.kernel.access.declare import ROLES, Role
from hengjian.kernel.access.models import Account, Duty, Key, Reach, Sender
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


def sender_of(key: Key) -> Sender:
    """The system that holds a key, with its account."""
    return Sender.objects.select_related("account").get(pk=key.sender_id)


def demo_duties() -> Sequence[Duty]:
    """The first duty of each demo account, for the list on the demo's sign-in page."""
    rows = (
        Duty.objects.filter(account__is_demo=True)
        .select_related("account")
        .order_by("account_id", "id")
    )
    return list({d.account_id: d for d in reversed(rows)}.values())[::-1]
