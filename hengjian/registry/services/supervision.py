"""The supervising region (监管属地) of a site: proposed by the map, confirmed by a person (W3, G1)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import FieldError, ValidationFailed
from hengjian.kernel.regions.models import Region, RegionLevel
from hengjian.kernel.text import N_
from hengjian.registry.models import Enterprise, Site
from hengjian.registry.rules.regions import regions_after_move
from hengjian.registry.services.enterprise import set_regions
from hengjian.registry.services.location import require_assignable


@transaction.atomic
def confirm_region(
    *, actor: Actor, site_id: UUID, region: int, now: datetime, reason: str = ""
) -> Site:
    """Confirm the supervising region of a site; everything that hangs on the site moves with it.

    Confirming the same region again changes nothing and records nothing.

    Raises:
        NotVisible: the site is out of scope.
        ValidationFailed: not a county or functional zone, or outside the acting post's area.
    """
    verb = "registry.site.confirm_region"
    site = fetch(Site.objects.select_for_update(of=("self",)), actor, verb, pk=site_id)
    require_assignable(actor, region)
    if Region.objects.get(code=region).level != RegionLevel.COUNTY:
        raise ValidationFailed([FieldError("region", N_("监管属地应为县（市、区）或功能区"))])
    before = site.region_id
    if before == region and site.region_confirmed_at is not None:
        return site
    site.region_id = region
    site.region_confirmed_at = now
    site.save(update_fields=["region", "region_confirmed_at"])
    if before != region:
        _follow(actor, site, before)
    record(
        actor=actor,
        verb=verb,
        subject=f"registry.site:{site.pk}",
        region=region,
        now=now,
        reason=reason,
        data={"before": before, "after": region, "proposed": site.proposed_region_id},
    )
    return site


def _follow(actor: Actor, site: Site, left: int) -> None:
    """Keep the enterprise in the regions of its sites. Sites in ``left`` are all visible to who could move this one."""
    enterprise = Enterprise.objects.select_for_update(of=("self",)).get(pk=site.enterprise_id)
    stay = Site.objects.visible_to(actor).filter(enterprise=enterprise, region_id=left).exists()
    set_regions(
        enterprise,
        regions_after_move(
            enterprise.regions,
            seat=enterprise.seat_id,
            left=left,
            entered=site.region_id,
            others_in_left=stay,
        ),
    )
