"""Every answer of every route carries the security headers, whoever asks; none is an error of the server."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.http import HttpResponse, HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_GET

from hengjian.config.urls import handler400, handler403, handler404, handler500
from hengjian.kernel.access.declare import Role
from tests.support.cast import HouseClient, account
from tests.support.routes import Route, routes

__all__ = ["handler400", "handler403", "handler404", "handler500"]
pytestmark = pytest.mark.django_db

POLICY = {
    "default-src": "'self'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}
SAME = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
PRESENT = ("Permissions-Policy", "X-Request-ID", "Cache-Control")


def content_policy(response: HttpResponseBase) -> dict[str, str]:
    parts = response.headers.get("Content-Security-Policy", "").split(";")
    return {name: value for name, _, value in (p.strip().partition(" ") for p in parts)}


def faults(response: HttpResponseBase) -> list[str]:
    """What an answer lacks."""
    headers, policy = response.headers, content_policy(response)
    found = [f"{n} {v}" for n, v in POLICY.items() if policy.get(n) != v]
    found += [
        f"unsafe: {n}" for n, v in policy.items() if "unsafe-" in v or "*" in v or "http" in v
    ]
    found += [f"{n} {v}" for n, v in SAME.items() if headers.get(n) != v]
    found += [f"no {n}" for n in PRESENT if n not in headers]
    if "camera=()" not in headers.get("Permissions-Policy", ""):
        found.append("camera open")
    if headers.get("Content-Type", "").startswith(("text/html", "application/json")):
        found += [] if "no-store" in headers.get("Cache-Control", "") else ["kept by caches"]
    for name, cookie in response.cookies.items():
        if not cookie["httponly"] or cookie["samesite"] not in {"Lax", "Strict"}:
            found.append(f"cookie {name}")
    if response.status_code >= 500:
        found.append(f"status {response.status_code}")
    return found


def asked(client: HouseClient, every: Iterable[Route]) -> dict[str, list[str]]:
    client.raise_request_exception = False
    wrong = {}
    for route in every:
        response = client.get(route.path)
        if response.streaming:
            b"".join(response)  # read to its end, so that its file is closed
        if found := faults(response):
            wrong[str(route)] = found
    return wrong


def test_the_walk_finds_the_routes() -> None:
    found = {str(route) for route in routes()}
    assert {"/", "/readyz", "/accounts/login/", "/files/<uuid:file_id>/"} <= found
    assert len(found) > 30


def test_headers_for_anyone(client: HouseClient) -> None:
    assert asked(client, routes()) == {}


@pytest.mark.parametrize("role", [Role.CITY_OFFICER, Role.ENTERPRISE_REPORTER, Role.SYSTEM_ADMIN])
def test_headers_for_people_signed_in(client: HouseClient, role: Role) -> None:
    who = account(role)
    ends = [r for r in routes() if r.path == "/accounts/logout/"]
    every = [r for r in routes() if r not in ends]
    assert asked(client.sign_in(who), every) == {}
    assert client.get("/").status_code in {200, 403}, "still signed in: pages were really asked"


def test_headers_of_what_does_not_exist(client: HouseClient) -> None:
    missing = [Route("nowhere", "/nowhere/", None), Route("api", "/api/v1/nowhere", None)]
    assert asked(client, missing) == {}
    assert asked(client.sign_in(account(Role.CITY_OFFICER)), missing) == {}


@require_GET
def weak(request: object) -> HttpResponse:
    """Opens the policy, sets a bare cookie, and lets caches keep a page."""
    response = HttpResponse("<p>weak")
    response.headers["Content-Security-Policy"] = "default-src * 'unsafe-inline'"
    response.headers["Cache-Control"] = "public, max-age=600"
    response.headers["Referrer-Policy"] = "unsafe-url"
    response.set_cookie("bare", "1")
    return response


def crash(request: object) -> HttpResponse:
    raise RuntimeError("secret")


urlpatterns = [path("weak/", weak), path("crash/<uuid:key>/", crash)]


@pytest.mark.urls("tests.architecture.test_headers")
def test_the_check_can_fail(client: HouseClient) -> None:
    found = asked(client, routes("tests.architecture.test_headers"))
    assert found["/crash/<uuid:key>/"] == ["status 500"]
    assert {"cookie bare", "kept by caches", "unsafe: default-src", "default-src 'self'"} <= set(
        found["/weak/"]
    )
    assert "Referrer-Policy same-origin" in found["/weak/"]
