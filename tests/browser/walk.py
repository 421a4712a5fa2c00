"""Goes through the product as somebody: signs in through the form, follows the links of each page."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import checks
from tests.browser.server import PASSWORD

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=zh-CN",
]
DESK, PHONE = (1440, 900), (390, 844)
# One page of a kind: numbers of rows and days are not another page.
VARIABLE = re.compile(
    r"/(?:[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d|[A-Z]\d{3})(?=/)|(?<=/parameters/new)/.+(?=/)"
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium without a window and without a profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=FLAGS, env={**os.environ, "LANGUAGE": "zh_CN"}
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visitor:
    """One person with a browser of his own; ``trouble`` collects what the browser reports meanwhile."""

    page: Page
    watch: checks.Watch

    def go(self, path: str) -> int:
        """Open a page; its status."""
        response = self.page.goto(self.watch.address + path)
        assert response is not None
        return response.status

    def size(self, size: tuple[int, int]) -> None:
        """Another window."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        # A chart follows in the window's resize event, which a busy machine delivers late.
        self.page.evaluate(
            "() => new Promise((done) => setTimeout(() => requestAnimationFrame(done), 200))"
        )


@contextmanager
def visitor(browser: Browser, address: str, username: str = "") -> Iterator[Visitor]:
    """A person in front of the sign-in page, signed in when ``username`` is given."""
    context = browser.new_context(
        viewport={"width": DESK[0], "height": DESK[1]},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    context.set_default_timeout(10_000)
    try:
        page, watch = context.new_page(), checks.Watch(address)
        watch.attach(page)
        found = Visitor(page, watch)
        found.go("/accounts/login/")
        if username:
            sign_in(page, username)
        yield found
    finally:
        context.close()


def sign_in(page: Page, username: str) -> None:
    """Through the form, by keyboard."""
    page.locator("#sign-in input[name=login]").fill(username)
    page.locator("#sign-in input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("header.top .menu")


def kind(path: str) -> str:
    """The kind of page that an address is."""
    return VARIABLE.sub("/…", urlsplit(path).path)


def pages(who: Visitor, without: Collection[str] = ()) -> Iterator[str]:
    """Opens one page of each kind that is reached by links from the first one; yields its path while it is open.

    Kinds ``without`` which the walk is to be done are not opened.
    """
    waiting, seen = ["/"], {"/", *without}
    while waiting:
        path = waiting.pop(0)
        status = who.go(path)
        assert status == 200, f"a link leads to {path}, which answers {status}"
        yield path
        for link in who.page.locator("a[href^='/']:not([data-download]), a[href^='?']").all():
            target = link.get_attribute("href") or ""
            if target.startswith("/") and kind(target) not in seen and not _is_file(target):
                seen.add(kind(target))
                waiting.append(target)


def _is_file(path: str) -> bool:
    return path.startswith(("/files/", "/static/", "/api/")) or "/export/" in path
