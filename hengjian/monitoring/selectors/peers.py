"""Where a site stands among those that are alike: by name within the reader's scope, as 同类企业 beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.text import number
from hengjian.measures.rules.units import in_words
from hengjian.monitoring.models import PeerFigure, PeerSpread
from hengjian.monitoring.rules import measure_of
from hengjian.monitoring.states import MEASURE_LABELS, Measure

# Fewer would let a reader work out whose the others are.
LEAST_PLANTS = 5
MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class Peers:
    """The figures of like plants; ``values`` are for drawing only, ascending, own value included."""

    title: str
    unit: str
    first: date
    last: date
    own: str
    own_value: float | None
    values: tuple[float, ...]
    median: str
    place: str
    rows: tuple[dict[str, Any], ...]
    beyond: int
    text: str


def peers_of(actor: Actor, site: UUID, subject: str, unit: str) -> Peers | None:
    """The figures of the plants that make ``subject``, in the measure that says most about ``unit``. Two queries."""
    require(actor, "monitoring.alert.view")
    measure = measure_of(unit)
    seen = list(
        PeerFigure.objects.visible_to(actor)
        .filter(measure=measure.value, subject=subject)
        .select_related("site")
        .order_by("value", "id")
    )
    mine = next((row for row in seen if row.site_id == site), None)
    if mine is None:
        return None
    named = [row for row in seen if row.unit == mine.unit]
    spread = PeerSpread.objects.filter(
        measure=measure.value, subject=subject, unit=mine.unit
    ).first()
    values = [Decimal(value) for value in spread.values] if spread else []
    if len(values) < LEAST_PLANTS:
        values = [row.value for row in named]
    return _shown(measure, mine, named, values)


def _shown(
    measure: Measure, mine: PeerFigure, named: list[PeerFigure], values: list[Decimal]
) -> Peers:
    words = in_words(mine.unit, _)
    median = values[len(values) // 2]
    above = sum(1 for value in values if value < mine.value)
    given = {
        "count": len(values),
        "above": above,
        "own": number(mine.value, 2),
        "median": number(median, 2),
        "unit": words,
    }
    text = _(
        "本厂 %(own)s %(unit)s，同类企业中位数 %(median)s %(unit)s；%(count)s 家中高于 %(above)s 家"
    )
    return Peers(
        title=_(MEASURE_LABELS[measure]),
        unit=words,
        first=mine.first,
        last=mine.last,
        own=number(mine.value, 2),
        own_value=float(mine.value),
        values=tuple(float(value) for value in values),
        median=number(median, 2),
        place=_("%(place)s / %(count)s") % {"place": above + 1, "count": len(values)},
        rows=tuple(_row(row, mine) for row in _nearest(named, mine)),
        beyond=len(values) - len(named),
        text=text % given,
    )


def _nearest(named: list[PeerFigure], mine: PeerFigure) -> list[PeerFigure]:
    """At most MOST_ROWS plants, those whose figures lie nearest, in order of the figures."""
    chosen = sorted(named, key=lambda row: abs(row.value - mine.value))[:MOST_ROWS]
    return sorted(chosen, key=lambda row: (row.value, row.pk))


def _row(row: PeerFigure, mine: PeerFigure) -> dict[str, Any]:
    return {
        "site_id": row.site_id,
        "site": row.site.name,
        "value": number(row.value, 2),
        "days": row.days,
        "own": row.pk == mine.pk,
    }
