"""Every route × every role × own, same city, other city, missing × GET and unsafe methods (security d.1).

What is expected comes from two reviewed tables and from ``world.visible``; the code is never asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from hengjian.kernel.access import history, middleware, scope
from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.table import table
from tests.access import world as w
from tests.access.table import PERMISSIONS, Route, allowed, patterns, routes
from tests.support.cast import HouseClient

pytestmark = pytest.mark.django_db
PLACES = (w.OWN, w.SAME_CITY, w.OTHER_CITY, w.MISSING)
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def test_the_reviewed_table_is_the_code() -> None:
    assert table() == PERMISSIONS.read_text(encoding="utf-8")


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert {name for name, _pattern in patterns()} == set(routes())


def address(route: Route, world: w.World, place: str) -> str:
    pattern = dict(patterns())[route.name]
    names = list(pattern.pattern.converters)
    values: dict[str, Any] = dict(route.extra)
    for name in names:
        values.setdefault(name, world.id_of(route.obj, place) if route.obj else w.NOWHERE)
    return reverse(route.name, kwargs={n: values[n] for n in names})


def finish(response: Any) -> bytes:
    """The body; closes the file of an export without ending the test's connection, as ``close()`` would."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    for closer in response._resource_closers:
        closer()
    return bytes(body)


def send(client: HouseClient, method: str, url: str) -> Any:
    """One request with an empty body of the kind that the address takes."""
    api = url.startswith("/api/")
    body, kind = (b"{}", "application/json") if api else (b"", "application/x-www-form-urlencoded")
    return client.generic(
        method, url, b"" if method == "GET" else body, kind, headers={"X-Request-ID": "matrix-0000"}
    )


@cache
def _methods_at_address() -> dict[str, set[str]]:
    """What all routes of one address offer together."""
    at: dict[str, set[str]] = {}
    found = dict(patterns())
    for name, route in routes().items():
        at.setdefault(str(found[name].pattern), set()).update(route.methods)
    return {name: at[str(found[name].pattern)] for name in routes()}


def expected(role: Role, route: Route, place: str, method: str) -> str:
    """One of ``not offered``, ``closed``, ``forbidden``, ``hidden``, ``answer``."""
    if method not in route.methods:
        return "not offered" if method not in _methods_at_address()[route.name] else "another row"
    if route.verb == "closed":
        return "closed"
    verb = route.verb if method == "GET" else route.unsafe_verb
    if verb not in {"public", "signed"} and role.value not in allowed()[verb]:
        return "forbidden"
    if route.obj and not w.visible(role, route.obj, place):
        return "hidden"
    return "forbidden" if (role, route.name) in w.NOT_HIS else "answer"


def agrees(wanted: str, response: Any, missing: bytes) -> bool:
    status = response.status_code
    return {
        "not offered": status in {403, 404, 405},
        "another row": True,
        "closed": status == 404,
        "forbidden": status == 403,
        "hidden": status == 404 and response.content == missing if wanted == "hidden" else False,
        "answer": status not in {401, 403, 404, 405} and status < 500,
    }[wanted] is True


def faults(role: Role, route: Route, world: w.World, client: HouseClient) -> Iterator[str]:
    for method in ("GET", *UNSAFE):
        missing = (
            send(client, method, address(route, world, w.MISSING)).content if route.obj else b""
        )
        offered = method in route.methods
        for place in PLACES if route.obj and offered else (w.OWN,):
            url, wanted = address(route, world, place), expected(role, route, place, method)
            response = send(client, method, url)
            finish(response)
            if not agrees(wanted, response, missing):
                yield f"{role} {method} {url} ({place}): {response.status_code}, expected {wanted}"


# A sender's system has no session; what its key opens is asked in test_senders.
@pytest.mark.parametrize("role", [r for r in Role if r is not Role.SENDER])
def test_matrix(role: Role) -> None:
    world = w.build()
    client = HouseClient().sign_in(w.person(world, role))
    client.raise_request_exception = False
    found = [
        f
        for route in routes().values()
        if route.verb != "session"
        for f in faults(role, route, world, client)
    ]
    assert not found, "\n".join(found[:40])


def test_nobody_gets_in_without_signing_in() -> None:
    world, client = w.build(), HouseClient()
    client.raise_request_exception = False
    open_to_all = []
    for route in routes().values():
        for method in route.methods if route.verb != "session" else ():
            response = send(client, method, address(route, world, w.OWN))
            to_login = response.status_code in {302, 401} or (
                response.status_code == 404 and route.verb == "closed"
            )
            if (route.verb != "public") != to_login:
                open_to_all.append(f"{method} {route.name}: {response.status_code}")
    assert open_to_all == []


# --- both walls, each alone -----------------------------------------------------------------------------------------


@contextmanager
def gate_off(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """``visible_to`` shows everything, as if a developer had forgotten it everywhere."""
    with monkeypatch.context() as patch:
        patch.setattr(scope, "scoped", lambda rows, _actor: rows)
        patch.setattr(history, "scoped", lambda rows, _actor: rows)
        patch.setattr(scope, "in_scope", lambda _actor, _obj: True)
        yield


@contextmanager
def row_security_off(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Requests run under a role that row security does not bind."""

    def unbound(**kwargs: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE hj_loader")

    with monkeypatch.context() as patch:
        patch.setattr(middleware, "assume", unbound)
        yield


def leaks(world: w.World) -> list[str]:
    """Out-of-scope objects that answered a GET, and canaries seen in lists and exports."""
    found = []
    for role in (
        Role.CITY_OFFICER,
        Role.COUNTY_OFFICER,
        Role.ENTERPRISE_REPORTER,
        Role.RESIDENT_SUPERVISOR,
        Role.OVERSIGHT,
    ):
        client = HouseClient().sign_in(w.person(world, role))
        client.raise_request_exception = False
        for route in routes().values():
            if "GET" not in route.methods or route.verb in {
                "public",
                "signed",
                "closed",
                "session",
            }:
                continue
            for place in (w.SAME_CITY, w.OTHER_CITY):
                seen_elsewhere = w.visible(role, route.obj or "site", place)
                response = send(client, "GET", address(route, world, place))
                text = _text(response)
                if route.obj and not seen_elsewhere and response.status_code < 400:
                    found.append(f"{role} {route.name} {place}")
                if not route.obj and not seen_elsewhere and w.CANARY[place] in text:
                    found.append(f"{role} {route.name} canary {place}")
    return found


def _text(response: Any) -> str:
    body = finish(response)
    if body[:2] == b"PK":
        import io

        import openpyxl

        book = openpyxl.load_workbook(io.BytesIO(body))
        return "".join(str(c.value) for sheet in book for row in sheet.iter_rows() for c in row)
    return body.decode("utf-8", "replace")


def test_without_the_gate_row_security_still_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    world = w.build()
    with gate_off(monkeypatch):
        assert leaks(world) == []


def test_without_row_security_the_gate_still_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    world = w.build()
    with row_security_off(monkeypatch):
        assert leaks(world) == []


def test_with_both_walls_off_the_search_finds_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a search that finds nothing here proves nothing above."""
    world = w.build()
    with gate_off(monkeypatch), row_security_off(monkeypatch):
        assert len(leaks(world)) > 40
