"""Posts that an alert may be given to: in force, of a role that triages, with reach within one's own area."""

from __future__ import annotations

from collections.abc import Set
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.models import Duty, Reach
from hengjian.kernel.access.scope import can
from hengjian.kernel.regions.models import Region
from hengjian.monitoring.models import Alert
from hengjian.monitoring.permissions import TRIAGE

MOST = 200


def _in_force(today: date) -> Q:
    return Q(valid_from__lte=today) & (Q(valid_to=None) | Q(valid_to__gte=today))


def assignable(actor: Actor, today: date) -> QuerySet[Duty]:
    """Duties whose area lies within the actor's: work is given down or across, not up."""
    within = Reach.objects.filter(
        _in_force(today), duty=OuterRef("pk"), region__in=list(actor.regions)
    )
    return Duty.objects.filter(
        _in_force(today), Exists(within), role__in=TRIAGE, account__is_active=True
    ).select_related("account")


def reaches_all(duty: Duty, regions: Set[int], today: date) -> bool:
    """Whether the duty's area covers every one of the regions. Two queries."""
    reached = set(
        Reach.objects.filter(_in_force(today), duty=duty, region__isnull=False).values_list(
            "region_id", flat=True
        )
    )
    places = Region.objects.filter(pk__in=regions)
    return all({place.pk, place.city_id, place.province_id} & reached for place in places)


def assignee_choices(actor: Actor, today: date) -> list[tuple[str, str]]:
    """(duty id, name and post) for the form of assigning; empty for those who may not assign."""
    if not can(actor, "monitoring.alert.assign"):
        return []
    rows = assignable(actor, today).order_by("home_region_id", "post", "id")[:MOST]
    return [(str(duty.pk), f"{duty.account.name}（{duty.post}）") for duty in rows]


def holders(actor: Actor) -> list[tuple[str, str]]:
    """(duty id, name) of those who hold alerts in scope, for the filter. One query."""
    rows = (
        Alert.objects.visible_to(actor)
        .filter(assignee_duty__isnull=False)
        .order_by("assignee_name", "assignee_duty_id")
        .values_list("assignee_duty_id", "assignee_name")
        .distinct()[:MOST]
    )
    return [(str(duty), name) for duty, name in rows]
