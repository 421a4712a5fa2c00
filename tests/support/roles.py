"""Which database role the test holds at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.calendar.clock import today
from hengjian.kernel.database.scope import assume


def as_loader_now() -> None:
    """From here on (in this transaction) see and write every row."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE hj_loader")


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Code under test runs under the database role of ``actor``, as in a request; then loader again."""
    with transaction.atomic():
        assume(kind=actor.kind, uid=actor.account_id, duty=actor.duty_id, today=today())
        yield
        as_loader_now()  # after an error the savepoint's rollback gives the role back
