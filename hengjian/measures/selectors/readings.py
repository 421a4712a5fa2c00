"""Reading quarter-hours: totals of days, the readings of a day, what monitoring takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.measures.models import DayStart, MeterEvent, Reading, ReadingBatch, Report
from hengjian.measures.permissions import Source
from hengjian.measures.rules import intervals
from hengjian.measures.rules.intervals import CHINA, MEASURED, Days
from hengjian.registry.models import Meter, Site

VIEW = "measures.reading.view"
ELECTRICITY = "electricity"


@dataclass(frozen=True, slots=True)
class DayTotal:
    """One meter and production day, latest revisions: rows, measured rows, and sums of the measured rows.

    ``active_kwh`` is 0 where nothing was measured; then ``measured`` is 0 too. ``corrected`` counts rows that
    are not first revisions.
    """

    meter_id: UUID
    day: date
    rows: int
    measured: int
    corrected: int
    active_kwh: Decimal
    lagging_kvarh: Decimal | None
    leading_kvarh: Decimal | None
    co2_t: Decimal | None


_TOTALS = """
SELECT meter_id, production_day, count(*), count(*) FILTER (WHERE ok), count(*) FILTER (WHERE revision > 1),
  coalesce(sum(active_kwh) FILTER (WHERE ok), 0), sum(lagging_kvarh) FILTER (WHERE ok),
  sum(leading_kvarh) FILTER (WHERE ok), sum(co2_t) FILTER (WHERE ok)
FROM (
  SELECT DISTINCT ON (meter_id, at) *, flag = ANY(%s) AND active_kwh IS NOT NULL AS ok
  FROM measures_reading WHERE site_id = %s AND production_day BETWEEN %s AND %s AND received_at <= %s
  ORDER BY meter_id, at, revision DESC
) latest GROUP BY meter_id, production_day ORDER BY production_day, meter_id
"""


def day_totals(
    actor: Actor, site_id: UUID, first: date, last: date, as_of: datetime | None = None
) -> list[DayTotal]:
    """Totals of every meter of a site from ``first`` to ``last``; ``as_of`` (aware): as known then. One query.

    Raises:
        NotPermitted, NotVisible: as every fetch.
    """
    site = fetch(Site.objects.all(), actor, VIEW, id=site_id)
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, [sorted(MEASURED), site.pk, first, last, as_of or "infinity"])
        return [DayTotal(*row) for row in cursor.fetchall()]


def days_of(site: Site) -> Days:
    """The production days of a site: the dated starts, before the first of them the site's own hour."""
    starts = DayStart.objects.filter(site=site).values_list("valid_from", "hour")
    return Days(site.day_start, [intervals.DayStart(*start) for start in starts])


def entry_meters(actor: Actor, site_id: UUID) -> list[Meter]:
    """Electricity meters where energy enters the site (GB 17167 level 1), by number."""
    return [m for m in electricity_meters(actor, site_id) if m.level == Meter.Level.SITE]


def electricity_meters(actor: Actor, site_id: UUID) -> list[Meter]:
    """Electricity meters of a site, those at the entry first."""
    rows = Meter.objects.visible_to(actor).filter(site=site_id, medium=ELECTRICITY)
    return list(rows.order_by("level", "code"))


@dataclass(frozen=True, slots=True)
class QuarterReading:
    """One quarter-hour as known: end (UTC), flag, revision, when and by which batch it came; values may be None."""

    at: datetime
    quarter: int
    flag: str
    revision: int
    received_at: datetime
    batch_id: UUID
    active_kwh: Decimal | None
    lagging_kvarh: Decimal | None
    leading_kvarh: Decimal | None
    power_factor_lagging: Decimal | None
    power_factor_leading: Decimal | None
    co2_t: Decimal | None


def day_readings(
    actor: Actor, meter_id: UUID, first: date, last: date, as_of: datetime | None = None
) -> list[QuarterReading]:
    """Latest revisions of one meter in time order; ``as_of`` (aware): as known then. One query after the fetch."""
    meter = fetch(Meter.objects.all(), actor, VIEW, id=meter_id)
    rows = (
        Reading.objects.visible_to(actor)
        .filter(site=meter.site_id, meter=meter, production_day__range=(first, last))
        .order_by("at", "-revision")
        .distinct("at")
    )
    if as_of is not None:
        rows = rows.filter(received_at__lte=as_of)
    return [QuarterReading(*row) for row in rows.values_list(*QuarterReading.__slots__)]


