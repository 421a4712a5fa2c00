"""The status board, the list of obligations and corrections over HTTP."""

from __future__ import annotations

import io
from datetime import date
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
import time_machine

from hengjian.kernel.access.declare import Role
from hengjian.kernel.calendar.clock import DEMO_DATE
from hengjian.measures.models import Correction, Obligation, Reminder, Report
from hengjian.measures.tests.owing import make_correction, make_obligation
from hengjian.measures.tests.scene import Scene, make_scene, submit
from tests.support.cast import LINYI, HouseClient, account

pytestmark = pytest.mark.django_db
NOON, CUT_OFF = "2026-11-23T04:00:00Z", "2026-11-27"
DAY = date(2026, 11, 22)
FORM = f"/measures/daily/{{site}}/{DAY}/"


def text(response: Any) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return bytes(body).decode()


def client(role: Role, **where: Any) -> HouseClient:
    return HouseClient().sign_in(account(role, **where))


@pytest.fixture
def scene() -> Scene:
    made = make_scene(name="衡鉴样板水泥厂区")
    make_obligation(made.site)
    return made


@pytest.mark.clause("M2.4")
@time_machine.travel(NOON, tick=False)
def test_the_board_counts_marks_and_exports(scene: Scene) -> None:
    other = make_scene(name="按时水泥厂区")
    make_obligation(other.site)
    submit(other.reporter, other.site)
    officer = client(Role.CITY_OFFICER)
    page = text(officer.get("/measures/status/"))
    assert "服务器时间 2026-11-23 12:00" in page
    assert page.index("衡鉴样板水泥厂区") < page.index("按时水泥厂区")
    assert page.count('class="beat missing"') == 30 + 31 + 1  # cells and legend
    only = text(officer.get("/measures/status/?state=missing", headers={"HX-Request": "true"}))
    assert "衡鉴样板水泥厂区" in only
    assert "按时水泥厂区" not in only
    response: Any = officer.get("/measures/status/export/")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    assert book.sheetnames == ["报送情况", "按市", "按县", "按行业", "按期"]
    rows = list(book["报送情况"].iter_rows(min_row=4, values_only=True))
    assert [(r[0], r[3], r[6]) for r in rows] == [
        ("衡鉴样板水泥厂区", "未报", "31"),
        ("按时水泥厂区", "按时", "30"),
    ]
    assert "衡鉴样板水泥厂区" not in text(
        client(Role.CITY_OFFICER, region=LINYI).get("/measures/status/")
    )
    assert (
        client(Role.ENTERPRISE_REPORTER, enterprises=[scene.site.enterprise_id])
        .get("/measures/status/")
        .status_code
        == 403
    )


@time_machine.travel(NOON, tick=False)
def test_a_reminder_reaches_the_reporters_day(scene: Scene) -> None:
    officer = client(Role.CITY_OFFICER)
    sent = officer.post(
        "/measures/status/remind/",
        {"form": "daily", "source": "enterprise", "last": str(DAY), "sites": [str(scene.site.pk)]},
    )
    assert sent.status_code == 302
    assert Reminder.objects.count() == 1
    reporter = HouseClient().sign_in(scene.reporter_account)
    day = text(reporter.get("/"))
    assert "催报" in day
    assert f"{DAY} 生产能耗日报" in day
    bad = officer.post(
        "/measures/status/remind/", {"form": "daily", "last": str(DAY), "sites": ["x"]}
    )
    assert bad.status_code == 422


@time_machine.travel(NOON, tick=False)
def test_an_official_adds_and_ends_on_the_page_of_the_site(scene: Scene) -> None:
    officer, site = client(Role.COUNTY_OFFICER), scene.site.pk
    url = f"/measures/obligations/site/{site}/"
    given = {
        "form": "month_tax",
        "source": "enterprise",
        "valid_from": "2026-11-01",
        "basis": "县通知",
    }
    faulty = officer.post(f"{url}add/", {**given, "basis": ""})
    assert faulty.status_code == 422
    assert officer.post(f"{url}add/", given).status_code == 302
    row = Obligation.objects.get(form="month_tax")
    page = text(officer.get(url))
    assert "税费缴纳月报" in page
    end = f"/measures/obligations/{row.pk}/end/"
    assert officer.post(end, {"last": "2026-11-23", "reason": ""}).status_code == 422
    assert officer.post(end, {"last": "2026-11-23", "reason": "改由税务提供"}).status_code == 302
    assert "改由税务提供" in text(officer.get(url))
    assert "税费缴纳月报" in text(officer.get("/measures/obligations/?text=衡鉴样板"))
    response: Any = officer.get("/measures/obligations/export/?form=month_tax")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    assert book.active is not None
    assert book.active.cell(row=4, column=1).value == "衡鉴样板水泥厂区"
    reporter = HouseClient().sign_in(scene.reporter_account)
    assert "生产能耗日报" in text(reporter.get(url))
    assert reporter.post(f"{url}add/", given).status_code == 403


