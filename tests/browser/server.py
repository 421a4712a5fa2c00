"""The product as people use it: its own database with the demo in it, and the web server on a loopback port."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hengjian.config.cli.children import Child
from tests.support import database

TODAY = "2026-11-23"
PASSWORD = "Hengjian-2026"
LOAD_SECONDS, READY_SECONDS = 120, 30


class Unready(RuntimeError):
    """The demo was not loaded or the web server did not answer."""


@contextmanager
def serving(purpose: str = "browser") -> Iterator[str]:
    """Address of a server of one's own; it, its database and its files are gone afterwards.

    Raises:
        Unready: with the last words of the process that failed.
    """
    cluster = database.cluster()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hengjian-browser-")))
        name = stack.enter_context(database.clone(cluster, purpose))
        environment = {
            **os.environ,
            "HENGJIAN_DEMO": "1",
            "HENGJIAN_DEMO_DATE": TODAY,
            "HENGJIAN_DEMO_PASSWORD": PASSWORD,
            "HENGJIAN_SECRET_KEY": "browser-tests-only-" + "0" * 40,
            "HENGJIAN_TLS": "0",
            "HENGJIAN_RATE_LIMITS": "0",  # every role signs in from one address
            "HENGJIAN_LOG_LEVEL": "ERROR",
            "HENGJIAN_DATA_DIR": str(folder),
            "HENGJIAN_WEB_DATABASE_URL": database.url_of(cluster, name, "hengjian_web"),
            "HENGJIAN_WORKER_DATABASE_URL": database.url_of(cluster, name, "hengjian_worker"),
        }
        environment.pop("HENGJIAN_DEBUG", None)  # error pages and weights are those of production
        _load(environment, folder)
        port = free_port()
        command = [sys.executable, "-m", "hengjian.config.cli", "serve", "--port", str(port)]
        web = Child(command, environment, folder / "web.log")
        stack.callback(web.stop)
        stack.callback(_tell, web)
        address = f"http://127.0.0.1:{port}"
        _wait(web, address)
        yield address


def _tell(web: Child) -> None:
    """Errors that the server logged, into the output of the test that ends last."""
    errors = [line for line in web.log.read_text().splitlines() if '"level": "ERROR"' in line]
    print("\n".join(errors[:5]))  # noqa: T201 - the log is gone afterwards


def free_port() -> int:
    """A loopback port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _load(environment: dict[str, str], folder: Path) -> None:
    load = Child([sys.executable, "-m", "hengjian.config.demo"], environment, folder / "load.log")
    deadline = time.monotonic() + LOAD_SECONDS
    try:
        while load.alive:
            if time.monotonic() > deadline:
                raise Unready(f"the demo was not loaded in {LOAD_SECONDS} s: {load.last_words()}")
            time.sleep(0.1)
    finally:
        load.stop()
    if load.exit_code != 0:
        raise Unready(f"the demo was not loaded: {load.last_words()}")


def _wait(web: Child, address: str) -> None:
    answer, deadline = "", time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if not web.alive:
            raise Unready(f"the web server ended: {web.last_words()}")
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):
                return
        except urllib.error.HTTPError as error:
            answer = error.read(400).decode()
        except OSError as error:
            answer = str(error)
        time.sleep(0.1)
    raise Unready(f"not ready after {READY_SECONDS} s: {answer}: {web.last_words()}")
