"""My day: what needs me, for every role, and the probes."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import OperationalError

from hengjian.kernel.access import middleware
from hengjian.kernel.access.declare import Role
from hengjian.web.kernel.day import day_text, greeting
from tests.access.world import OWN, build, person
from tests.support.cast import HouseClient, account

pytestmark = pytest.mark.django_db


# A system of a sender signs no page in: it comes with a key.
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SENDER])
def test_every_role_has_a_day(role: Role) -> None:
    world = build()
    assert HouseClient().sign_in(person(world, role)).get("/").status_code == 200


def test_officials_see_the_alert_of_their_county_and_no_other(client: HouseClient) -> None:
    build()
    page = client.sign_in(account(Role.COUNTY_OFFICER)).get("/").content.decode()
    assert "本县样厂" in page
    assert "金丝雀" not in page


def test_the_reporter_sees_what_is_owed_and_asked(client: HouseClient) -> None:
    world = build()
    page = client.sign_in(person(world, Role.ENTERPRISE_REPORTER)).get("/").content.decode()
    assert str(world.ids["inquiry", OWN]) in page
    assert str(world.ids["alert", OWN]) not in page


def test_the_navigation_offers_only_what_the_post_may_do(client: HouseClient) -> None:
    page = client.sign_in(account(Role.SYSTEM_ADMIN)).get("/").content.decode()
    assert "/people/posts/" in page
    assert "/monitoring/alerts/" not in page


def test_greeting_and_day() -> None:
    assert greeting(8) == "上午好"
    assert day_text(date(2026, 11, 23)) == "2026年11月23日 星期一 · 工作日"
    assert day_text(date(2026, 10, 10)).endswith("工作日"), "a make-up Saturday"
    assert day_text(date(2026, 10, 1)).endswith("休息日")


def test_the_process_answers_without_a_database(
    client: HouseClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: object, **_kwargs: object) -> None:
        raise OperationalError

    monkeypatch.setattr(middleware, "assume", gone)
    assert client.get("/healthz").content == b"ok"
    client.raise_request_exception = False
    assert client.get("/readyz").status_code == 503


def test_probes(client: HouseClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"failing": [], "worker": "silent"}
