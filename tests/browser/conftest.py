"""One server and one browser for all of these tests, which stay on one worker; skipped aloud without Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from tests.browser.server import serving
from tests.browser.walk import CHROMIUM, Visitor, chromium, visitor

SignIn = Callable[[str], Visitor]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives Chromium."""
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the product with its demo answers; started only where there is a browser."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser here ({CHROMIUM}): apt-get install chromium fonts-noto-cjk")
    with serving() as found:
        yield found


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:
    """Chromium, for the tests of a file: its event loop must not outlive them in the main thread."""
    with chromium() as found:
        yield found


@pytest.fixture
def enter(browser: Browser, address: str) -> Iterator[SignIn]:
    """Sign in as somebody; an empty name stays in front of the sign-in page."""
    with ExitStack() as stack:
        yield lambda username: stack.enter_context(visitor(browser, address, username))
