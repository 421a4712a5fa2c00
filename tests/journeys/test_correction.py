"""A figure is corrected after the month lock: the city may not, the province may, and both versions stay (E1, G2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.calendar.clock import DEMO_DATE
from hengjian.measures.models import Correction, Report
from hengjian.measures.selectors.figures import series
from hengjian.measures.tests.scene import Scene, make_scene
from tests.support.cast import HouseClient, account, actor_of
from tests.support.roles import acting

pytestmark = [pytest.mark.django_db, pytest.mark.journey]
DAY = date(2026, 10, 20)
IN_TIME, LOCKED, LATER = "2026-10-21", "2026-11-20", "2026-11-23"
REASON = "十月磅单漏计一车"
APPROVE = {"decision": "approve", "reason": "核对磅单和结算单，属实"}


def typed(coal: str, reason: str = "") -> dict[str, str]:
    return {
        "report_id": str(uuid4()), "clinker_output": "3000", "cement_output": "4000",
        "raw_coal": coal, "electricity_purchased": "20", "reason": reason,
    }  # fmt: skip


def text(response: Any) -> str:
    return bytes(response.content).decode()


@dataclass
class Story:
    """Who takes part; sessions end between the days."""

    scene: Scene
    reporter: HouseClient

    @property
    def form(self) -> str:
        return f"/measures/daily/{self.scene.site.pk}/{DAY}/"

    @property
    def ask(self) -> str:
        return f"/measures/corrections/ask/{self.scene.site.pk}/daily/{DAY}/"

    def sign_in(self) -> HouseClient:
        self.reporter = HouseClient().sign_in(self.scene.reporter_account)
        return self.reporter


@pytest.fixture
def story() -> Story:
    return Story(make_scene(name="衡鉴锁账水泥厂区"), HouseClient())


@pytest.mark.clause("E1")
@pytest.mark.clause("M2.4")
def test_a_correction_after_the_month_lock_goes_through_the_province(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DEMO_DATE, IN_TIME)
    assert story.sign_in().post(story.form, typed("500")).status_code == 302
    first = Report.objects.get()
    monkeypatch.setenv(DEMO_DATE, LOCKED)
    refused = story.sign_in().post(story.form, typed("800", REASON))
    assert refused.status_code == 422
    assert "锁账" in text(refused)
    assert "省级" in text(refused)
    assert story.reporter.post(story.ask, typed("800", REASON)).status_code == 302
    assert list(Report.objects.all()) == [first]
    row = Correction.objects.get()
    monkeypatch.setenv(DEMO_DATE, LATER)
    story.sign_in()
    below_the_province_nobody_decides(story, row)
    province = HouseClient().sign_in(account(Role.DRC_OFFICER, name="省级审批人"))
    assert row.reason in text(province.get("/"))
    assert province.post(f"{page_of(row)}decide/", APPROVE).status_code == 302
    both_versions_stay(first, story)
    row.refresh_from_db()
    assert (row.state, row.level, row.decided_name) == ("approved", "province", "省级审批人")
    shown = text(story.reporter.get(page_of(row)))
    assert APPROVE["reason"] in shown
    assert "+214.29" in shown  # 300 t x 0.7143 tce/t


def below_the_province_nobody_decides(story: Story, row: Correction) -> None:
    for role in (Role.COUNTY_LEAD, Role.CITY_OFFICER, Role.CITY_TASK_FORCE):
        official = HouseClient().sign_in(account(role))
        assert "提交审批" not in text(official.get(page_of(row)))
        assert official.post(f"{page_of(row)}decide/", APPROVE).status_code == 403
    assert story.reporter.post(f"{page_of(row)}decide/", APPROVE).status_code == 403
    assert Report.objects.count() == 1
    assert Entry.objects.filter(refused=True, verb="measures.correction.decide").count() == 4


def both_versions_stay(first: Report, story: Story) -> None:
    before, after = Report.objects.order_by("revision")
    assert (before.coal_t, after.coal_t) == (Decimal(500), Decimal(800))
    assert (after.reporter_name, after.reason) == (story.scene.reporter.name, REASON)
    assert before.canon == first.canon
    for one in (before, after):
        assert hashlib.sha256(one.canon.encode()).hexdigest() == one.sha256
        assert one.sha256 in text(story.reporter.get(f"/measures/reports/{one.pk}/receipt/"))
    officer = actor_of(account(Role.CITY_OFFICER))
    with acting(officer):
        counted = series(officer, story.scene.site.pk, DAY, DAY)
    assert [(f.revision, f.coal_t) for f in counted] == [(2, Decimal(800))]


def page_of(row: Correction) -> str:
    return f"/measures/corrections/{row.pk}/"
