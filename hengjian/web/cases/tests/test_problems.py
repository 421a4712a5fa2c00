"""Problem pages over HTTP: list, one problem, every act, refusals, query counts."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hengjian.cases.models import Inquiry, Problem
from hengjian.cases.tests.factories import duty_of, make_inquiry, make_problem
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.monitoring.tests.factories import make_alert
from hengjian.registry.tests.factories import make_site
from tests.support.cast import LINYI, HouseClient, account

pytestmark = pytest.mark.django_db
LIST = "/cases/problems/"


def send(client: HouseClient, problem: Problem, action: str, **data: str) -> int:
    return client.post(f"{LIST}{problem.pk}/act/", {"action": action, **data}).status_code


def test_from_opening_to_closing(client: HouseClient) -> None:
    handler = account(Role.COUNTY_OFFICER)
    problem = make_problem(make_site(name="衡鉴厂"), handler=handler)
    alert = make_alert(problem.site, state="problem", problem=problem)
    client.sign_in(handler)
    page = client.get(f"{LIST}{problem.pk}/").content.decode()
    for part in ("衡鉴厂", problem.number, alert.title, "12-04", handler.name, 'value="start"'):
        assert part in page, part
    assert 'value="close"' not in page
    assert send(client, problem, "start") == 302
    assert send(client, problem, "propose", opinion="已整改") == 422, "the outcome is missing"
    sent = {"question": "请附检修记录", "deadline": "2026-11-30"}
    assert send(client, problem, "ask", **sent) == 302
    assert Inquiry.objects.get().first == alert.first
    assert send(client, problem, "propose", opinion="已整改", outcome="rectified") == 302
    other = HouseClient().sign_in(account(Role.CITY_OFFICER))
    assert 'value="close"' in other.get(f"{LIST}{problem.pk}/").content.decode()
    assert send(other, problem, "close", opinion="同意") == 302
    problem.refresh_from_db()
    assert (problem.state, problem.outcome) == ("closed", "rectified")
    page = other.get(f"{LIST}{problem.pk}/").content.decode()
    assert "属实，已整改" in page
    assert "我的办理" not in page


def test_reassign(client: HouseClient) -> None:
    problem = make_problem(make_site())
    new = account(Role.COUNTY_OFFICER, name="新承办人")
    client.sign_in(account(Role.CITY_OFFICER))
    duty = str(duty_of(new).pk)
    assert send(client, problem, "reassign", handler=duty, deadline="2026-12-11") == 422
    assert (
        send(client, problem, "reassign", handler=duty, deadline="2026-12-11", opinion="调岗")
        == 302
    )
    problem.refresh_from_db()
    assert (problem.handler_name, problem.state) == ("新承办人", "open")


def test_refused_acts_are_kept(client: HouseClient) -> None:
    handler = account(Role.CITY_OFFICER)
    problem = make_problem(make_site(), handler=handler, state="proposed")
    client.sign_in(handler)
    assert send(client, problem, "close") == 403, "nobody closes what he handled"
    assert send(client, problem, "start") == 409
    assert send(client, problem, "nonsense") == 422
    entries = Entry.objects.filter(refused=True).order_by("id")
    assert [(e.verb, e.reason) for e in entries] == [
        ("cases.problem.close", "forbidden"),
        ("cases.problem.start", "wrong_state"),
    ]


@pytest.mark.clause("E1")
def test_another_city_gets_404_and_the_enterprise_403(client: HouseClient) -> None:
    site = make_site(name="本市厂")
    problem = make_problem(site)
    far = client.sign_in(account(Role.CITY_OFFICER, region=LINYI))
    assert far.get(f"{LIST}{problem.pk}/").status_code == 404
    assert send(far, problem, "start") == 404
    assert "本市厂" not in far.get(f"{LIST}?tab=all").content.decode()
    own = HouseClient().sign_in(account(Role.ENTERPRISE_REPORTER, enterprises=[site.enterprise_id]))
    assert {own.get(LIST).status_code, own.get(f"{LIST}{problem.pk}/").status_code} == {403}
    assert send(own, problem, "start") == 403


def test_the_list_shows_what_is_overdue(client: HouseClient) -> None:
    make_problem(make_site(name="逾期厂"), deadline="2026-11-20")
    make_problem(make_site(name="在期厂"))
    client.sign_in(account(Role.CITY_OFFICER))
    page = client.get(LIST).content.decode()
    assert "逾期 3 日" in page
    late = client.get(f"{LIST}?late=1").content.decode()
    assert "逾期厂" in late
    assert "在期厂" not in late
    for sort in ("site", "-handler", "opened", "-deadline", "nonsense"):
        assert client.get(f"{LIST}?sort={sort}&level=orange&q=厂&tab=all").status_code == 200


def test_as_many_queries_for_50_rows_as_for_5(client: HouseClient) -> None:
    handler = account(Role.CITY_OFFICER)
    client.sign_in(account(Role.CITY_OFFICER))

    def count(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    lists = (f"{LIST}?tab=all", "/cases/inquiries/?tab=all")
    for _ in range(5):
        make_problem(make_site(), handler=handler)
        make_inquiry(make_site())
    few = [count(address) for address in lists]
    for _ in range(45):
        make_problem(make_site(), handler=handler, state="closed")
        make_inquiry(make_site(), state="answered")
    assert [count(address) for address in lists] == few
