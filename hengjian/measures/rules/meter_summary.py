"""What a person sees of a meter's file before it is taken in. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from hengjian.measures.rules.intervals import CHINA, MEASURED, Days
from hengjian.measures.rules.meter_file import FIELDS, MeterFile, QuarterRow
from hengjian.measures.rules.receipt import plain


def summarise(file: MeterFile, days: Days) -> dict[str, object]:
    """Counts, first and last end (local time, ISO), production days, complete ones, and sums as decimal texts.

    Power factors have no sum. ``missing`` counts the quarter-hours that the file lacks from its first day to its last.
    """
    placed = Counter(row.production_day for row in file.rows)
    span = (max(placed) - min(placed)).days + 1 if placed else 0
    every = [min(placed) + timedelta(days=n) for n in range(span)]
    return {
        "stated": file.stated,
        "rows": len(file.rows),
        "blank": file.blank,
        "repeated": file.repeated,
        "out_of_order": file.out_of_order,
        "events": len(file.events),
        "unmeasured": sum(row.flag not in MEASURED for row in file.rows),
        "days": len(placed),
        "complete_days": len(complete_days(file.rows, days)),
        "missing": sum(len(days.ends(day)) for day in every) - len(file.rows),
        "first": _local(file.rows, 0),
        "last": _local(file.rows, -1),
        "sums": _sums(file.rows),
    }


def complete_days(rows: Sequence[QuarterRow], days: Days) -> list[date]:
    """Production days of which every quarter-hour has a measured active energy."""
    measured = Counter(
        row.production_day for row in rows if row.flag in MEASURED and row.values[0] is not None
    )
    return sorted(day for day, count in measured.items() if count == len(days.ends(day)))


def _local(rows: Sequence[QuarterRow], index: int) -> str:
    return f"{rows[index].at.astimezone(CHINA):%Y-%m-%d %H:%M}" if rows else ""


def _sums(rows: Sequence[QuarterRow]) -> dict[str, str]:
    sums = {}
    for index, name in enumerate(FIELDS):
        stated = [value for row in rows if (value := row.values[index]) is not None]
        if stated and not name.startswith("power_factor"):
            sums[name] = plain(sum(stated, Decimal()))
    return sums
