"""Many reports into the table in one statement, under the caller's own role and row security.

PostgreSQL refuses COPY into a table with row security; the rows go as one JSON text that it unpacks itself. That
needs no temporary table, so no role holds TEMP: a temporary table could stand in front of a real one by its name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from uuid import UUID

from django.db import connection
from django.db.models import GeneratedField

from hengjian.measures.models import Report

CHUNK = 2000


def insert_reports(reports: Sequence[Report]) -> set[UUID]:
    """Insert; the ids of those that went in. One left out repeats an id, or a revision that the caller cannot see."""
    stored: set[UUID] = set()
    names, statement = _statement()
    with connection.cursor() as cursor:
        for start in range(0, len(reports), CHUNK):
            rows = [
                {name: getattr(report, name) for name in names}
                for report in reports[start : start + CHUNK]
            ]
            text = json.dumps(rows, default=_plain, ensure_ascii=False, check_circular=False)
            cursor.execute(statement, [text])
            stored.update(row[0] for row in cursor.fetchall())
    return stored


@cache
def _statement() -> tuple[tuple[str, ...], str]:
    fields = [f for f in Report._meta.concrete_fields if not isinstance(f, GeneratedField)]
    types = ", ".join(f'"{f.column}" {f.db_type(connection)}' for f in fields)
    columns = ", ".join(f'"{f.column}"' for f in fields)
    statement = (
        f'INSERT INTO "{Report._meta.db_table}" ({columns}) '  # noqa: S608 - names of the model
        f"SELECT {columns} FROM json_to_recordset(%s::json) AS r({types}) "
        "ON CONFLICT DO NOTHING RETURNING id"
    )
    return tuple(f.column for f in fields), statement


_PLAIN: Mapping[type, Callable[..., str]] = {
    UUID: str,
    Decimal: str,
    date: date.isoformat,
    datetime: datetime.isoformat,
}


def _plain(value: object) -> str:
    """What JSON has no word for, as PostgreSQL reads it."""
    return _PLAIN[type(value)](value)
