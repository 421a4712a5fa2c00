"""Yearly numbers without a gap between transactions that commit: one row per series and year, locked."""

from __future__ import annotations

from typing import Any

from django.db import connection

from hengjian.registry.models import Site

_NEXT = """
INSERT INTO cases_counter (series, year, last) VALUES (%s, %s, %s)
ON CONFLICT (series, year) DO UPDATE SET last = cases_counter.last + excluded.last RETURNING last
"""


def next_numbers(series: str, year: int, count: int) -> list[str]:
    """``count`` numbers such as WT-2026-0001, in order; the row stays locked until the transaction ends."""
    if count == 0:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [series, year, count])
        (last,) = cursor.fetchone()
    return [f"{series}-{year}-{n:04d}" for n in range(last - count + 1, last + 1)]


def next_number(series: str, year: int) -> str:
    """One number."""
    return next_numbers(series, year, 1)[0]


def scope_of(site: Site) -> dict[str, Any]:
    """The columns that tie a row to its site."""
    return {
        "site_id": site.pk,
        "region_id": site.region_id,
        "enterprise_id": site.enterprise_id,
    }
