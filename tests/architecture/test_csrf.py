"""No unsafe request passes without its token: every route, every method, the API included."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from hengjian.config.urls import handler400, handler403, handler404, handler500
from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.models import Account
from hengjian.kernel.audit.models import Entry
from tests.support.cast import HouseClient, account
from tests.support.routes import Route, routes

__all__ = ["handler400", "handler403", "handler404", "handler500"]
pytestmark = pytest.mark.django_db
METHODS = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def officer() -> Account:
    return account(Role.CITY_OFFICER)


def strict(who: Account) -> HouseClient:
    """A browser that holds the token's cookie, but sends no token by itself."""
    client = HouseClient(enforce_csrf_checks=True)
    client.get("/accounts/login/")
    return client.sign_in(who)


def let_in(who: Account, every: Iterable[Route]) -> dict[str, int]:
    """Routes that did not refuse, with their answer. 405: the method is not there, so nothing was done.

    401: the route does not take a session for a sign-in (a device's own key), so no page can forge its request.
    """
    client = strict(who)
    client.raise_request_exception = False
    found = {}
    for route in every:
        for method in METHODS:
            response = client.generic(method, route.path, b"{}", "application/json")
            if response.status_code not in {401, 403, 405}:
                found[f"{method} {route}"] = response.status_code
    return found


def exempt(every: Iterable[Route]) -> set[str]:
    """Views that Django's own check passes over."""
    return {str(r) for r in every if getattr(r.callback, "csrf_exempt", False)}


def test_every_unsafe_route_refuses_without_the_token(officer: Account) -> None:
    before = Entry.objects.filter(refused=False).count()
    assert let_in(officer, routes()) == {}
    assert Entry.objects.filter(refused=False).count() == before, "nothing was done"


def test_only_the_api_checks_for_itself() -> None:
    """Pages leave the check to Django; the API's own check is proven by the answer of a wrong token below."""
    assert {r for r in exempt(routes()) if not r.startswith("/api/")} == set()


def test_the_refusal_is_for_the_token_and_not_for_the_person(officer: Account) -> None:
    client = strict(officer)
    refused = client.post("/accounts/post/", {"duty": "0"})
    assert refused.status_code == 403
    assert "页面已过期或来源不明" in refused.content.decode()
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    given = client.post("/accounts/post/", {"duty": "0"}, headers={"X-CSRFToken": token})
    assert given.status_code == 404, "with the token the view is reached: not a duty of his"
    wrong = client.post("/accounts/post/", {"duty": "0"}, headers={"X-CSRFToken": "a" * 64})
    assert wrong.status_code == 403


def test_the_api_takes_a_session_only_with_the_token(officer: Account) -> None:
    """The same person, the same request: 403 without the token, another answer with it."""
    client = strict(officer)
    client.raise_request_exception = False
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    reached = 0
    for route in (r for r in routes() if r.pattern.startswith("api/")):
        for method in METHODS:
            bare = client.generic(method, route.path, b"{}", "application/json")
            given = client.generic(
                method, route.path, b"{}", "application/json", headers={"X-CSRFToken": token}
            )
            assert bare.status_code in {401, 403, 405}
            reached += given.status_code != bare.status_code
    assert reached > 0, "the token must make a difference somewhere, or nothing was proven"


@csrf_exempt
def careless(request: object) -> HttpResponse:
    return HttpResponse("done")


def careful(request: object) -> HttpResponse:
    return HttpResponse("done")


urlpatterns = [path("careless/", careless), path("careful/", careful)]


@pytest.mark.urls("tests.architecture.test_csrf")
def test_the_check_can_fail(officer: Account) -> None:
    every = routes("tests.architecture.test_csrf")
    assert set(let_in(officer, every)) == {f"{m} /careless/" for m in METHODS}
    assert exempt(every) == {"/careless/"}
