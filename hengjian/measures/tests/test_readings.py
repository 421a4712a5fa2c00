"""Taking in quarter-hours: revisions, replays, reports of complete days, scope, and nothing ever changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from hengjian.kernel.access.actor import Actor, worker
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import NotVisible, TooEarlyOrLate, ValidationFailed
from hengjian.measures.models import MeterEvent, Reading, ReadingBatch, Report
from hengjian.measures.rules.intervals import CHINA, Days
from hengjian.measures.selectors.readings import day_readings, day_totals, explain, quarter_facts
from hengjian.measures.services.meter_days import report_days
from hengjian.measures.services.readings import Taken, set_day_start, take_stated
from hengjian.measures.tests.scene import TODAY, Scene, make_scene
from hengjian.registry.models import Meter
from hengjian.registry.tests.factories import make_meter
from tests.support.cast import actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
PLATFORM = worker("计量测试")


def stated(day: date = DAY, hour: int = 0, **changed: str) -> list[dict[str, str]]:
    """96 rows of 10 kWh; ``q3="11.5"`` changes one, ``q3=""`` leaves it out."""
    rows = []
    for number, end in enumerate(Days(hour).ends(day), start=1):
        value = changed.get(f"q{number}", "10")
        if value:
            time = f"{end.astimezone(CHINA):%Y-%m-%d %H:%M}"
            rows.append({"time": time, "active_kwh": value, "lagging_kvarh": "2.5"})
    return rows


def take(
    meter: Meter, rows: Sequence[Mapping[str, str]], *, now: datetime = NOW
) -> tuple[ReadingBatch, Taken]:
    body = json.dumps([meter.code, list(rows)]).encode()
    with acting(PLATFORM):
        return take_stated(
            actor=PLATFORM,
            meter_id=meter.pk,
            sender="接口",
            stated=rows,
            sha256=hashlib.sha256(body).hexdigest(),
            now=now,
        )


def report(scene: Scene, *days: date, now: datetime = NOW, who: Actor = PLATFORM) -> int:
    with acting(who):
        done = report_days(actor=who, site_id=scene.site.pk, days=days, now=now, today=TODAY)
    assert done.without_factor == ()
    return done.made


def meter_reports(scene: Scene) -> list[Report]:
    return list(Report.objects.filter(site=scene.site, source="meter").order_by("revision"))


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def meter(scene: Scene) -> Meter:
    return make_meter(scene.site)


def test_a_day_is_stored_once_with_one_receipt_and_one_entry(scene: Scene, meter: Meter) -> None:
    batch, taken = take(meter, stated())
    assert taken == Taken(96, 0, 0, (DAY,))
    again, nothing = take(meter, stated())
    assert (again.pk, nothing) == (batch.pk, Taken(0, 0, 96, ()))
    # Other bytes, the same readings: a new receipt that says that nothing changed.
    other, unchanged = take(meter, [{**row, "flag": "N"} for row in stated()])
    assert (unchanged, other.receipt) == (Taken(0, 0, 96, ()), batch.receipt)
    assert Reading.objects.filter(meter=meter).count() == 96
    entry = Entry.objects.get(subject=f"measures.reading_batch:{batch.pk}")
    assert json.loads(entry.canon)["data"]["receipt"] == batch.receipt


def test_a_correction_is_the_next_revision_and_the_first_stays(meter: Meter) -> None:
    take(meter, stated())
    later = NOW + timedelta(hours=1)
    _batch, taken = take(meter, stated(q5="12.5"), now=later)
    assert taken == Taken(0, 1, 95, (DAY,))
    fifth = Reading.objects.filter(meter=meter, quarter=5).order_by("revision")
    assert [(r.revision, r.active_kwh) for r in fifth] == [(1, Decimal(10)), (2, Decimal("12.5"))]
    assert [r.active_kwh for r in day_readings(PLATFORM, meter.pk, DAY, DAY)][4] == Decimal("12.5")
    assert [r.active_kwh for r in day_readings(PLATFORM, meter.pk, DAY, DAY, NOW)][4] == Decimal(10)


def test_every_fault_is_named_and_nothing_is_stored(meter: Meter) -> None:
    rows = [
        {"time": "2026-11-21 0:15", "active_kwh": "abc"},
        {"time": "2026-11-21 0:20", "active_kwh": "1"},
        {"time": "2026-11-21 0:30", "active_kwh": "-1"},
        {"time": "2026-11-21 0:45", "active_kwh": "1", "flag": "X"},
        {"time": "2026-11-24 0:45", "active_kwh": "1"},
        {"time": "2026-11-21 1:00", "active_kwh": "1"},
        {"time": "2026-11-21 1:00", "active_kwh": "2"},
        {"time": "", "active_kwh": "2"},
        {"time": "2026-11-21 1:15", "active_kwh": "3000000"},
    ]
    with pytest.raises(ValidationFailed) as failed:
        take(meter, rows)
    assert {(e.row, e.field) for e in failed.value.errors} == {
        (1, "active_kwh"), (2, "time"), (3, "active_kwh"), (4, "flag"), (5, "time"), (7, "time"),
        (8, "time"), (9, "active_kwh"),
    }  # fmt: skip
    assert not Reading.objects.exists()
    assert not ReadingBatch.objects.exists()


def test_a_complete_day_becomes_a_report_that_its_readings_explain(
    scene: Scene, meter: Meter
) -> None:
    take(meter, stated(q1="10.123456"))
    assert report(scene, DAY) == 1
    assert report(scene, DAY) == 0
    (made,) = meter_reports(scene)
    assert made.quantities == {"electricity_purchased": {"value": "960.123456", "unit": "kWh"}}
    readings = explain(PLATFORM, made.pk)[meter.pk]
    assert sum(r.active_kwh or 0 for r in readings) == Decimal("960.123456")

    later = NOW + timedelta(hours=2)
    take(meter, stated(q1="20"), now=later)
    assert report(scene, DAY, now=later) == 1
    first, second = meter_reports(scene)
    assert (second.revision, second.quantities["electricity_purchased"]["value"]) == (2, "970")
    assert second.reason
    # Each revision is explained by the readings known when it was made.
    assert sum(r.active_kwh or 0 for r in explain(PLATFORM, first.pk)[meter.pk]) == Decimal(
        "960.123456"
    )
    assert sum(r.active_kwh or 0 for r in explain(PLATFORM, second.pk)[meter.pk]) == Decimal(970)
    # Back to the first value: a third revision, not a replay of the first.
    last = NOW + timedelta(hours=3)
    take(
        meter, [*stated(q1="10.123456"), {"time": "2026-11-22 00:15", "active_kwh": "1"}], now=last
    )
    assert report(scene, DAY, now=last) == 1
    assert [r.revision for r in meter_reports(scene)] == [1, 2, 3]


@pytest.mark.parametrize("fault", ["missing", "flag", "second meter", "today"])
def test_a_day_that_is_not_complete_is_not_reported(scene: Scene, meter: Meter, fault: str) -> None:
    rows, day = stated(), DAY
    if fault == "missing":
        rows = stated(q50="")
    if fault == "flag":
        rows[3]["flag"] = "M"
    if fault == "second meter":
        make_meter(scene.site, code="DB-0102")
    if fault == "today":
        day = TODAY
        rows = stated(day)
    take(meter, rows, now=NOW + timedelta(days=2))
    assert report(scene, day) == 0
    assert meter_reports(scene) == []


def test_retired_and_deeper_meters_do_not_hold_up_a_day(scene: Scene, meter: Meter) -> None:
    make_meter(scene.site, code="OLD", retired_on=date(2026, 1, 1))
    make_meter(scene.site, code="WS-01", level=Meter.Level.SUB_UNIT)
    take(meter, stated())
    assert report(scene, DAY) == 1


def test_the_hour_of_the_production_day_is_dated(scene: Scene, meter: Meter) -> None:
    with acting(PLATFORM):
        set_day_start(actor=PLATFORM, site_id=scene.site.pk, valid_from=DAY, hour=8, now=NOW)
    _batch, taken = take(meter, stated(DAY, 8))
    assert taken.days == (DAY,)
    (total,) = day_totals(PLATFORM, scene.site.pk, DAY, DAY)
    assert (total.rows, total.active_kwh) == (96, Decimal(960))
    with acting(PLATFORM), pytest.raises(TooEarlyOrLate):
        set_day_start(actor=PLATFORM, site_id=scene.site.pk, valid_from=DAY, hour=0, now=NOW)


def test_sites_see_their_own_and_officials_their_region(scene: Scene, meter: Meter) -> None:
    take(meter, stated())
    report(scene, DAY)
    strange = make_scene(region=371302)
    for who, sees in [
        (scene.reporter, True), (scene.resident, True), (actor(Role.COUNTY_OFFICER), True),
        (actor(Role.OVERSIGHT), True), (strange.reporter, False), (strange.resident, False),
        (actor(Role.COUNTY_OFFICER, region=371302), False),
    ]:  # fmt: skip
        with acting(who):
            with connection.cursor() as cursor:  # the second wall alone
                cursor.execute("SELECT count(*) FROM measures_reading")
                assert cursor.fetchone()[0] == (96 if sees else 0)
            assert Reading.objects.visible_to(who).count() == (96 if sees else 0)
            if sees:
                assert len(day_totals(who, scene.site.pk, DAY, DAY)) == 1
            else:
                with pytest.raises(NotVisible):
                    day_totals(who, scene.site.pk, DAY, DAY)
    # What the platform makes of the readings stays with officials.
    (made,) = meter_reports(scene)
    for who in (scene.reporter, scene.resident):
        with acting(who), pytest.raises(NotVisible):
            explain(who, made.pk)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE measures_reading SET active_kwh = 0",
        "UPDATE measures_reading SET production_day = '2020-01-01'",
        "DELETE FROM measures_reading",
        "TRUNCATE measures_reading CASCADE",
        "UPDATE measures_meter_event SET kind = 'rollover'",
        "DELETE FROM measures_meter_event",
    ],
)
def test_nothing_received_is_changed_or_deleted(meter: Meter, sql: str) -> None:
    batch, _taken = take(meter, stated())
    scope = {
        "site_id": meter.site_id,
        "region_id": meter.region_id,
        "enterprise_id": meter.enterprise_id,
    }
    MeterEvent.objects.create(
        meter=meter, at=NOW, kind="reversal", batch=batch, recorded_at=NOW, **scope
    )
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_readings_follow_the_region_of_their_site(scene: Scene, meter: Meter) -> None:
    take(meter, stated())
    scene.site.region_id = 371103
    scene.site.save(update_fields=["region"])
    assert set(Reading.objects.values_list("region_id", flat=True)) == {371103}


def test_monitoring_reads_the_latest_revision_known_at_a_moment(scene: Scene, meter: Meter) -> None:
    take(meter, stated())
    take(meter, stated(q2="99"), now=NOW + timedelta(hours=1))
    with acting(PLATFORM):
        old = list(quarter_facts(actor=PLATFORM, first=DAY, last=DAY, as_of=NOW))
        new = list(
            quarter_facts(actor=PLATFORM, first=DAY, last=DAY, as_of=NOW + timedelta(hours=1))
        )
        assert list(quarter_facts(actor=PLATFORM, first=TODAY, last=TODAY, as_of=NOW)) == []
    assert [f.quarter for f in old] == list(range(1, 97))
    assert (old[1].active, new[1].active) == (Decimal(10), Decimal(99))
    assert (old[0].site_id, old[0].meter_id) == (scene.site.pk, meter.pk)