def explain(actor: Actor, report_id: UUID) -> dict[UUID, list[QuarterReading]]:
    """The readings behind a report of source meter, by entry meter: as they were known when it was made.

    The measured ones add up to the reported electricity.

    Raises:
        NotPermitted, NotVisible: as every fetch; also for a report of another source.
    """
    require(actor, VIEW)
    report = fetch(
        Report.objects.filter(source=Source.METER.value),
        actor,
        "measures.report.view",
        id=report_id,
    )
    return {
        meter.pk: day_readings(actor, meter.pk, report.period, report.period, report.received_at)
        for meter in entry_meters(actor, report.site_id)
    }


def events(actor: Actor, site_id: UUID, first: datetime, last: datetime) -> list[MeterEvent]:
    """Events of a site's meters that ended between ``first`` and ``last`` (aware), newest first."""
    require(actor, VIEW)
    rows = MeterEvent.objects.visible_to(actor).filter(site=site_id, at__range=(first, last))
    return list(rows.select_related("meter").order_by("-at", "meter__code"))


def find_meter(actor: Actor, verb: str, site_id: UUID, code: str) -> Meter:
    """The meter of that number at a site; access is a fetch."""
    # No text of the database holds NUL: a number with it names no meter.
    return fetch(
        Meter.objects.all(), actor, verb, site=site_id, code=code.replace("\x00", "\ufffd")
    )


def find_batch(actor: Actor, batch_id: UUID) -> ReadingBatch:
    """A batch with its meter and site; officials and oversight of the region only."""
    rows = ReadingBatch.objects.select_related("meter", "site")
    return fetch(rows, actor, VIEW, id=batch_id)


class QuarterFact(NamedTuple):
    """The latest revision of a quarter-hour for monitoring; ``at`` is its end (UTC), energies in kWh and kvarh.

    ``power_factor`` is the lagging one in percent. ``flag`` tells whether the value is measured (N, F).
    """

    site_id: UUID
    meter_id: UUID
    at: datetime
    production_day: date
    quarter: int
    flag: str
    active: Decimal | None
    lagging: Decimal | None
    leading: Decimal | None
    power_factor: Decimal | None
    co2: Decimal | None


# By meter along the key: a scan by day alone would read every row of the table.
_FACTS = """
SELECT m.site_id, m.id, r.at, r.production_day, r.quarter, r.flag,
  r.active_kwh, r.lagging_kvarh, r.leading_kvarh, r.power_factor_lagging, r.co2_t
FROM (SELECT id, site_id FROM registry_meter WHERE medium = %s ORDER BY site_id, id) m CROSS JOIN LATERAL (
  SELECT DISTINCT ON (at) * FROM measures_reading
  WHERE meter_id = m.id AND at > %s AND at <= %s AND production_day BETWEEN %s AND %s AND received_at <= %s
  ORDER BY at, revision DESC
) r
"""
CHUNK = 5000


def quarter_facts(
    *, actor: Actor, first: date, last: date, as_of: datetime
) -> Iterator[QuarterFact]:
    """Quarter-hours of production days ``first`` to ``last`` received by ``as_of`` (aware), by site, meter and time.

    Read through a cursor of the server inside the caller's transaction: memory does not grow with the rows.
    """
    require(actor, "measures.fact.read")
    return _facts(first, last, as_of)


def _facts(first: date, last: date, as_of: datetime) -> Iterator[QuarterFact]:
    # A production day begins at the earliest at 20:00 the evening before and ends at the latest at 8:00 after.
    begin = datetime.combine(first, time(), CHINA) - timedelta(hours=4)
    end = datetime.combine(last, time(), CHINA) + timedelta(hours=32)
    connection.ensure_connection()
    with connection.connection.cursor(name="quarter_facts") as cursor:
        cursor.itersize = CHUNK
        cursor.execute(_FACTS, [ELECTRICITY, begin, end, first, last, as_of])
        for row in cursor:
            yield QuarterFact(*row)
