"""Loads industries, their dated designations and energy limits; run again it changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from hengjian.registry.models import Industry, IndustryDesignation, Limit
from hengjian.registry.reference import shipped_rows
from hengjian.registry.rules.limits import Level


def load_industries() -> int:
    """Insert or update the 16 industries and their designations; returns how many industries there are."""
    edition = shipped_rows("catalogue.csv")[0]["edition"]
    rows = shipped_rows("industries.csv")
    for row in rows:
        Industry.objects.update_or_create(
            code=row["code"],
            defaults={
                "seq": int(row["seq"]),
                "name": row["name_zh"],
                "gbt4754": row["gbt4754_codes"],
                "products": row["typical_products_zh"],
                "output_unit": row["output_unit"],
                "edition": edition,
                "source": row["source"],
                "confidence": row["confidence"],
            },
        )
    for row in shipped_rows("designations.csv"):
        IndustryDesignation.objects.update_or_create(
            industry_id=row["industry_code"],
            kind=row["kind"],
            valid_from=date.fromisoformat(row["valid_from"]),
            defaults={"valid_to": _day(row["valid_to"]), "basis": row["basis"]},
        )
    return len(rows)


def load_limits() -> int:
    """Insert or update every limit with a value; returns how many there are."""
    limits = [
        _limit(row) for row in shipped_rows("energy_limits.csv") if row["row_type"] != "none_found"
    ]
    fields = [f.name for f in Limit._meta.concrete_fields if f.name not in {"id", "key"}]
    Limit.objects.bulk_create(
        limits, update_conflicts=True, unique_fields=["key"], update_fields=fields
    )
    return len(limits)


def _limit(row: Mapping[str, str]) -> Limit:
    parts = (row["standard"], row["product_zh"], row["indicator"], row["unit"], row["row_type"])
    levels = {level.value: Decimal(row[level]) if row[level] else None for level in Level}
    return Limit(
        key="|".join(parts),
        row_type=row["row_type"],
        industry_id=row["industry_code"],
        product=row["product_zh"],
        indicator=row["indicator"],
        unit=row["unit"],
        standard=row["standard"],
        title=row["standard_title_zh"],
        # A policy row without an effective date counts from its publication.
        effective_from=_day(row["effective_date"] or row["publication_date"]),
        note=row["note"],
        source=row["source"],
        confidence=row["confidence"],
        **levels,
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
