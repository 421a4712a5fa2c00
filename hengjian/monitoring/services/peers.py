"""What plants that are alike need for one unit of output, from the facts of a run: named per site, and as a spread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import ibis

from hengjian.monitoring.facts import Tables
from hengjian.monitoring.models import PeerFigure, PeerSpread
from hengjian.monitoring.states import Measure

DAYS = 30
LEAST_DAYS = 10
OWN = "enterprise"
BATCH = 1000
# Column of the facts, factor to the unit shown, and that unit's numerator.
_SOURCES = {
    Measure.ENERGY: ("energy_tce", 1_000, "kgce"),
    Measure.ELECTRICITY: ("electricity", 10_000, "kWh"),
}


def keep_peers(con: Any, tables: Tables, last: date) -> None:
    """Replace the figures of like plants by those of the ``DAYS`` days that end on ``last``.

    Args:
        con: Ibis connection that holds the tables.
        tables: facts of the run; the enterprise's own reports are read, latest revision.
        last: newest judged day.
    """
    first = last - timedelta(days=DAYS - 1)
    rows = con.to_pyarrow(_uses(tables, first, last)).to_pylist()
    PeerFigure.objects.all().delete()
    PeerSpread.objects.all().delete()
    figures = [_figure(row) for row in rows]
    PeerFigure.objects.bulk_create(figures, batch_size=BATCH)
    PeerSpread.objects.bulk_create(_spreads(figures), batch_size=BATCH)


def _uses(tables: Tables, first: date, last: date) -> Any:
    """site_id, enterprise_id, region, subject, unit, measure, value, first, last, days."""
    daily = tables.daily
    rows = daily.filter(
        daily.source == OWN,
        daily.day.between(ibis.literal(first), ibis.literal(last)),
        daily["product"] != "",
    )
    newest = ibis.row_number().over(
        group_by=("site_id", "product", "day"),
        order_by=(rows.revision.desc(), rows.received_at.desc()),
    )
    rows = rows.mutate(age=newest).filter(ibis._.age == 0, ibis._.output > 0)
    parts = []
    for measure, (column, factor, numerator) in _SOURCES.items():
        known = rows.filter(rows[column].notnull())
        total = known.group_by(
            "site_id", "enterprise_id", "region", "product", "product_unit"
        ).aggregate(
            used=known[column].cast("float64").sum(),
            made=known.output.cast("float64").sum(),
            first=known.day.min(),
            last=known.day.max(),
            days=known.day.nunique(),
        )
        parts.append(
            total.filter(total.days >= LEAST_DAYS).select(
                "site_id",
                "enterprise_id",
                "region",
                subject=total["product"],
                unit=ibis.literal(f"{numerator}/") + total.product_unit,
                measure=ibis.literal(measure.value),
                value=(total.used / total.made * factor).round(6).cast("decimal(24, 6)"),
                first=total.first,
                last=total.last,
                days=total.days,
            )
        )
    return ibis.union(*parts)


def _figure(row: Mapping[str, Any]) -> PeerFigure:
    return PeerFigure(
        site_id=UUID(row["site_id"]),
        enterprise_id=UUID(row["enterprise_id"]),
        region_id=row["region"],
        **{name: row[name] for name in ("subject", "unit", "measure", "value", "first", "last")},
        days=row["days"],
    )


def _spreads(figures: Iterable[PeerFigure]) -> list[PeerSpread]:
    """One row for each measure, subject and unit: the values in order, which says nothing of whose they are."""
    groups: dict[tuple[str, str, str], list[PeerFigure]] = defaultdict(list)
    for figure in figures:
        groups[figure.measure, figure.subject, figure.unit].append(figure)
    return [
        PeerSpread(
            measure=measure,
            subject=subject,
            unit=unit,
            first=min(one.first for one in group),
            last=max(one.last for one in group),
            values=[str(value) for value in sorted(one.value for one in group)],
        )
        for (measure, subject, unit), group in groups.items()
    ]
