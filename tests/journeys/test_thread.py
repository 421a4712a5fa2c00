"""The thread: a report comes in → the rules run → an alert → asked → answered → a problem → closed (E1, G2)."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest

from hengjian.cases.models import Inquiry, Problem
from hengjian.cases.tests.factories import duty_of
from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.models import Account
from hengjian.kernel.audit.models import Entry
from hengjian.measures.models import Report
from hengjian.monitoring.models import Alert
from hengjian.monitoring.tasks import run_day
from hengjian.monitoring.tests.scene import make_works
from hengjian.registry.models import Site
from tests.support.cast import LINYI, HouseClient, account
from tests.support.roles import as_loader_now

pytestmark = [pytest.mark.django_db, pytest.mark.journey]

DAY = date(2026, 11, 22)
DAYS = [DAY - timedelta(days=back) for back in range(29, -1, -1)]


@dataclass
class Cast:
    """Who takes part; each in a browser of his own."""

    site: Site
    reporter: HouseClient
    officer: HouseClient
    handler_account: Account
    handler: HouseClient
    stranger: HouseClient


@pytest.fixture
def cast(settings: Any, tmp_path: Path) -> Cast:
    settings.LAKE_DIR = tmp_path
    site = make_works(name="衡鉴合金厂")
    handler = account(Role.COUNTY_OFFICER, name="县级承办人")
    return Cast(
        site=site,
        reporter=HouseClient().sign_in(
            account(Role.ENTERPRISE_REPORTER, enterprises=[site.enterprise_id])
        ),
        officer=HouseClient().sign_in(account(Role.CITY_OFFICER, name="日照经办人")),
        handler_account=handler,
        handler=HouseClient().sign_in(handler),
        stranger=HouseClient().sign_in(account(Role.CITY_OFFICER, region=LINYI)),
    )


def put(
    cast: Cast, day: date, coke: str, client: HouseClient, report_id: UUID | None = None
) -> Any:
    return client.put(
        f"/api/v1/reports/{report_id or uuid4()}",
        {
            "site_id": str(cast.site.pk),
            "form": "daily",
            "period": day.isoformat(),
            "source": "enterprise",
            "quantities": {
                "ferroalloy_output": {"value": "500"},
                "electricity_purchased": {"value": "200"},
                "coke": {"value": coke},
            },
        },
        content_type="application/json",
    )


def monitor() -> None:
    """What the morning's job does, as the worker."""
    run_day(DAY)
    as_loader_now()


def text_of(client: HouseClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.content.decode()[:300])
    return response.content.decode()


@pytest.mark.clause("G2")
@pytest.mark.clause("E1")
def test_the_thread_from_a_report_to_a_closed_problem(cast: Cast) -> None:
    for day in DAYS:
        assert put(cast, day, "260", cast.reporter).status_code == 201
    monitor()
    alert = Alert.objects.get()
    assert alert.site_id == cast.site.pk
    seen = text_of(cast.officer, f"/monitoring/alerts/{alert.pk}/")
    assert alert.text in seen

    triage = f"/monitoring/alerts/{alert.pk}/triage/"
    question = {"decision": "ask", "question": "请说明焦炭消耗升高的原因", "deadline": "2026-11-26"}
    assert cast.officer.post(triage, question).status_code == 302
    inquiry = Inquiry.objects.get()
    page = text_of(cast.reporter, f"/cases/inquiries/{inquiry.pk}/")
    assert "请说明焦炭消耗升高的原因" in page
    assert all(secret not in page for secret in (alert.number, alert.basis, "限额", "预警"))
    answer = {"answer": "电炉改造期间焦炭单耗偏高"}
    sent = cast.reporter.post(f"/cases/inquiries/{inquiry.pk}/answer/", answer)
    assert sent.status_code == 302
    assert "已说明待研判" in text_of(cast.officer, "/monitoring/alerts/")

    problem = _handled_and_closed(cast, triage)
    history = text_of(cast.officer, f"/cases/problems/{problem.pk}/")
    for happened in (
        "监测产生预警",
        "要求企业说明",
        "企业提交说明",
        "立案",
        "提出办理结论",
        "办结",
    ):
        assert happened in history, happened
    _a_colleague_elsewhere_finds_nothing(cast, alert, inquiry, problem)


def _handled_and_closed(cast: Cast, triage: str) -> Problem:
    """Opened by the officer, handled in the county, closed by somebody else than the handler."""
    duty = str(duty_of(cast.handler_account).pk)
    opened = {"decision": "open", "handler": duty, "deadline": "2026-12-04"}
    assert cast.officer.post(triage, opened).status_code == 302
    problem = Problem.objects.get()
    act = f"/cases/problems/{problem.pk}/act/"
    assert "电炉改造期间" in text_of(cast.handler, f"/cases/problems/{problem.pk}/")
    assert cast.handler.post(act, {"action": "start"}).status_code == 302
    outcome = {"action": "propose", "outcome": "substantiated", "opinion": "现场核实，限期整改"}
    assert cast.handler.post(act, outcome).status_code == 302
    assert cast.handler.post(act, {"action": "close"}).status_code == 403
    assert cast.officer.post(act, {"action": "close", "opinion": "同意"}).status_code == 302
    problem.refresh_from_db()
    assert (problem.state, problem.outcome) == ("closed", "substantiated")
    return problem


def _a_colleague_elsewhere_finds_nothing(
    cast: Cast, alert: Alert, inquiry: Inquiry, problem: Problem
) -> None:
    report = Report.objects.order_by("period")[0]
    for address in (
        f"/registry/sites/{cast.site.pk}/",
        f"/measures/reports/{report.pk}/",
        f"/api/v1/reports/{report.pk}",
        f"/monitoring/alerts/{alert.pk}/",
        f"/cases/inquiries/{inquiry.pk}/",
        f"/cases/problems/{problem.pk}/",
    ):
        assert cast.officer.get(address).status_code == 200, address
        assert cast.stranger.get(address).status_code == 404, address
    for client, found in ((cast.officer, True), (cast.stranger, False)):
        response: Any = client.get("/monitoring/alerts/export/?tab=all")
        book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
        cells = {str(c.value) for row in book.active.iter_rows() for c in row}
        assert (alert.number in cells) is found


@pytest.mark.clause("E1")
def test_the_same_morning_twice_and_an_honest_works(cast: Cast) -> None:
    for day in DAYS:
        assert put(cast, day, "200", cast.reporter).status_code == 201
    monitor()
    assert not Alert.objects.exists(), "880 kgce/t is within 950"
    repeated = uuid4()
    assert put(cast, date(2026, 11, 23), "2000", cast.reporter, repeated).status_code == 201
    assert put(cast, date(2026, 11, 23), "2000", cast.reporter, repeated).status_code == 200
    for _ in range(2):
        run_day(date(2026, 11, 23))
        as_loader_now()
    assert Alert.objects.filter(rule="L101").count() == 1
    raised = Entry.objects.filter(verb="monitoring.alert.raise").count()
    assert raised == Alert.objects.count() == len(set(Alert.objects.values_list("rule"))), (
        "once each"
    )
