"""Attacks on the door: chosen cookies, forged addresses, guessed codes, demo accounts where there is no demo."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.test import override_settings

from hengjian.kernel.access.buckets import LIMITS
from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.models import Account
from hengjian.kernel.audit.models import Entry
from tests.support.cast import PASSWORD, HouseClient, account

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TRIES = LIMITS["signin"].burst + 3


def guess(client: HouseClient, number: int, **extra: Any) -> int:
    given = {"login": f"u{number}", "password": "x"}
    return int(client.post("/accounts/login/", given, **extra).status_code)


@time_machine.travel(NOON, tick=False)
@override_settings(RATE_LIMITS=True)
def test_a_cookie_that_the_guesser_chose_gives_no_new_bucket(client: HouseClient) -> None:
    answers = set()
    for number in range(TRIES):
        client.cookies["session"] = f"made-up-{number}"
        answers.add(guess(client, number, REMOTE_ADDR="10.7.7.8"))
    assert answers == {200, 429}


@time_machine.travel(NOON, tick=False)
@override_settings(RATE_LIMITS=True)
def test_a_forged_forwarded_address_counts_for_nothing_without_a_proxy(client: HouseClient) -> None:
    answers = {
        guess(client, n, REMOTE_ADDR="10.7.7.9", HTTP_X_FORWARDED_FOR=f"10.1.1.{n}")
        for n in range(TRIES)
    }
    assert answers == {200, 429}


@time_machine.travel(NOON, tick=False)
@override_settings(RATE_LIMITS=True, BEHIND_PROXY=True)
def test_behind_the_proxy_each_address_has_its_own_bucket_and_what_the_sender_adds_counts_not(
    client: HouseClient,
) -> None:
    """The proxy appends the address that it saw: the last one counts."""
    forged = {
        guess(client, n, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=f"10.1.1.{n}, 10.7.7.10")
        for n in range(TRIES)
    }
    assert forged == {200, 429}
    other = guess(client, TRIES, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="10.7.7.11")
    assert other == 200, "another person behind the same proxy is not throttled"


@override_settings(BEHIND_PROXY=True)
def test_behind_the_proxy_nobody_locks_an_official_out_from_elsewhere(client: HouseClient) -> None:
    who = account(Role.CITY_OFFICER)
    wrong = {"login": who.username, "password": "wrong"}
    for _ in range(6):
        client.post("/accounts/login/", wrong, HTTP_X_FORWARDED_FOR="10.6.6.6")
    right = {"login": who.username, "password": PASSWORD}
    assert (
        client.post("/accounts/login/", right, HTTP_X_FORWARDED_FOR="10.6.6.6").status_code == 429
    )
    assert (
        client.post("/accounts/login/", right, HTTP_X_FORWARDED_FOR="10.6.6.7").status_code == 302
    )


def with_second_factor() -> Account:
    who = account(Role.DRC_OFFICER, mfa=False)
    TOTP.activate(who, SECRET)
    return who


def code_at(moment: datetime) -> str:
    return str(format_hotp_value(hotp_value(SECRET, int(moment.timestamp()) // 30)))


def sign_in(client: HouseClient, who: Account) -> None:
    given = {"login": who.username, "password": PASSWORD}
    assert client.post("/accounts/login/", given).status_code in {302, 429}


def test_guessed_codes_lock_like_guessed_passwords_even_with_the_password_known() -> None:
    """A new sign-in with the right password is no fresh start for the codes."""
    who = with_second_factor()
    with time_machine.travel(NOON, tick=False):
        for _ in range(6):
            client = HouseClient()
            sign_in(client, who)
            client.post("/accounts/2fa/authenticate/", {"code": "000000"})
        client = HouseClient()
        sign_in(client, who)
        client.post("/accounts/2fa/authenticate/", {"code": code_at(NOON)})
        assert client.get("/people/posts/").status_code == 302, "locked: not signed in"


def test_the_right_code_signs_in_and_a_slip_is_forgiven() -> None:
    """The control of the test above."""
    who, client = with_second_factor(), HouseClient()
    with time_machine.travel(NOON, tick=False):
        sign_in(client, who)
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
        client.post("/accounts/2fa/authenticate/", {"code": code_at(NOON)})
        assert client.get("/people/posts/").status_code == 200


def demo_account() -> Account:
    who = account(Role.CITY_OFFICER)
    Account.objects.filter(pk=who.pk).update(is_demo=True)
    return who


def test_a_demo_account_opens_nothing_where_there_is_no_demo(client: HouseClient) -> None:
    """Its password is printed on the demo's own page."""
    who = demo_account()
    client.post("/accounts/login/", {"login": who.username, "password": PASSWORD})
    assert client.get("/").status_code == 302
    assert client.get("/").headers["Location"].startswith("/accounts/login/")


def test_an_open_session_of_a_demo_account_ends_with_the_demo(client: HouseClient) -> None:
    who = demo_account()
    with override_settings(DEMO=True):
        assert client.sign_in(who).get("/people/posts/").status_code == 200
    assert client.get("/people/posts/").headers["Location"].startswith("/accounts/login/")
    assert client.get("/api/v1/reports/00000000-0000-7000-8000-00000000dead").status_code == 401


def test_signing_in_is_in_the_history(client: HouseClient) -> None:
    who = account(Role.CITY_OFFICER)
    client.post("/accounts/login/", {"login": who.username, "password": PASSWORD})
    entry = Entry.objects.get(verb="access.session.open")
    assert (entry.actor_account, entry.subject) == (who.pk, f"access.account:{who.pk}")
