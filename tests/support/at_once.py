"""Several people at the same moment: threads with real connections, on a database of their own that commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import TypeVar

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.support import database
from tests.support.plugin import SERVER
from tests.support.roles import as_loader_now

T = TypeVar("T")


@contextmanager
def own_connection(name: str) -> Iterator[BaseDatabaseWrapper]:
    """This thread's default connection goes to the database ``name`` and commits."""
    former = connections["default"]
    wrapper = former.copy()
    wrapper.settings_dict = {**former.settings_dict, "NAME": name}
    connections["default"] = wrapper
    try:
        yield wrapper
    finally:
        wrapper.close()
        connections["default"] = former


@contextmanager
def own_database(label: str) -> Iterator[str]:
    """A clone of the template; this thread's connection goes there."""
    with database.clone(SERVER, label) as name, own_connection(name):
        yield name


def run_at_once(name: str, people: int, act: Callable[[int], str]) -> Counter[str]:
    """Everyone waits for all others, then acts on a connection of his own; how often each outcome came."""
    barrier = Barrier(people)

    def one(number: int) -> str:
        with own_connection(name) as wrapper:
            wrapper.ensure_connection()
            barrier.wait(timeout=60)
            return act(number)

    with ThreadPoolExecutor(people) as pool:
        return Counter(pool.map(one, range(people)))


def committed(name: str, act: Callable[[], T]) -> T:
    """What ``act`` gives, seeing and writing every row of the database ``name``, committed.

    In a thread of its own: a browser that an earlier test keeps open leaves an event loop in this one, where
    Django refuses to ask the database.
    """

    def one() -> T:
        with own_connection(name), transaction.atomic():
            as_loader_now()
            return act()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(one).result()
