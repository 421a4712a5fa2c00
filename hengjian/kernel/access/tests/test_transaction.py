"""One request, one transaction, one role: what is seen, what is left after an error, what is kept of a refusal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.test import override_settings

from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.people.models import Organ, Person
from tests.support.cast import LINYI, RIZHAO, HouseClient, account

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.support.urls")]


@pytest.fixture
def rizhao(client: HouseClient) -> HouseClient:
    return client.sign_in(account(Role.CITY_OFFICER, region=RIZHAO))


def organ(name: str, region: int) -> Organ:
    made = Organ(name=name, department="other", region_id=region)
    made.save(force_insert=True)
    return made


def test_a_lazily_rendered_page_sees_its_rows_and_no_others(rizhao: HouseClient) -> None:
    """The view forgets the gate on purpose: the second wall still stands."""
    organ("日照甲", RIZHAO), organ("临沂乙", LINYI)
    page = rizhao.get("/test/lazy/").content.decode()
    assert "日照甲" in page
    assert "临沂乙" not in page


@pytest.mark.parametrize(
    ("how", "status"), [("invalid", 422), ("forbidden", 403), ("conflict", 409), ("page", 422)]
)
def test_an_error_leaves_no_row(rizhao: HouseClient, how: str, status: int) -> None:
    assert rizhao.post(f"/test/fail/{how}/").status_code == status
    assert not Person.objects.filter(name="半途而废").exists()


def test_success_does_leave_the_row(rizhao: HouseClient) -> None:
    """Negative control of the test above."""
    assert rizhao.post("/test/succeed/").status_code == 200
    assert Person.objects.filter(name="半途而废").exists()


def test_a_crash_leaves_no_row_and_tells_nothing(rizhao: HouseClient) -> None:
    rizhao.raise_request_exception = False
    response = rizhao.post("/test/fail/crash/", headers={"X-Request-ID": "abcdef123456"})
    assert response.status_code == 500
    assert "secret detail" not in response.content.decode()
    assert "abcdef123456" in response.content.decode()
    assert not Person.objects.filter(name="半途而废").exists()


def test_a_refused_act_is_kept_after_the_rollback(rizhao: HouseClient) -> None:
    rizhao.post("/test/fail/forbidden/")
    entry = Entry.objects.get(refused=True)
    assert (entry.verb, entry.subject, entry.reason, entry.region) == (
        "people.organ.create",
        "people.organ:1",
        "forbidden",
        RIZHAO,
    )


def test_bad_input_is_no_refusal(rizhao: HouseClient) -> None:
    rizhao.post("/test/fail/invalid/")
    assert not Entry.objects.filter(refused=True).exists()


def test_faults_name_field_row_and_reason(rizhao: HouseClient) -> None:
    page = rizhao.post("/test/fail/invalid/").content.decode()
    assert "quantity" in page
    assert "数量应为 1 至 9" in page
    assert "3" in page


def test_without_a_post_nothing_is_seen(client: HouseClient) -> None:
    who = account(Role.CITY_OFFICER)
    organ("日照甲", RIZHAO)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE access_duty SET valid_to = '2026-01-01' WHERE account_id = %s", [who.pk]
        )
    client.sign_in(who)
    assert client.get("/people/posts/").status_code == 403
    client.raise_request_exception = False
    assert "日照甲" not in client.get("/test/lazy/").content.decode()


@override_settings(RATE_LIMITS=True)
def test_sign_in_is_throttled(client: HouseClient) -> None:
    with time_machine.travel(datetime(2026, 11, 23, tzinfo=UTC), tick=False):
        answers = [
            client.post(
                "/accounts/login/", {"login": f"u{n}", "password": "x"}, REMOTE_ADDR="10.7.7.7"
            ).status_code
            for n in range(62)
        ]
    assert answers == [200] * 60 + [429] * 2
