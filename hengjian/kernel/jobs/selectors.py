"""Whether the worker lives."""

from __future__ import annotations

from django.db import connection


def worker_seen_seconds() -> float | None:
    """Seconds since any worker's last heartbeat; None when none was ever seen."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM clock_timestamp() - max(last_heartbeat)) FROM procrastinate_workers"
        )
        row = cursor.fetchone()
    return None if row is None or row[0] is None else float(row[0])
