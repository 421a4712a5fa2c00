"""Quarter hours of meters for the rules: what was measured, with site and industry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hengjian.analytics.session import load
from hengjian.kernel.access.actor import Actor
from hengjian.measures.rules.intervals import MEASURED
from hengjian.measures.selectors.readings import quarter_facts
from hengjian.monitoring.facts import READINGS
from hengjian.registry.models import Meter, SiteIndustry

FIGURES = ("active", "lagging", "leading", "power_factor", "co2")


def reading_table(*, actor: Actor, first: date, last: date, as_of: datetime) -> Any:
    """READINGS of production days first..last as known at ``as_of``; what was not measured is null."""
    return load(READINGS, _rows(actor, first, last, as_of))


def _rows(actor: Actor, first: date, last: date, as_of: datetime) -> Iterator[dict[str, Any]]:
    industries = dict(
        SiteIndustry.objects.visible_to(actor)
        .filter(main=True)
        .values_list("site_id", "industry_id")
    )
    meters = {
        meter.pk: {
            "site": str(meter.site_id),
            "enterprise_id": str(meter.enterprise_id),
            "region": meter.region_id,
            "industry": industries.get(meter.site_id, ""),
            "meter": meter.code,
        }
        for meter in Meter.objects.visible_to(actor)
    }
    for fact in quarter_facts(actor=actor, first=first, last=last, as_of=as_of):
        measured = fact.flag in MEASURED
        yield meters[fact.meter_id] | {
            "day": fact.production_day,
            "quarter": fact.quarter,
            **{name: _float(getattr(fact, name)) if measured else None for name in FIGURES},
        }


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
