"""Reminders: who gets one, once; what the reporter sees on his day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from hengjian.kernel.access.actor import Actor, worker
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import NotPermitted, ValidationFailed
from hengjian.measures.models import Obligation, Reminder
from hengjian.measures.rules.forms import Form
from hengjian.measures.selectors.owed import owed_reports
from hengjian.measures.services.reminders import Reminded, remind, remind_due
from hengjian.measures.tests.scene import DAY, Scene, make_scene, submit
from hengjian.registry.models import Site
from tests.support.cast import LINYI, actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 11, 0, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)
TODAY = date(2026, 11, 23)


def owe(site: Site, form: str = "daily", source: str = "enterprise", start: date = DAY) -> None:
    Obligation.objects.create(
        site=site, region_id=site.region_id, enterprise_id=site.enterprise_id, form=form,
        source=source, valid_from=start, origin="official", basis="测试", made_name="某",
        made_at=NOW,
    )  # fmt: skip


def send(
    who: Actor, sites: Sequence[UUID], period: date = DAY, form: Form = Form.DAILY
) -> Reminded:
    with acting(who):
        return remind(
            actor=who, form=form, period=period, source="enterprise", sites=sites, now=NOW,
            today=TODAY,
        )  # fmt: skip


def owed(who: Actor, now: datetime = NOW) -> list[tuple[str, bool, str]]:
    with acting(who):
        rows = owed_reports(who, now=now, today=TODAY)
    return [(row.title, row.late, row.reminded) for row in rows]


@pytest.fixture
def scene() -> Scene:
    made = make_scene()
    owe(made.site)
    return made


@pytest.mark.clause("M2.4")
def test_the_reporter_sees_who_reminded_him_until_he_reports(scene: Scene) -> None:
    officer = actor(Role.COUNTY_OFFICER)
    assert send(officer, [scene.site.pk]) == Reminded(1, 0)
    assert owed(scene.reporter) == [
        ("2026-11-22 生产能耗日报", True, f"{officer.post} 11-23 11:00 催报")
    ]
    row = Reminder.objects.get()
    assert (row.by_name, row.automatic, row.region_id) == (
        officer.name,
        False,
        scene.site.region_id,
    )
    assert "2026-11-22" in row.text
    assert owed(scene.resident) == [("2026-11-22 生产能耗日报", True, "")]
    submit(scene.reporter, scene.site)
    assert owed(scene.reporter) == []
    assert Entry.objects.get(verb="measures.reminder.send").actor_name == officer.name


def test_once_a_day_and_only_who_owes(scene: Scene) -> None:
    officer, reported, unowed = actor(Role.CITY_OFFICER), make_scene(), make_scene()
    owe(reported.site)
    submit(reported.reporter, reported.site)
    far = make_scene(region=371302)
    owe(far.site)
    everyone = [scene.site.pk, reported.site.pk, unowed.site.pk, far.site.pk]
    assert send(officer, everyone) == Reminded(1, 3)
    assert send(officer, everyone) == Reminded(0, 4)
    assert Reminder.objects.count() == 1
    assert send(actor(Role.CITY_OFFICER, region=LINYI), everyone) == Reminded(1, 3)


def test_what_is_refused(scene: Scene) -> None:
    with pytest.raises(NotPermitted):
        send(scene.reporter, [scene.site.pk])
    with pytest.raises(NotPermitted):
        send(actor(Role.OVERSIGHT), [scene.site.pk])
    officer = actor(Role.CITY_OFFICER)
    with pytest.raises(ValidationFailed):
        send(officer, [])
    with pytest.raises(ValidationFailed):
        send(officer, [scene.site.pk], period=TODAY + timedelta(days=1))
    assert not Reminder.objects.exists()


def test_the_platform_reminds_when_the_deadline_passed_and_once(scene: Scene) -> None:
    platform = worker("test")

    def run(now: datetime) -> int:
        with acting(platform):
            return remind_due(actor=platform, now=now, today=TODAY)

    assert run(NOW - timedelta(hours=2)) == 0
    assert run(NOW) == 1
    assert run(NOW + timedelta(hours=1)) == 0
    assert Reminder.objects.get().automatic
    assert send(actor(Role.CITY_OFFICER), [scene.site.pk]) == Reminded(1, 0)


def test_all_forms_that_are_owed_late_ones_first(scene: Scene) -> None:
    owe(scene.site, "month_energy", start=date(2026, 10, 1))
    owe(scene.site, "year_energy", start=date(2026, 1, 1))
    early = datetime(2026, 11, 23, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert [(t, late) for t, late, _r in owed(scene.reporter, early)] == [
        ("2026-10 生产能耗月报", True),
        ("2026-11-22 生产能耗日报", False),
    ]


def test_each_side_reads_its_own_reminders(scene: Scene) -> None:
    send(actor(Role.CITY_OFFICER), [scene.site.pk])
    for who, count in ((scene.reporter, 1), (scene.resident, 0), (make_scene().reporter, 0)):
        with acting(who):
            assert Reminder.objects.count() == Reminder.objects.visible_to(who).count() == count


def test_a_day_that_begins_no_period_reminds_nobody(scene: Scene) -> None:
    owe(scene.site, "month_energy", start=date(2026, 1, 1))
    for period in (date(2026, 10, 15), date(2015, 1, 1)):
        with pytest.raises(ValidationFailed):
            send(actor(Role.COUNTY_OFFICER), [scene.site.pk], period, Form.MONTH_ENERGY)
    assert not Reminder.objects.exists()
