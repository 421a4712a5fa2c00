"""Runs: complete alerts, repeatable, growing, withdrawn and restored, honest where nothing is judged."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from croniter import croniter  # type: ignore[import-untyped]  # procrastinate's own reader of cron lines

from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.calendar.clock import PLAN_ZONE
from hengjian.kernel.errors import NotPermitted
from hengjian.measures.models import Report
from hengjian.monitoring.models import Alert, Hit, Run, Verdict
from hengjian.monitoring.services.runs import run_rules
from hengjian.monitoring.tasks import DAILY, run_day
from hengjian.monitoring.tests.scene import (
    DAY,
    NOW,
    OVER,
    PRODUCT,
    WITHIN,
    days_to,
    judge,
    make_works,
    report,
)
from hengjian.registry.models import Limit
from hengjian.registry.tests.factories import make_line
from tests.support.cast import actor
from tests.support.roles import acting, as_loader_now

pytestmark = pytest.mark.django_db


def everything() -> list[object]:
    """All that a run may write but its own record."""
    return [
        list(Alert.objects.order_by("id").values()),
        list(Hit.objects.order_by("id").values()),
        list(Verdict.objects.order_by("id").values()),
        Entry.objects.count(),
    ]


@pytest.mark.clause("E1")
def test_over_the_limit_makes_one_complete_alert(tmp_path: Path) -> None:
    site = make_works()
    report(site, days_to(DAY, 30), OVER)
    judge(tmp_path)
    alert = Alert.objects.get()
    assert (alert.first, alert.last, alert.hit_days) == (date(2026, 11, 12), DAY, 11), (
        "judged from the 20th day with output on"
    )
    # 245.8 + 260 x 0.9714 = 498.364 tce on 500 t
    assert (alert.observed, alert.expected) == (Decimal("996.728"), Decimal(950))
    assert alert.expected_lo < 950 < alert.expected_hi
    # (498.364 - 475) x 30 days
    assert (alert.amount_at_stake, alert.amount_unit) == (Decimal("700.92"), "tce")
    assert (alert.unit, alert.level, alert.basis) == ("kgce/t", 3, "GB 21341-2022")
    assert (
        alert.limit_id
        == Limit.objects.get(
            product=PRODUCT, indicator="comprehensive_energy", row_type="gb_limit"
        ).pk
    )
    assert {r["id"] for r in alert.input_reports} == {str(r.pk) for r in Report.objects.all()}
    assert "996.728" in alert.text
    assert alert.evidence > 0
    assert (alert.site_id, alert.region_id) == (site.pk, site.region_id)
    assert len(alert.rule_version) == 64
    assert Entry.objects.get(verb="monitoring.alert.raise").reason == alert.text


def test_within_the_limit_makes_none_and_says_that_it_judged(tmp_path: Path) -> None:
    report(make_works(), days_to(DAY, 30), WITHIN)
    judge(tmp_path)
    assert not Alert.objects.exists()
    assert Verdict.objects.filter(rule="L101").values_list("verdict", "day").get() == (
        "within",
        DAY,
    )


def test_the_same_run_twice_changes_nothing(tmp_path: Path) -> None:
    report(make_works(), days_to(DAY, 30), OVER)
    judge(tmp_path)
    before = everything()
    judge(tmp_path, now=NOW + timedelta(hours=2))
    assert everything() == before
    assert Run.objects.filter(rule="L101").count() == 2


def test_a_further_day_grows_the_alert(tmp_path: Path) -> None:
    site = make_works()
    report(site, days_to(DAY, 30), OVER)
    judge(tmp_path, DAY - timedelta(days=1))
    first = Alert.objects.get()
    judge(tmp_path)
    grown = Alert.objects.get()
    assert (grown.pk, grown.number) == (first.pk, first.number)
    assert (first.last, grown.last) == (DAY - timedelta(days=1), DAY)
    assert grown.last_run_id != first.last_run_id == grown.first_run_id
    judge(tmp_path, DAY - timedelta(days=1))
    assert Alert.objects.get().last == DAY, "judging an older day again takes nothing away"


def test_a_correction_withdraws_and_another_restores(tmp_path: Path) -> None:
    site = make_works()
    report(site, days_to(DAY, 30), OVER)
    judge(tmp_path)
    report(site, days_to(DAY, 30), WITHIN, reason="抄表有误")
    judge(tmp_path)
    alert = Alert.objects.get()
    assert alert.state == "withdrawn"
    assert alert.closed_reason
    assert not Hit.objects.exists()
    before = everything()
    judge(tmp_path)
    assert everything() == before
    report(site, days_to(DAY, 30), OVER, reason="更正有误")
    judge(tmp_path)
    again = Alert.objects.get()
    assert (again.pk, again.state, again.closed_reason) == (alert.pk, "new", "")
    assert {r["revision"] for r in again.input_reports} == {3}


def test_what_someone_acted_on_is_not_withdrawn_but_says_why(tmp_path: Path) -> None:
    site = make_works()
    report(site, days_to(DAY, 30), OVER)
    judge(tmp_path)
    Alert.objects.update(state="dismissed", reason="检修")
    report(site, days_to(DAY, 30), WITHIN, reason="抄表有误")
    judge(tmp_path)
    alert = Alert.objects.get()
    assert alert.state == "dismissed"
    assert alert.closed_reason


def test_a_dismissed_alert_returns_only_when_graver(tmp_path: Path) -> None:
    site = make_works()
    report(site, days_to(DAY, 30), OVER)
    judge(tmp_path, DAY - timedelta(days=3))
    Alert.objects.update(state="dismissed", reason="检修")
    judge(tmp_path, DAY - timedelta(days=2))
    assert Alert.objects.get(rule="L101").state == "dismissed"
    report(site, days_to(DAY, 2), "900", reason="漏报")
    judge(tmp_path)
    assert Alert.objects.get(rule="L101").state == "new"


def test_idle_days_do_not_cut_an_alert_in_two(tmp_path: Path) -> None:
    site = make_works()
    days = days_to(DAY, 34)
    report(site, [d for d in days if d not in days[25:28]], OVER)
    report(site, days[25:28], "0", output="0")
    judge(tmp_path)
    assert Alert.objects.count() == 1


def test_only_the_site_over_the_limit_is_named(tmp_path: Path) -> None:
    guilty, honest = make_works(), make_works()
    report(guilty, days_to(DAY, 30), OVER)
    report(honest, days_to(DAY, 30), WITHIN)
    judge(tmp_path)
    assert list(Alert.objects.values_list("site", flat=True)) == [guilty.pk]


@pytest.mark.parametrize(
    ("product", "why"), [("ferroalloy", "undeclared"), ("石灰", "boundary"), (None, "undeclared")]
)
def test_what_cannot_be_compared_is_not_judged_and_says_why(
    tmp_path: Path, product: str | None, why: str
) -> None:
    site = make_works()
    site.lines.all().delete()
    if product:
        make_line(site, industry="ferroalloy", product=product)
    report(site, days_to(DAY, 30), OVER)
    judge(tmp_path)
    assert not Alert.objects.exists()
    assert Verdict.objects.get(rule="L101").verdict == why


@pytest.mark.parametrize("role", [Role.DRC_LEAD, Role.CITY_OFFICER, Role.SYSTEM_ADMIN])
def test_no_person_runs_the_rules(role: Role, tmp_path: Path) -> None:
    who = actor(role)
    with pytest.raises(NotPermitted), acting(who):
        run_rules(actor=who, day=DAY, now=NOW, lake=tmp_path)


def test_the_job_runs_as_the_worker(settings: object, tmp_path: Path) -> None:
    settings.LAKE_DIR = tmp_path  # type: ignore[attr-defined]
    report(make_works(), days_to(DAY, 30), OVER)
    with time_machine.travel(NOW + timedelta(hours=1)):
        run_day(DAY)
        as_loader_now()
        run_day(DAY)
        as_loader_now()
    assert Alert.objects.count() == 1


def test_the_daily_job_is_due_at_six_in_the_morning_of_the_plan() -> None:
    at = croniter(DAILY).get_next(float, start_time=NOW.timestamp())
    assert datetime.fromtimestamp(at, PLAN_ZONE).strftime("%H:%M") == "06:00"
