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
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import GeneratedField

from hengjian.measures.models import Report

CHUNK = 2000


def insert_reports(reports: Sequence[Report]) -> set[UUID]:
    """Insert; the ids of those that went in. One left out repeats an id, or a revision that the caller cannot see."""
    stored: set[UUID] = set()
    with connection.cursor() as cursor:
        for start in range(0, len(reports), CHUNK):
            part = reports[start : start + CHUNK]
            same, varying = _split(part)
            rows = [{name: getattr(report, name) for name in varying} for report in part]
            text = json.dumps(rows, default=_plain, ensure_ascii=False, check_circular=False)
            values: list[Any] = [*same.values(), text]
            cursor.execute(_statement(tuple(same), varying), values)
            stored.update(row[0] for row in cursor.fetchall())
    return stored


def _split(reports: Sequence[Report]) -> tuple[dict[str, object], tuple[str, ...]]:
    """Columns in which all reports agree (source, basis, times …) with their value, and the others."""
    same: dict[str, object] = {}
    for name in _columns():
        first = getattr(reports[0], name)
        if not isinstance(first, dict | list) and all(getattr(r, name) == first for r in reports):
            same[name] = first
    return same, tuple(name for name in _columns() if name not in same)


@cache
def _columns() -> Mapping[str, str]:
    """Type by column of all that is not generated."""
    fields = Report._meta.concrete_fields
    return {
        f.attname: str(f.db_type(connection)) for f in fields if not isinstance(f, GeneratedField)
    }


@cache
def _statement(same: tuple[str, ...], varying: tuple[str, ...]) -> str:
    kinds = _columns()
    types = ", ".join(f'"{name}" {kinds[name]}' for name in varying)
    columns = ", ".join(f'"{name}"' for name in (*same, *varying))
    values = ", ".join([*(f"%s::{kinds[name]}" for name in same), *(f'r."{n}"' for n in varying)])
    return (
        f'INSERT INTO "{Report._meta.db_table}" ({columns}) '  # noqa: S608 - names of the model
        f"SELECT {values} FROM json_to_recordset(%s::json) AS r({types}) "
        "ON CONFLICT DO NOTHING RETURNING id"
    )


_PLAIN: Mapping[type, Callable[..., str]] = {
    UUID: str,
    Decimal: str,
    date: date.isoformat,
    datetime: datetime.isoformat,
}


def _plain(value: object) -> str:
    """What JSON has no word for, as PostgreSQL reads it."""
    return _PLAIN[type(value)](value)
