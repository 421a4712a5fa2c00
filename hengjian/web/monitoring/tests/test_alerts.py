"""Alert pages over HTTP: what is shown, to whom, the acts and their refusals, export, query counts."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hengjian.cases.models import Inquiry, Problem
from hengjian.cases.tests.factories import duty_of
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.monitoring.models import Alert
from hengjian.monitoring.tests.factories import make_alert
from hengjian.monitoring.tests.scene import DAY, OVER, days_to, judge, make_works, report
from hengjian.registry.tests.factories import make_site
from tests.support.cast import LINYI, HouseClient, account

pytestmark = pytest.mark.django_db
LIST = "/monitoring/alerts/"


def page_of(client: HouseClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.content.decode()[:400]
    return response.content.decode()


@pytest.mark.clause("E1")
def test_the_alert_page_explains_everything(client: HouseClient, tmp_path: Path) -> None:
    site = make_works(name="衡鉴合金厂")
    report(site, days_to(DAY, 30), OVER)
    judge(tmp_path)
    alert = Alert.objects.get()
    page = page_of(client.sign_in(account(Role.CITY_OFFICER)), f"{LIST}{alert.pk}/")
    for part in (
        "衡鉴合金厂",
        alert.number,
        alert.text,
        "996.73",
        "≤ 950.00",
        "GB 21341-2022",
        "2024-01-01",
        "L101",
        alert.rule_version[:12],
        "滚动统计期",
        "30 日",
        "未作修正",
        "证据强度",
        "700.9",
        "节约能源法",
        "已核对公开文本",
        "chart-data",
        "监测产生预警",
    ):
        assert part in page, part
    for row in alert.input_reports:
        assert f"/measures/reports/{row['id']}/" in page
    for decision in ("dismiss", "ask", "open"):
        assert f'value="{decision}"' in page
    assert f"/registry/sites/{site.pk}/" in page


def test_the_list_filters_and_sorts(client: HouseClient) -> None:
    make_alert(make_site(name="甲厂"), severity="red", severity_rank=0)
    make_alert(make_site(name="乙厂"), state="dismissed")
    client.sign_in(account(Role.CITY_OFFICER))
    page = page_of(client, LIST)
    assert "甲厂" in page
    assert "乙厂" not in page
    assert "乙厂" in page_of(client, f"{LIST}?tab=dismissed")
    assert "甲厂" not in page_of(client, f"{LIST}?level=blue")
    assert "甲厂" in page_of(client, f"{LIST}?q=甲厂&since=2026-11-22&sort=-excess&city=371100")
    assert "甲厂" not in page_of(client, f"{LIST}?since=2026-11-23")
    for sort in ("level", "-site", "excess", "stake", "-day", "due", "nonsense"):
        page_of(client, f"{LIST}?tab=all&sort={sort}&since=nonsense&level=x&city=y")
    rows = client.get(LIST, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in rows


def test_dismiss_and_take_back(client: HouseClient) -> None:
    alert = make_alert(make_site())
    client.sign_in(account(Role.CITY_OFFICER))
    address = f"{LIST}{alert.pk}/"
    answer = client.post(f"{address}triage/", {"decision": "dismiss", "reason": "仪表检定"})
    assert answer.status_code == 302
    alert.refresh_from_db()
    assert (alert.state, alert.reason) == ("dismissed", "仪表检定")
    assert "仪表检定" in page_of(client, address)
    assert client.post(f"{address}reopen/", {"reason": "再看"}).status_code == 302
    alert.refresh_from_db()
    assert alert.state == "new"
    assert set(
        Entry.objects.filter(subject=f"monitoring.alert:{alert.pk}").values_list("verb", flat=True)
    ) == {"monitoring.alert.dismiss", "monitoring.alert.reopen"}


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({"decision": "dismiss"}, "reason"),
        ({"decision": "ask", "question": "", "deadline": "2026-11-30"}, "question"),
        ({"decision": "ask", "question": "原因？", "deadline": "2026-11-20"}, "deadline"),
        ({"decision": "open", "deadline": "2026-11-30", "handler": "999999"}, "handler"),
        ({"decision": "nonsense"}, "decision"),
    ],
    ids=str,
)
def test_what_is_missing_is_said_and_nothing_is_stored(
    client: HouseClient, sent: dict[str, str], named: str
) -> None:
    alert = make_alert(make_site())
    client.sign_in(account(Role.CITY_OFFICER))
    answer = client.post(f"{LIST}{alert.pk}/triage/", sent)
    assert answer.status_code == 422
    assert named in answer.context["form"].errors
    alert.refresh_from_db()
    assert alert.state == "new"
    assert not Inquiry.objects.exists()
    assert not Problem.objects.exists()


def test_open_leads_to_the_problem(client: HouseClient) -> None:
    alert = make_alert(make_site())
    handler = duty_of(account(Role.COUNTY_OFFICER))
    client.sign_in(account(Role.CITY_OFFICER))
    answer = client.post(
        f"{LIST}{alert.pk}/triage/",
        {"decision": "open", "handler": str(handler.pk), "deadline": "2026-12-04"},
    )
    problem = Problem.objects.get()
    assert answer["Location"] == f"/cases/problems/{problem.pk}/"
    assert problem.handler_duty == handler


def test_refused_acts_are_kept(client: HouseClient) -> None:
    alert = make_alert(make_site(), state="problem")
    sent = {"decision": "dismiss", "reason": "x"}
    address = f"{LIST}{alert.pk}/triage/"
    assert client.sign_in(account(Role.CITY_OFFICER)).post(address, sent).status_code == 409
    assert HouseClient().sign_in(account(Role.OVERSIGHT)).post(address, sent).status_code == 403
    refused = Entry.objects.filter(refused=True).order_by("id")
    assert [(e.verb, e.reason) for e in refused] == [
        ("monitoring.alert.dismiss", "wrong_state"),
        ("monitoring.alert.dismiss", "forbidden"),
    ]


@pytest.mark.clause("E1")
def test_another_city_gets_404_everywhere_and_the_site_403(client: HouseClient) -> None:
    site = make_site(name="本市厂")
    alert = make_alert(site)
    far = client.sign_in(account(Role.CITY_OFFICER, region=LINYI))
    for address in (f"{LIST}{alert.pk}/",):
        assert far.get(address).status_code == 404
    for act in ("triage", "reopen"):
        assert far.post(f"{LIST}{alert.pk}/{act}/", {"reason": "x"}).status_code == 404
    bulk = {"alerts": [str(alert.pk)], "reason": "x"}
    assert far.post(f"{LIST}dismiss/", bulk).status_code == 404
    assert "本市厂" not in page_of(far, f"{LIST}?tab=all")
    assert "本市厂" not in cells(far.get(f"{LIST}export/?tab=all"))
    own = HouseClient().sign_in(account(Role.ENTERPRISE_REPORTER, enterprises=[site.enterprise_id]))
    for address in (LIST, f"{LIST}export/", f"{LIST}{alert.pk}/"):
        assert own.get(address).status_code == 403
    alert.refresh_from_db()
    assert alert.state == "new"


def cells(response: object) -> set[str]:
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]  # a FileResponse
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {str(c.value) for row in book.active.iter_rows() for c in row if c.value is not None}


def test_the_export_holds_the_rows_in_scope_as_text(client: HouseClient) -> None:
    make_alert(make_site(name="=1+1厂"))
    make_alert(make_site(region=371302, name="外市厂"))
    found = cells(client.sign_in(account(Role.CITY_OFFICER)).get(f"{LIST}export/?tab=all"))
    assert "=1+1厂" in found
    assert "外市厂" not in found
    assert Entry.objects.filter(verb="monitoring.alert.export").count() == 1


def test_bulk_dismissal(client: HouseClient) -> None:
    alerts = [make_alert(make_site()) for _ in range(3)]
    client.sign_in(account(Role.CITY_OFFICER))
    assert 'name="alerts"' in page_of(client, LIST)
    sent = {"alerts": [str(a.pk) for a in alerts], "reason": "仪表检定"}
    assert client.post(f"{LIST}dismiss/", sent).status_code == 302
    assert Alert.objects.filter(state="dismissed").count() == 3
    assert client.post(f"{LIST}dismiss/", {"alerts": ["x"], "reason": "y"}).status_code == 422
    assert client.post(f"{LIST}dismiss/", sent).status_code == 409


def queries(client: HouseClient, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        client.get(address)
    return len(seen)


def test_as_many_queries_for_50_rows_as_for_5(client: HouseClient) -> None:
    for _ in range(5):
        make_alert(make_site(), state="asked")
    client.sign_in(account(Role.CITY_OFFICER))
    few = queries(client, f"{LIST}?tab=all")
    for _ in range(45):
        make_alert(make_site(), state="problem")
    assert queries(client, f"{LIST}?tab=all") == few
