"""Output plans: the revision that holds, for the page of a site and for the rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from hengjian.kernel.access.actor import Actor
from hengjian.registry.models import OutputPlan


def plan_rows(actor: Actor, years: tuple[int, int], as_of: datetime) -> Iterator[dict[str, Any]]:
    """Newest revision set by ``as_of`` of each site, product and year (both ends included), for the rules."""
    rows = _newest(actor, Q(year__range=years, set_at__lte=as_of))
    return (
        {
            "site_id": str(row.site_id),
            "product": row.product,
            "year": row.year,
            "amount": row.amount,
            "unit": row.unit,
            "basis": row.basis,
        }
        for row in rows.iterator(chunk_size=2000)
    )


def site_plans(actor: Actor, site_id: UUID) -> list[dict[str, Any]]:
    """The plans of a site as its page shows them, the newest year first."""
    return [
        {
            "product": row.product,
            "year": row.year,
            "amount": row.amount,
            "unit": row.unit,
            "basis": row.basis,
            "revision": row.revision,
            "set_on": row.set_at,
        }
        for row in _newest(actor, Q(site_id=site_id)).order_by(
            "site_id", "-year", "product", "-revision"
        )
    ]


def _newest(actor: Actor, which: Q) -> Any:
    visible = OutputPlan.objects.visible_to(actor).filter(which)
    return visible.order_by("site_id", "year", "product", "-revision").distinct(
        "site_id", "year", "product"
    )
