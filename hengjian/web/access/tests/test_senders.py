"""The page of senders' systems: register, the key shown once, renew, revoke."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.models import Account, Key, Sender
from hengjian.kernel.audit.models import Entry
from hengjian.measures.tests.scene import make_scene
from tests.support.cast import PASSWORD, HouseClient, account

pytestmark = pytest.mark.django_db
LIST = "/senders/"


def register(client: HouseClient, **changed: object) -> tuple[int, str]:
    given = {
        "name": "某电网公司采集系统", "sources": ["grid"], "kind": "regions", "reach": "371100",
        "networks": "10.1.0.0/16", "contact": "张某", "valid_days": "365", **changed,
    }  # fmt: skip
    response = client.post(f"{LIST}register/", given)
    return response.status_code, response.content.decode()


def test_registered_shown_once_renewed_revoked(client: HouseClient) -> None:
    client.sign_in(account(Role.DRC_OFFICER))
    status, page = register(client)
    assert status == 200
    found = re.search(r"hjk_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", page)
    assert found, page[-500:]
    shown = client.get(LIST).content.decode()
    assert found[0] not in shown
    assert "hjk_" in shown
    assert "日照市" in shown
    sender = Sender.objects.get()
    renewed = client.post(f"{LIST}{sender.pk}/key/", {"valid_days": "30"}).content.decode()
    assert found[0] not in renewed
    client.sign_in(account(Role.SECURITY_ADMIN))
    assert client.get(LIST).status_code == 200
    assert client.post(f"{LIST}{sender.pk}/revoke/", {"reason": "遗失"}).status_code == 302
    assert not Key.objects.filter(revoked_at=None).exists()
    verbs = set(Entry.objects.values_list("verb", flat=True))
    assert {"access.sender.register", "access.key.issue", "access.key.revoke"} <= verbs


def test_each_kind_of_reach_and_its_faults(client: HouseClient) -> None:
    client.sign_in(account(Role.DRC_OFFICER))
    scene = make_scene()
    assert register(client, kind="sites", reach=scene.site.name)[0] == 200
    assert register(client, kind="enterprise", reach=scene.site.enterprise.name)[0] == 200
    faults: tuple[dict[str, object], ...] = (
        {"reach": "999999"}, {"kind": "sites", "reach": "没有"}, {"networks": "家里"},
        {"sources": []}, {"valid_days": "0"}, {"kind": "enterprise", "reach": "甲\n乙"},
    )  # fmt: skip
    for changed in faults:
        assert register(client, **changed)[0] == 422, changed
    assert Sender.objects.count() == 2


def test_a_system_signs_in_nowhere(client: HouseClient) -> None:
    client.sign_in(account(Role.DRC_OFFICER))
    register(client)
    client.logout()
    system = Account.objects.get(sphere="machine")
    Account.objects.filter(pk=system.pk).update(password=account(Role.CITY_OFFICER).password)
    client.post("/accounts/login/", {"login": system.username, "password": PASSWORD})
    assert client.get("/").status_code == 302, "even with a password it is no person"


@pytest.mark.parametrize("role", [Role.CITY_OFFICER, Role.SYSTEM_ADMIN, Role.ENTERPRISE_REPORTER])
def test_others_neither_see_nor_register(client: HouseClient, role: Role) -> None:
    client.sign_in(account(role))
    assert client.get(LIST).status_code == 403
    assert register(client)[0] == 403
    assert not Sender.objects.exists()


def test_the_list_asks_the_same_however_many_there_are(
    client: HouseClient, django_assert_num_queries: Any
) -> None:
    client.sign_in(account(Role.DRC_OFFICER))
    register(client)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    asked = len(few)
    for n in range(3):
        register(client, name=f"系统{n}")
    with django_assert_num_queries(asked):
        client.get(LIST)