def fill(coal: str, **more: str) -> dict[str, str]:
    return {
        "report_id": str(uuid4()), "clinker_output": "3000", "cement_output": "4000",
        "raw_coal": coal, "electricity_purchased": "20", "reason": "", **more,
    }  # fmt: skip


@pytest.mark.clause("M2.4")
def test_one_click_turns_the_typed_values_into_an_application(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter, url = HouseClient(), FORM.format(site=scene.site.pk)
    with time_machine.travel(NOON, tick=False):
        reporter.sign_in(scene.reporter_account)
        assert reporter.post(url, fill("500")).status_code == 302
        assert Report.objects.get().revision == 1
    monkeypatch.setenv(DEMO_DATE, CUT_OFF)
    reporter = HouseClient().sign_in(scene.reporter_account)  # the former session has ended
    refused = reporter.post(url, fill("800", reason="漏计一车"))
    page = text(refused)
    assert refused.status_code == 422
    assert "县级或市级" in page
    assert 'value="800"' in page
    ask = f"/measures/corrections/ask/{scene.site.pk}/daily/{DAY}/"
    assert f'formaction="{ask}"' in page
    empty = reporter.post(ask, fill("800"))
    assert empty.status_code == 422
    assert 'value="800"' in text(empty)
    assert reporter.post(ask, fill("800", reason="漏计一车")).status_code == 302
    row = Correction.objects.get()
    assert "查看" in text(reporter.get(url))
    county = client(Role.COUNTY_OFFICER)
    shown = text(county.get(f"/measures/corrections/{row.pk}/"))
    assert "+300" in shown
    assert "+214.29" in shown  # 300 t x 0.7143 tce/t
    queue = text(county.get("/measures/corrections/"))
    assert "漏计一车" in queue
    decide = f"/measures/corrections/{row.pk}/decide/"
    assert county.post(decide, {"decision": "approve"}).status_code == 422
    done = county.post(decide, {"decision": "approve", "reason": "磅单属实"})
    assert done.status_code == 302
    assert Report.objects.get(revision=2).reporter_name == scene.reporter.name
    assert "磅单属实" in text(reporter.get(f"/measures/corrections/{row.pk}/"))
    again = county.post(decide, {"decision": "approve", "reason": "再来"})
    assert again.status_code == 409


def test_withdrawn_by_who_asked_and_hidden_from_others(scene: Scene) -> None:
    with time_machine.travel(NOON, tick=False):
        report, _outcome = submit(scene.reporter, scene.site)
        row = make_correction(report)
        url = f"/measures/corrections/{row.pk}/"
        assert client(Role.CITY_OFFICER, region=LINYI).get(url).status_code == 404
        stranger = HouseClient().sign_in(make_scene().reporter_account)
        assert stranger.post(f"{url}withdraw/").status_code == 404
        reporter = HouseClient().sign_in(scene.reporter_account)
        assert reporter.post(f"{url}withdraw/").status_code == 302
        assert Correction.objects.get().state == "withdrawn"
        assert "已撤回" in text(reporter.get(url))


@time_machine.travel(NOON, tick=False)
def test_assigning_by_rule_is_the_commissions(scene: Scene) -> None:
    drc = client(Role.DRC_OFFICER)
    assert drc.post("/measures/obligations/assign/").status_code == 302
    assert Obligation.objects.filter(origin="rule").count() == 5
    assert client(Role.CITY_OFFICER).post("/measures/obligations/assign/").status_code == 403
