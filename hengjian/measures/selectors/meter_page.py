"""What the page of a site's meters shows: completeness by day, one day's quarter-hours, sums against reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import OuterRef, Subquery

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import can, fetch, require
from hengjian.measures.models import MeterEvent, Reading, ReadingBatch, Report
from hengjian.measures.models.report import DAILY
from hengjian.measures.permissions import SOURCE_OF, Source
from hengjian.measures.rules.intervals import Days, Gap, gaps
from hengjian.measures.rules.units import convert_unit
from hengjian.measures.selectors.figures import PURCHASED
from hengjian.measures.selectors.readings import (
    ELECTRICITY,
    VIEW,
    DayTotal,
    QuarterReading,
    day_readings,
    day_totals,
    days_of,
    electricity_meters,
    events,
)
from hengjian.registry.models import Meter, Site

UNIT = "kWh"


@dataclass(frozen=True, slots=True)
class Stated:
    """Electricity that a report states, kWh, and the report."""

    kwh: Decimal
    report_id: UUID
    revision: int


@dataclass(frozen=True, slots=True)
class DayLine:
    """One production day of the site: sum of the entry meters when complete, what is reported, the difference.

    ``kwh`` None: some quarter-hour is missing or not measured. ``metered`` is the platform's own report, for officials.
    """

    day: date
    kwh: Decimal | None
    measured: int
    expected: int
    reported: Stated | None
    metered: Stated | None

    @property
    def difference(self) -> Decimal | None:
        """Reported less metered, kWh."""
        if self.kwh is None or self.reported is None:
            return None
        return self.reported.kwh - self.kwh

    @property
    def ratio(self) -> Decimal | None:
        """The difference as a part of what was metered."""
        difference = self.difference
        return difference / self.kwh if difference is not None and self.kwh else None


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day of the chosen meter: measured quarter-hours of those expected."""

    day: date
    measured: int
    expected: int
    corrected: int
    kwh: Decimal


@dataclass(frozen=True, slots=True)
class MeterPage:
    """All of the page for one month, meter and day; ``gaps`` are those of the chosen day."""

    site: Site
    meters: Sequence[Meter]
    meter: Meter | None
    first: date
    last: date
    day: date
    hour: int
    calendar: Sequence[CalendarDay]
    quarters: Sequence[tuple[datetime, QuarterReading | None]]
    gaps: Sequence[Gap]
    days: Sequence[DayLine]
    compared_with: Source
    events: Sequence[MeterEvent]
    batches: Sequence[ReadingBatch]
    may_upload: bool


def meter_page(
    actor: Actor, site_id: UUID, *, meter_id: UUID | None, day: date | None, today: date
) -> MeterPage:
    """The month of ``day`` (None: the last day with readings) and, of it, ``day``; access is a fetch, also of the meter."""
    site = fetch(Site.objects.all(), actor, VIEW, id=site_id)
    meters = electricity_meters(actor, site.pk)
    meter = (
        fetch(Meter.objects.filter(site=site, medium=ELECTRICITY), actor, VIEW, id=meter_id)
        if meter_id is not None
        else next(iter(meters), None)
    )
    shown = day or last_day(actor, site.pk) or today
    first, last = month_of(shown)
    days = days_of(site)
    totals = day_totals(actor, site.pk, first, last)
    quarters = _quarters(actor, meter, days, shown)
    present = {end for end, reading in quarters if reading is not None}
    span = days.ends(first)[0] - timedelta(minutes=15), days.ends(last)[-1]
    may_upload = can(actor, "measures.reading.upload")
    return MeterPage(
        site=site,
        meters=meters,
        meter=meter,
        first=first,
        last=last,
        day=shown,
        hour=days.hour_on(shown),
        calendar=_calendar(meter, days, first, last, totals),
        quarters=quarters,
        gaps=gaps([end for end, _reading in quarters], present),
        days=day_lines(
            actor, site, meters=meters, first=first, last=min(last, today), totals=totals, days=days
        ),
        compared_with=SOURCE_OF.get(actor.kind, Source.ENTERPRISE),
        events=events(actor, site.pk, *span),
        batches=_batches(actor, site) if may_upload else (),
        may_upload=may_upload,
    )


def last_day(actor: Actor, site_id: UUID) -> date | None:
    """The last production day of which the site has a reading."""
    rows = Reading.objects.visible_to(actor).filter(site=site_id).order_by("-production_day")
    return rows.values_list("production_day", flat=True).first()


