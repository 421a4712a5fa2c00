"""Every page that a role reaches by links, at a desk and on a phone: nothing wrong that the browser can see."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.browser import checks
from tests.browser.conftest import SignIn
from tests.browser.walk import DESK, PHONE, Visitor, kind, pages

ROLES = ("rizhao-city", "drc", "reporter", "rizhao-county", "oversight", "resident", "sysadmin")
# The first role walks through these for all: nothing on them depends on the post.
SAME = {
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/sessions/",
    "/accounts/password/",
    "/registry/imports/",
    "/registry/sites/new/",
    "/registry/sites/…/change/",
    "/registry/sites/…/equipment/",
    "/measures/reports/",
    "/measures/reports/…/receipt/",
}
MET_BEFORE: set[str] = set()
# Pages that a role must have met, lest the walk ends early and finds nothing wrong.
MET: Mapping[str, set[str]] = {
    "rizhao-city": {
        "/",
        "/registry/sites/",
        "/registry/sites/…/",
        "/registry/sites/…/change/",
        "/registry/sites/…/equipment/",
        "/registry/sites/new/",
        "/registry/imports/",
        "/measures/reports/…/",
        "/measures/reports/…/receipt/",
        "/monitoring/alerts/",
        "/monitoring/alerts/…/",
        "/cases/problems/…/",
        "/cases/inquiries/",
        "/people/posts/…/",
        "/audit/",
        "/accounts/sessions/",
        "/accounts/2fa/",
        "/measures/status/",
        "/measures/obligations/",
        "/measures/obligations/site/…/",
        "/measures/corrections/",
        "/measures/batches/",
        "/measures/meters/",
        "/measures/meters/…/",
        "/measures/meters/…/import/",
        "/measures/reports/…/print/",
        "/monitoring/rules/",
        "/monitoring/rules/…/",
        "/monitoring/parameters/",
        "/monitoring/sites/…/data/",
    },
    "drc": {
        "/cases/inquiries/…/",
        "/cases/problems/…/",
        "/senders/",
        "/monitoring/parameters/new/…/",
    },
    "reporter": {
        "/measures/daily/…/…/",
        "/measures/reports/…/",
        "/registry/sites/…/",
        "/measures/forms/",
        "/measures/forms/…/month_energy/…/",
        "/measures/forms/…/month_finance/…/",
        "/measures/excel/…/daily/",
    },
    "rizhao-county": {"/monitoring/alerts/…/"},
    "oversight": {"/audit/", "/monitoring/alerts/…/"},
    "resident": {"/measures/daily/…/…/"},
    "sysadmin": {"/people/posts/…/"},
}


def both_sizes(who: Visitor, *, again: bool = False) -> list[str]:
    """Findings at both sizes; a page met ``again``, by another role, needs axe-core (most of the time) once."""
    found = []
    for size in (PHONE, DESK):  # the walk goes on at a desk
        who.size(size)
        found += [f"{size[0]}: {one}" for one in checks.findings(who.page)]
        if size == PHONE or not again:
            found += [f"{size[0]}: {one}" for one in checks.accessibility(who.page)]
    return found + who.watch.take()


@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_sound(enter: SignIn, role: str) -> None:
    who = enter(role)
    wrong: dict[str, list[str]] = {}
    met: dict[str, dict[str, int]] = {}
    for path in pages(who, without=() if role == ROLES[0] else SAME):
        if found := both_sizes(who, again=kind(path) in MET_BEFORE):
            wrong[path] = found
        met[kind(path)] = who.page.evaluate(checks.WEIGHT)
    for page, weight in met.items():
        kib = weight["bytes"] / 1024
        print(  # noqa: T201 - measured, for who asks with -rP; a busy machine must not fail
            f"{role} {page}: {weight['requests']} requests, {kib:.0f} KiB, first byte {weight['wait']} ms, loaded {weight['done']} ms"
        )
    MET_BEFORE.update(met)
    assert wrong == {}
    assert MET[role] <= set(met)


def test_pages_before_sign_in_and_errors_are_sound(enter: SignIn) -> None:
    who = enter("")
    wrong = {"sign-in": both_sizes(who)}
    for path, status in (("/nowhere/", 404), ("/api/v1/nowhere", 404), ("/accounts/signup/", 404)):
        assert who.go(path) == status
        assert path.startswith("/api/") or who.page.locator("main h1").inner_text()
        said = [one for one in both_sizes(who) if "status of 404" not in one]
        if not path.startswith("/api/"):
            wrong[path] = said
    assert wrong == {path: [] for path in wrong}


def test_control_each_check_finds_what_it_looks_for(enter: SignIn) -> None:
    who = enter("rizhao-city")
    page = who.page
    who.go("/registry/sites/")
    assert both_sizes(who) == []
    page.evaluate(
        """() => {
        const main = document.querySelector("main");
        main.insertAdjacentHTML("beforeend", `<p>registry.site.view</p><p>{count}</p><p>Dashboard</p>
          <section class="card"></section><img src="/static/dist/mark.svg"><div class="bar">宽</div>`);
        document.querySelector(".bar").setAttribute("style", "width:3000px");
        document.querySelector(".bar").style.width = "3000px";
        const script = document.createElement("script");
        script.src = "https://example.com/x.js";
        main.append(script);
        console.error("boom");
        }"""
    )
    page.wait_for_timeout(300)
    found = "\n".join(both_sizes(who))
    for sign in (
        "untranslated: registry.site.view",
        "untranslated: {count}",
        "untranslated: Dashboard",
        'empty: <section class="card">',
        "axe image-alt",
        "overflow: ",
        "CSP: style-src",
        "CSP: script-src",
        "third party: https://example.com/x.js",
        "console: boom",
    ):
        assert sign in found, f"{sign} not among\n{found}"
