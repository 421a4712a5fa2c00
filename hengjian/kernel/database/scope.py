"""One transaction under one database role: what the request middleware, jobs and tests open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.db import connection, transaction

from hengjian.kernel.database.names import role_of


def assume(*, kind: str, uid: int | None, duty: int | None, today: date) -> None:
    """Inside a transaction: the settings that row security reads, and the role; gone at its end."""
    with connection.cursor() as cursor:
        # One round trip: setting ``role`` is SET LOCAL ROLE.
        cursor.execute(
            "SELECT set_config('app.uid', %s, true), set_config('app.duty', %s, true), "
            "set_config('app.today', %s, true), set_config('role', %s, true)",
            [
                "" if uid is None else str(uid),
                "" if duty is None else str(duty),
                today.isoformat(),
                role_of(kind),
            ],
        )


@contextmanager
def transaction_as(*, kind: str, uid: int | None, duty: int | None, today: date) -> Iterator[None]:
    """A whole transaction under the role of ``kind``; rolls back when the block raises."""
    with transaction.atomic():
        assume(kind=kind, uid=uid, duty=duty, today=today)
        yield
