"""Every route with a sender's key: it opens what names a system, and nothing that is for people."""

from __future__ import annotations

import pytest

from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.senders import Reach
from hengjian.kernel.calendar.clock import now
from hengjian.measures.tests.senders import make_system
from tests.access import world as w
from tests.access.table import allowed, routes
from tests.access.test_matrix import address, finish
from tests.support.cast import HouseClient

pytestmark = pytest.mark.django_db


def test_a_key_opens_the_routes_of_systems_alone() -> None:
    world = w.build()
    site = world.sites[w.OWN]
    system = make_system(Reach(enterprise=site.enterprise_id), ("enterprise", "grid"), now=now())
    client = HouseClient(headers=system.headers)
    client.raise_request_exception = False
    found, opened = [], set()
    for route in routes().values():
        if route.verb in {"public", "session", "closed"}:
            continue
        for place in (w.OWN, w.OTHER_CITY) if route.obj else (w.OWN,):
            for method in route.methods:
                response = client.generic(
                    method, address(route, world, place), b"{}" if method != "GET" else b"",
                    "application/json",
                )  # fmt: skip
                finish(response)
                if response.status_code in {401, 403, 404, 405, 302}:
                    continue
                opened.add(route.name)
                if "api-1:" not in route.name or response.status_code >= 500:
                    found.append(f"{method} {route.name} {place}: {response.status_code}")
    assert not found
    delivers = {"api-1:put_report", "api-1:post_batch", "api-1:post_batch_file"}
    assert opened == delivers | {"api-1:post_readings"}


def test_the_verbs_of_systems_are_nobody_elses() -> None:
    mine = {verb for verb, roles in allowed().items() if Role.SENDER.value in roles}
    assert mine == {f"measures.{noun}.deliver" for noun in ("report", "batch", "reading")}
    assert all(allowed()[verb] == {Role.SENDER.value} for verb in mine)