def month_of(day: date) -> tuple[date, date]:
    """First and last day of the month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _quarters(
    actor: Actor, meter: Meter | None, days: Days, day: date
) -> list[tuple[datetime, QuarterReading | None]]:
    readings = {} if meter is None else {r.at: r for r in day_readings(actor, meter.pk, day, day)}
    return [(end, readings.get(end)) for end in days.ends(day)]


def _calendar(
    meter: Meter | None, days: Days, first: date, last: date, totals: Sequence[DayTotal]
) -> list[CalendarDay]:
    own = {t.day: t for t in totals if meter is not None and t.meter_id == meter.pk}
    found = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        total, expected = own.get(day), len(days.ends(day))
        if total is None:
            found.append(CalendarDay(day, 0, expected, 0, Decimal()))
        else:
            found.append(
                CalendarDay(day, total.measured, expected, total.corrected, total.active_kwh)
            )
    return found


def day_lines(
    actor: Actor,
    site: Site,
    *,
    meters: Sequence[Meter],
    first: date,
    last: date,
    totals: Sequence[DayTotal],
    days: Days,
) -> list[DayLine]:
    """Each day from ``first`` to ``last``, newest first; the enterprise's figures, or the actor's own where he has one."""
    reported = stated_power(
        actor, site.pk, first, last, SOURCE_OF.get(actor.kind, Source.ENTERPRISE)
    )
    metered = stated_power(actor, site.pk, first, last, Source.METER)
    by_key = {(t.meter_id, t.day): t for t in totals}
    lines = []
    for number in range((last - first).days, -1, -1):
        day = first + timedelta(days=number)
        entry = [m for m in meters if m.level == Meter.Level.SITE and not _retired(m, day)]
        own = [t for m in entry if (t := by_key.get((m.pk, day))) is not None]
        quarters, measured = len(days.ends(day)), sum(t.measured for t in own)
        complete = bool(entry) and measured == quarters * len(entry)
        lines.append(
            DayLine(
                day=day,
                kwh=sum((t.active_kwh for t in own), Decimal()) if complete else None,
                measured=measured,
                expected=quarters * len(entry),
                reported=reported.get(day),
                metered=metered.get(day),
            )
        )
    return lines


def _retired(meter: Meter, day: date) -> bool:
    return meter.retired_on is not None and meter.retired_on <= day


def stated_power(
    actor: Actor, site_id: UUID, first: date, last: date, source: Source
) -> Mapping[date, Stated]:
    """Purchased electricity of the latest revisions of one source that the actor sees, by day. One query."""
    require(actor, "measures.report.view")
    rows = (
        Report.objects.visible_to(actor)
        .filter(site=site_id, form=DAILY, source=source.value, period__range=(first, last))
        .order_by("period", "-revision")
        .distinct("period")
        .values_list("period", "id", "revision", f"quantities__{PURCHASED}")
    )
    return {
        period: Stated(convert_unit(Decimal(said["value"]), said["unit"], UNIT), pk, revision)
        for period, pk, revision, said in rows
        if said
    }


def _batches(actor: Actor, site: Site) -> list[ReadingBatch]:
    rows = ReadingBatch.objects.visible_to(actor).filter(site=site).select_related("meter")
    return list(rows.order_by("-created_at")[:10])


@dataclass(frozen=True, slots=True)
class MeteredSite:
    """A site with electricity meters: how many, and until which production day it has readings."""

    id: UUID
    name: str
    region: str
    meters: int
    last_day: date | None


def metered_sites(actor: Actor) -> list[MeteredSite]:
    """Sites in scope that have electricity meters, those with readings first. Two queries."""
    require(actor, VIEW)
    counts: dict[UUID, int] = {}
    owned = Meter.objects.visible_to(actor).filter(medium=ELECTRICITY, retired_on=None)
    for site_id in owned.values_list("site_id", flat=True):
        counts[site_id] = counts.get(site_id, 0) + 1
    newest = (
        Reading.objects.visible_to(actor).filter(site=OuterRef("pk")).order_by("-production_day")
    )
    rows = (
        Site.objects.visible_to(actor)
        .filter(id__in=list(counts))
        .select_related("region")
        .annotate(last=Subquery(newest.values("production_day")[:1]))
        .order_by("region_id", "name")
    )
    found = [MeteredSite(s.pk, s.name, s.region.name, counts[s.pk], s.last) for s in rows]
    return sorted(found, key=lambda one: one.last_day is None)
