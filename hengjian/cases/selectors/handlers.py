"""Duties that may handle a problem of a region."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from hengjian.cases.permissions import HANDLERS
from hengjian.kernel.access.models import Duty, Reach
from hengjian.kernel.regions.models import Region

MOST = 200


def _in_force(today: date) -> Q:
    return Q(valid_from__lte=today) & (Q(valid_to=None) | Q(valid_to__gte=today))


def _duties(region: int, today: date) -> QuerySet[Duty]:
    place = Region.objects.get(pk=region)
    above = {place.code, place.city_id, place.province_id} - {None}
    reach = Reach.objects.filter(_in_force(today), duty=OuterRef("pk"), region__in=above)
    return Duty.objects.filter(
        _in_force(today), Exists(reach), role__in=HANDLERS, account__is_active=True
    ).select_related("account")


def duty_that_may_handle(duty_id: int, region: int, today: date) -> Duty | None:
    """The duty, when in force today, of a handling role, and reaching the region."""
    return _duties(region, today).filter(pk=duty_id).first()


def handler_choices(region: int, today: date) -> list[tuple[str, str]]:
    """(duty id, name and post) of those who may handle a problem of the region, nearest offices first."""
    rows = _duties(region, today).order_by("-home_region_id", "post", "id")[:MOST]
    return [(str(d.pk), f"{d.account.name}（{d.post}）") for d in rows]
