"""Loading the factor table that ships with the program."""

from __future__ import annotations

from decimal import Decimal

from hengjian.measures.models import Factor, FactorSet
from hengjian.measures.reference import factor_rows

_KEY = ("subject", "figure", "valid_from")
_REST = ("set", "value", "unit", "valid_to", "derived_from", "note", "source", "confidence")


def load_factors() -> int:
    """Bring the shipped factors in; rows of other days, entered since, stay. Idempotent; returns rows present."""
    rows = factor_rows()
    FactorSet.objects.bulk_create(
        [FactorSet(code=code) for code in sorted({row["version"] for row in rows})],
        ignore_conflicts=True,
    )
    Factor.objects.bulk_create(
        [
            Factor(
                set_id=row["version"],
                value=Decimal(row["value"]),
                valid_to=row["valid_to"] or None,
                **{name: row[name] for name in (*_KEY, "unit", "derived_from", "note")},
                source=row["source"],
                confidence=row["confidence"],
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=_KEY,
        update_fields=_REST,
    )
    return Factor.objects.count()
