"""Signing in: the form, the lockout, the second factor, timeouts, the password profile, the acting post."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.sessions.models import Session
from django.test import override_settings

from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.models import Account, PasswordHistory
from hengjian.kernel.access.services import give_duty
from hengjian.kernel.audit.models import Entry
from tests.support.cast import DONGGANG, LINYI, PASSWORD, RIZHAO, HouseClient, account

pytestmark = pytest.mark.django_db


def post_login(
    client: HouseClient, who: Account, password: str = PASSWORD, address: str = "10.0.0.1"
) -> Any:
    return client.post(
        "/accounts/login/", {"login": who.username, "password": password}, REMOTE_ADDR=address
    )


def test_the_page_warns_against_secrets_and_shows_no_demo_accounts(client: HouseClient) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert "严禁" in page
    assert "Hengjian-2026" not in page


def test_right_password_signs_in(client: HouseClient) -> None:
    response = post_login(client, account(Role.CITY_OFFICER))
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/").status_code == 200


def _without_tokens(text: str) -> str:
    return "".join(line for line in text.splitlines() if "csrf" not in line.lower())


def test_wrong_password_and_unknown_user_look_the_same(client: HouseClient) -> None:
    known = account(Role.CITY_OFFICER)
    wrong = (
        post_login(client, known, "not-the-password").content.decode().replace(known.username, "X")
    )
    unknown = client.post(
        "/accounts/login/", {"login": "nobody-here", "password": "not-the-password"}
    ).content.decode()
    assert _without_tokens(wrong) == _without_tokens(unknown.replace("nobody-here", "X"))


def test_five_failures_lock_this_user_from_this_address_only(client: HouseClient) -> None:
    who = account(Role.CITY_OFFICER)
    answers = [post_login(client, who, "wrong").status_code for _ in range(5)]
    assert answers[-1] == 429
    assert post_login(client, who).status_code == 429, "the right password is refused while locked"
    assert post_login(client, who, address="10.9.9.9").status_code == 302, (
        "nobody can lock an official out from elsewhere"
    )


def test_province_must_set_up_a_second_factor(client: HouseClient) -> None:
    client.sign_in(account(Role.DRC_OFFICER, mfa=False))
    response = client.get("/people/posts/")
    assert (response.status_code, response["Location"]) == (302, "/accounts/2fa/totp/activate/")


@override_settings(DEMO=True)
def test_demo_accounts_skip_the_second_factor_in_demo_mode_only(client: HouseClient) -> None:
    who = account(Role.DRC_OFFICER, mfa=False)
    Account.objects.filter(pk=who.pk).update(is_demo=True)
    assert client.sign_in(who).get("/people/posts/").status_code == 200
    with override_settings(DEMO=False):
        assert client.get("/people/posts/").status_code == 302


def test_idle_and_absolute_timeouts_end_the_session(client: HouseClient) -> None:
    with time_machine.travel(datetime(2026, 11, 23, 1, 0, tzinfo=UTC), tick=False) as clock:
        client.sign_in(account(Role.CITY_OFFICER)).get("/")
        clock.shift(timedelta(minutes=14))
        assert client.get("/").status_code == 200
        clock.shift(timedelta(minutes=16))
        assert client.get("/")["Location"].startswith("/accounts/login/?expired")


def test_a_disabled_account_is_out_at_its_next_request(client: HouseClient) -> None:
    who = account(Role.CITY_OFFICER)
    assert client.sign_in(who).get("/").status_code == 200
    Account.objects.filter(pk=who.pk).update(is_active=False)
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("password", ["Short-1a", "alllowercaseletters", "NoDigitsOrSigns"])
def test_the_profile_refuses_weak_passwords(client: HouseClient, password: str) -> None:
    who = account(Role.CITY_OFFICER)
    client.sign_in(who)
    client.post(
        "/accounts/password/",
        {"oldpassword": PASSWORD, "password1": password, "password2": password},
    )
    who.refresh_from_db()
    assert who.check_password(PASSWORD)


def test_a_new_password_is_recorded_and_the_old_one_not_used_again(client: HouseClient) -> None:
    who = account(Role.CITY_OFFICER)
    client.sign_in(who)
    fresh = "Fresh-Horse-2026"
    client.post(
        "/accounts/password/", {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh}
    )
    who.refresh_from_db()
    assert who.check_password(fresh)
    assert PasswordHistory.objects.filter(account=who).count() == 1
    assert (
        Entry.objects.filter(
            verb="access.password.change", subject=f"access.account:{who.pk}"
        ).count()
        == 1
    )
    client = HouseClient().sign_in(who)
    client.post(
        "/accounts/password/", {"oldpassword": fresh, "password1": PASSWORD, "password2": PASSWORD}
    )
    who.refresh_from_db()
    assert who.check_password(fresh)


def test_an_old_password_must_be_changed_first(client: HouseClient) -> None:
    who = account(Role.CITY_OFFICER)
    Account.objects.filter(pk=who.pk).update(password_changed_at=datetime(2026, 7, 1, tzinfo=UTC))
    assert client.sign_in(who).get("/")["Location"] == "/accounts/password/"


def test_the_acting_post_is_chosen_shown_and_recorded(client: HouseClient) -> None:
    who = account(Role.CITY_OFFICER, region=RIZHAO)
    second = give_duty(
        account=who,
        role=Role.COUNTY_OFFICER,
        post="东港区 · 县级经办",
        home_region=DONGGANG,
        valid_from=date(2022, 6, 1),
        regions=[DONGGANG],
    )
    client.sign_in(who)
    assert (
        client.post("/accounts/post/", {"post": second.pk, "next": "//evil.example"})["Location"]
        == "/"
    )
    assert "东港区" in client.get("/").content.decode()
    assert Entry.objects.filter(verb="access.duty.assume", actor_account=who.pk).count() == 1


def test_somebody_elses_post_cannot_be_assumed(client: HouseClient) -> None:
    other = account(Role.CITY_OFFICER, region=LINYI)
    duty = other.duties.get()
    assert (
        client.sign_in(account(Role.CITY_OFFICER))
        .post("/accounts/post/", {"post": duty.pk})
        .status_code
        == 404
    )


def test_signing_in_gives_a_new_session(client: HouseClient) -> None:
    client.get("/accounts/login/")
    before = set(Session.objects.values_list("session_key", flat=True))
    post_login(client, account(Role.CITY_OFFICER))
    assert client.session.session_key not in before


def test_a_changed_second_factor_is_recorded(
    client: HouseClient, django_capture_on_commit_callbacks: Any
) -> None:
    who = account(Role.CITY_OFFICER)
    post_login(client, who)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
    entry = Entry.objects.filter(verb="access.factor.change").earliest("at")
    assert entry.actor_account == who.pk
    assert "totp_activated" in entry.canon
    assert secret not in entry.canon
