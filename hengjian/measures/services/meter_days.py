"""Complete days of a site's entry meters become reports of source meter; each can be traced to its readings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.audit.services import record
from hengjian.measures.models import Report
from hengjian.measures.models.report import DAILY
from hengjian.measures.permissions import Source
from hengjian.measures.reference import daily_items
from hengjian.measures.rules.conversion import Factor, Figure, factor_in_force
from hengjian.measures.selectors.figures import PURCHASED
from hengjian.measures.selectors.readings import DayTotal, day_totals, days_of, entry_meters
from hengjian.measures.services.intake import Plant, Sender, build, read_quantities
from hengjian.measures.services.plants import factors_between, lock_site, plants
from hengjian.registry.models import Meter, Site

VERB = "measures.report.load"
UNIT = "kWh"
# Ids of these reports are made of what they say, so that a repeated run finds the report it made.
NAMESPACE = UUID("7f0d4c0e-4f0b-5b52-9a39-0d5c6f4f9d10")


@dataclass(frozen=True, slots=True)
class MeteredDay:
    """A day that all entry meters measured to the last quarter-hour; kWh of the site."""

    day: date
    kwh: Decimal
    totals: Sequence[DayTotal]


@dataclass(frozen=True, slots=True)
class Reported:
    """Reports made, and complete days for which no factor of electricity was in force: they wait for one."""

    made: int
    without_factor: tuple[date, ...]


@transaction.atomic
def report_days(
    *, actor: Actor, site_id: UUID, days: Collection[date], now: datetime, today: date
) -> Reported:
    """Report the complete ones of ``days`` (before ``today``) as source meter.

    A day is complete when every electricity meter at the entry of the site (level 1, in service) has measured all
    its quarter-hours. A day that was reported already is revised when its sum changed, else left alone.
    """
    require(actor, VERB)
    site = fetch(Site.objects.all(), actor, VERB, id=site_id)
    past = sorted(day for day in days if day < today)
    if not past:
        return Reported(0, ())
    lock_site(site.pk)
    plant = _plant(site)
    factors = factors_between(past[0], past[-1])
    latest = _latest(site, past)
    made, waiting = [], []
    for day in _complete(actor, site, past):
        earlier = latest.get(day.day)
        if earlier is not None and Decimal(earlier.quantities[PURCHASED]["value"]) == day.kwh:
            continue
        if _convertible(factors, day.day):
            made.append((day, _report(plant, day, earlier, factors, actor=actor, now=now)))
        else:
            waiting.append(day.day)
    _keep(actor, site, made, now)
    return Reported(len(made), tuple(waiting))


def _convertible(factors: Sequence[Factor], day: date) -> bool:
    """Whether every figure that is worked out of electricity has its factor on the day."""
    subject = daily_items()[PURCHASED].subject
    return all(factor_in_force(factors, subject, figure, day) for figure in Figure)


def _complete(actor: Actor, site: Site, past: Sequence[date]) -> list[MeteredDay]:
    meters = entry_meters(actor, site.pk)
    wanted, days = set(past), days_of(site)
    totals = {
        (total.meter_id, total.day): total
        for total in day_totals(actor, site.pk, past[0], past[-1])
        if total.day in wanted
    }
    found = []
    for day in past:
        own = [totals.get((m.pk, day)) for m in meters if _in_service(m, day)]
        quarters = len(days.ends(day))
        full = [t for t in own if t is not None and t.measured == quarters]
        if own and len(full) == len(own):
            found.append(MeteredDay(day, sum((t.active_kwh for t in full), Decimal()), full))
    return found


def _in_service(meter: Meter, day: date) -> bool:
    return meter.retired_on is None or meter.retired_on > day


def _latest(site: Site, past: Sequence[date]) -> Mapping[date, Report]:
    rows = Report.objects.filter(
        site=site, form=DAILY, source=Source.METER.value, period__range=(past[0], past[-1])
    ).order_by("period", "revision")
    return {row.period: row for row in rows}


def _report(
    plant: Plant,
    day: MeteredDay,
    earlier: Report | None,
    factors: Sequence[Factor],
    *,
    actor: Actor,
    now: datetime,
) -> Report:
    """The unsaved report of a day, a revision where an earlier one says something else."""
    revision = 1 if earlier is None else earlier.revision + 1
    return build(
        report_id=uuid5(NAMESPACE, f"{plant.site_id} {day.day} {revision} {day.kwh}"),
        plant=plant,
        period=day.day,
        source=Source.METER,
        revision=revision,
        reason="" if earlier is None else _("计量读数有更正，按更正后的读数重新汇总"),
        quantities=read_quantities({PURCHASED: (f"{day.kwh:f}", UNIT)}, plant.lines),
        factors=factors,
        sender=Sender(None, actor.name, actor.post),
        received_at=now,
    )


def _plant(site: Site) -> Plant:
    """The site with the one line that a meter speaks of: what others must fill in is not the meter's to say."""
    plant = plants([site])[site.pk]
    return replace(plant, lines=tuple(x for x in plant.lines if x.item.code == PURCHASED))


def _keep(
    actor: Actor, site: Site, made: Sequence[tuple[MeteredDay, Report]], now: datetime
) -> None:
    if not made:
        return
    reports = [report for _day, report in made]
    Report.objects.bulk_create(reports, batch_size=500)
    record(
        actor=actor,
        verb=VERB,
        subject=f"registry.site:{site.pk}",
        now=now,
        region=site.region_id,
        data={
            "source": Source.METER.value,
            "reports": len(reports),
            "first": reports[0].period,
            "last": reports[-1].period,
            "meters": sorted({str(t.meter_id) for day, _report in made for t in day.totals}),
            "sha256": [report.sha256 for report in reports],
        },
    )
