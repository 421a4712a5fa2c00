"""Forms beyond the plain day: stocks, stops, months with their sums, the reviewer's desk, paper."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hengjian.kernel.access.declare import Role
from hengjian.measures.models import Draft, Report
from hengjian.measures.tests.scene import (
    DAY,
    QUANTITIES,
    TODAY,
    Scene,
    ask_review,
    make_scene,
    submit,
)
from hengjian.registry.tests.factories import make_site
from tests.support.cast import HouseClient, account

pytestmark = [pytest.mark.django_db, pytest.mark.clause("G2")]
TYPED = {
    "clinker_output": "3000",
    "cement_output": "4000",
    "raw_coal": "500",
    "electricity_purchased": "20",
}
EVE = DAY - timedelta(days=1)
OCTOBER = date(2026, 10, 1)


@pytest.fixture
def scene() -> Scene:
    return make_scene(name="衡鉴测试水泥厂")


@pytest.fixture
def clerk(client: HouseClient, scene: Scene) -> HouseClient:
    return client.sign_in(scene.reporter_account)


def url(scene: Scene, day: date = DAY) -> str:
    return f"/measures/daily/{scene.site.pk}/{day}/"


def month(scene: Scene, form: str = "month_energy", period: date = OCTOBER) -> str:
    return f"/measures/forms/{scene.site.pk}/{form}/{period}/"


def post(client: HouseClient, where: str, **data: str) -> Any:
    return client.post(where, {"report_id": str(uuid4()), "action": "submit", **data})


def inputs(page: str) -> list[str]:
    return re.findall(r'<input[^>]*name="([a-z_0-9]+)"[^>]*data-amount', page)


def test_a_steel_works_sees_twenty_fields_and_the_rest_on_demand(client: HouseClient) -> None:
    site = make_site(industry="steel")
    client.sign_in(account(Role.ENTERPRISE_REPORTER, enterprises=[site.enterprise_id]))
    where = f"/measures/daily/{site.pk}/{DAY}/"
    shown = inputs(client.get(where).content.decode())
    assert len(shown) == 20
    assert "diesel" not in shown
    assert "diesel" in inputs(client.get(f"{where}?more=1").content.decode())
    client.post(f"{where}draft/", {"diesel": "3"})
    assert "diesel" in inputs(client.get(where).content.decode())  # typed: never hidden


def test_opening_stock_is_carried_over_and_corrected_only_with_a_reason(
    clerk: HouseClient, scene: Scene
) -> None:
    submit(scene.reporter, scene.site, period=EVE, coal_closing="1200.5")
    page = clerk.get(url(scene)).content.decode()
    field = re.search(r'<input[^>]*name="coal_opening"[^>]*>', page)
    assert field is not None
    assert 'value="1200.5"' in field[0]
    assert "readonly" in field[0]
    wrong = {**TYPED, "coal_opening": "1000", "coal_receipts": "300", "coal_closing": "800"}
    refused = post(clerk, url(scene), **wrong)
    assert refused.status_code == 422
    assert "与上期期末库存 1200.5 t 不一致" in refused.content.decode()
    assert Report.objects.filter(period=DAY).count() == 0
    assert post(clerk, url(scene), **wrong, explanation="盘点更正").status_code == 302
    report = Report.objects.get(period=DAY)
    assert report.quantities["coal_opening"] == {"value": "1000", "unit": "t"}
    assert report.explanation == "盘点更正"
    assert "explanation=盘点更正" in report.canon


def test_stocks_enter_no_energy(clerk: HouseClient, scene: Scene) -> None:
    post(clerk, url(scene), **TYPED, coal_opening="1000", coal_receipts="300", coal_closing="800")
    report = Report.objects.get()
    assert report.coal_t == 500
    assert not any(line["item"].startswith("coal_") for line in report.conversion)
    assert "coal_closing=800 t" in report.canon


def test_a_balance_that_is_off_warns_and_never_refuses(clerk: HouseClient, scene: Scene) -> None:
    clerk.post(
        f"{url(scene)}draft/",
        {**TYPED, "coal_opening": "1000", "coal_receipts": "300", "coal_closing": "700"},
    )
    page = clerk.get(url(scene)).content.decode()
    assert "差额 −100.00，允许 ±25.00" in page
    assert 'class="off"' in page
    sent = post(
        clerk, url(scene), **TYPED, coal_opening="1000", coal_receipts="300", coal_closing="700"
    )
    assert sent.status_code == 302


def test_a_stop_is_one_click_and_the_next_day_is_prefilled(
    clerk: HouseClient, scene: Scene
) -> None:
    submit(scene.reporter, scene.site, period=EVE - timedelta(days=1), coal_closing="900")
    end = TODAY + timedelta(days=3)
    zero = {"action": "zero", "stop_kind": "maintenance", "expected_end": end.isoformat()}
    response = post(clerk, url(scene, EVE), **zero)
    report = Report.objects.get(period=EVE)
    assert (report.stop_kind, report.expected_end, report.zero_report) == ("maintenance", end, True)
    assert report.quantities["coal_closing"]["value"] == "900"
    assert report.energy_tce == 0
    assert "零报告（检修，预计至" in clerk.get(response["Location"]).content.decode()
    page = clerk.get(url(scene)).content.decode()
    assert f'value="{end}"' in page
    assert "检修至" in page  # in the list of days due
    assert re.search(r'name="raw_coal" value="0"', page)
    assert re.search(r'name="coal_closing" value="900"', page)


def test_from_the_list_of_days_a_zero_report_is_one_click(clerk: HouseClient, scene: Scene) -> None:
    page = clerk.get(url(scene)).content.decode()
    assert page.count("停产零报告") >= 7
    assert post(clerk, url(scene, EVE), action="zero", stop_kind="stopped").status_code == 302
    assert Report.objects.get().stop_kind == "stopped"


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"stop_kind": "holiday"}, "没有这种停产类别"),
        ({"expected_end": "2026-11-01"}, "不能早于当日"),
        ({"expected_end": "soon"}, "expected_end"),
    ],
)
def test_a_wrong_stop_is_refused(
    clerk: HouseClient, scene: Scene, changed: dict[str, str], text: str
) -> None:
    response = post(clerk, url(scene), action="zero", **changed)
    assert response.status_code == 422
    assert text in response.content.decode()
    assert not Report.objects.exists()


def test_a_stop_is_not_said_of_a_day_with_production(clerk: HouseClient, scene: Scene) -> None:
    post(clerk, url(scene), **TYPED, stop_kind="stopped", expected_end="2026-12-01")
    assert Report.objects.get().stop_kind == ""


def test_a_month_shows_the_sum_of_its_days_this_year_and_the_last(
    clerk: HouseClient, scene: Scene
) -> None:
    for day in (OCTOBER, OCTOBER + timedelta(days=1)):
        submit(scene.reporter, scene.site, period=day)
    submit(
        scene.reporter, scene.site, form="month_energy", period=date(2026, 9, 1), raw_coal="7000"
    )
    submit(
        scene.reporter, scene.site, form="month_energy", period=date(2025, 10, 1), raw_coal="8100"
    )
    page = clerk.get(month(scene)).content.decode()
    assert "日报合计（2/31 天）" in page
    row = re.search(r'name="raw_coal".*?</tr>', page, re.DOTALL)
    assert row is not None
    cells = [
        re.sub(r"<[^>]+>", "", c).strip() for c in re.findall(r"<td.*?</td>", row[0], re.DOTALL)
    ]
    assert cells[:4] == ["7,000", "1,000", "7,000", "8,100"]  # before, days, year, last year
    assert post(clerk, month(scene), **TYPED).status_code == 302
    assert Report.objects.filter(form="month_energy", period=OCTOBER).count() == 1


def test_finance_takes_a_loss_and_asks_what_is_required(clerk: HouseClient, scene: Scene) -> None:
    where = month(scene, "month_finance")
    assert post(clerk, where, revenue="1200").status_code == 422
    assert post(clerk, where, revenue="1200", cost="1300.5", profit="-100.5").status_code == 302
    report = Report.objects.get()
    assert report.quantities["profit"] == {"value": "-100.5", "unit": "1e4yuan"}
    assert report.energy_tce == 0
    assert (report.conversion, report.zero_report) == ([], False)
    assert "会计核算口径" in report.basis


@pytest.mark.parametrize(
    ("form", "period", "status"),
    [
        ("month_energy", "2026-10-02", 404),  # not the first day
        ("quarter_energy", "2026-08-01", 404),
        ("year_energy", "2026-02-01", 404),
        ("gold", "2026-10-01", 404),
        ("month_energy", "1999-01-01", 404),
        ("month_energy", "2026-11-01", 409),  # not over
    ],
)
def test_wrong_forms_and_periods(
    clerk: HouseClient, scene: Scene, form: str, period: str, status: int
) -> None:
    assert (
        post(clerk, month(scene, form, date.fromisoformat(period)), **TYPED).status_code == status
    )
    assert not Report.objects.exists()


def test_the_list_of_forms_names_what_is_owed(clerk: HouseClient, scene: Scene) -> None:
    page = clerk.get("/measures/forms/").content.decode()
    for title in ("生产能耗日报", "财务状况月报", "能源购进消费库存年报"):
        assert title in page
    ask_review(scene.site)  # an obligation for the day only: the rest is not owed
    page = clerk.get("/measures/forms/").content.decode()
    assert "生产能耗日报" in page
    assert "财务状况月报" not in page


def test_what_waits_is_approved_or_returned_at_the_reviewers_desk(
    client: HouseClient, scene: Scene
) -> None:
    ask_review(scene.site)
    reviewer = account(Role.ENTERPRISE_REVIEWER, enterprises=[scene.site.enterprise_id])
    client.sign_in(scene.reporter_account)
    assert post(client, url(scene), **TYPED)["Location"] == url(scene)
    waiting = Draft.objects.get()
    assert "撤回修改" in client.get(url(scene)).content.decode()
    desk = f"/measures/review/{waiting.report_id}/"
    assert client.post(desk, {"action": "approve"}).status_code == 403
    client.sign_in(reviewer)
    assert desk in client.get("/measures/review/").content.decode()
    assert "原煤消费量" in client.get(desk).content.decode()
    assert client.post(desk, {"action": "return", "reason": ""}).status_code == 422
    assert client.post(desk, {"action": "return", "reason": "煤量有误"}).status_code == 302
    client.sign_in(scene.reporter_account)
    page = client.get(url(scene)).content.decode()
    assert "退回：煤量有误" in page
    assert 'name="raw_coal" value="500"' in page
    post(client, url(scene), **{**TYPED, "raw_coal": "510"})
    client.sign_in(reviewer)
    again = f"/measures/review/{Draft.objects.get().report_id}/"
    assert client.post(again, {"action": "approve"}).status_code == 409  # says not what was read
    read = {"action": "approve", "seen": Draft.objects.get().digest}
    assert f'name="seen" value="{read["seen"]}"' in client.get(again).content.decode()
    sent = client.post(again, read)
    report = Report.objects.get()
    assert sent["Location"] == f"/measures/reports/{report.pk}/"
    assert client.post(again, {"action": "approve"})["Location"] == sent["Location"]
    paper = client.get(f"{sent['Location']}print/").content.decode()
    for text in ("两高日01表", "山东省发展和改革委员会", "待定", "单位负责人", report.sha256):
        assert text in paper
    assert report.reviewed_by_name in paper
    assert report.reporter_name in paper


def test_queries_do_not_grow_with_the_days_of_a_year(clerk: HouseClient, scene: Scene) -> None:
    clerk.get(url(scene))
    counts = []
    for days in (range(1, 3), range(3, 12)):
        for back in days:
            submit(
                scene.reporter, scene.site, period=DAY - timedelta(days=back), quantities=QUANTITIES
            )
        for where in (url(scene), month(scene)):
            with CaptureQueriesContext(connection) as queries:
                clerk.get(where)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]


def test_what_is_put_in_place_of_what_the_reviewer_reads_is_not_sent(
    client: HouseClient, scene: Scene
) -> None:
    ask_review(scene.site)
    client.sign_in(scene.reporter_account)
    post(client, url(scene), **TYPED)
    waiting = Draft.objects.get()
    desk = f"/measures/review/{waiting.report_id}/"
    # The reviewer has the page open; the reporter takes the report back and hands in other figures under its id.
    post(client, url(scene), action="withdraw")
    post(client, url(scene), **{**TYPED, "raw_coal": "5", "report_id": str(waiting.report_id)})
    assert Draft.objects.get().report_id == waiting.report_id
    client.sign_in(account(Role.ENTERPRISE_REVIEWER, enterprises=[scene.site.enterprise_id]))
    refused = client.post(desk, {"action": "approve", "seen": waiting.digest})
    assert refused.status_code == 409
    assert "改动" in refused.content.decode()
    assert not Report.objects.exists()
    now_shown = {"action": "approve", "seen": Draft.objects.get().digest}
    assert client.post(desk, now_shown).status_code == 302
    assert Report.objects.get().coal_t == 5


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "9999-10-01", "2015-01-01"])
def test_days_beyond_the_calendar_are_refused_everywhere(
    client: HouseClient, scene: Scene, day: str
) -> None:
    client.sign_in(scene.reporter_account)
    addresses = [
        f"/measures/daily/{scene.site.pk}/{day}/",
        f"/measures/forms/{scene.site.pk}/month_energy/{day}/",
        f"/measures/corrections/ask/{scene.site.pk}/daily/{day}/",
    ]
    assert {post(client, where, reason="x", **TYPED).status_code for where in addresses} == {404}
    table = f"报告期,原煤消费量（吨）,煤炭期初库存（吨）\n{day},5,5\n".encode()
    sheet = SimpleUploadedFile("日报.csv", table)
    sent = client.post(
        f"/measures/excel/{scene.site.pk}/daily/", {"action": "upload", "file": sheet}
    )
    assert sent.status_code == 422
    client.sign_in(account(Role.COUNTY_OFFICER))
    known = day.startswith("2015")  # a day like any other, with nothing on it
    for page in ("/measures/status/", f"/measures/meters/{scene.site.pk}/"):
        found = client.get(page, {"last": day, "day": day})
        assert found.status_code == (200 if known else 404), page
        file: Any = client.get(f"{page}export/", {"last": day, "day": day})
        b"".join(file.streaming_content if file.streaming else [file.content])
        for closer in file._resource_closers:  # close() would end the test's connection
            closer()
        assert file.status_code == found.status_code, page
    asked = {"form": "daily", "source": "enterprise", "last": day, "sites": str(scene.site.pk)}
    reminded = client.post("/measures/status/remind/", asked)
    assert reminded.status_code == (422 if known else 404)
