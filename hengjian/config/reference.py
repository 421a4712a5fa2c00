"""Loads all reference data, ground floor first. Idempotent; run as the owner."""

from __future__ import annotations

from django.db import transaction

from hengjian.kernel.regions.services import load_regions
from hengjian.measures.services.factors import load_factors
from hengjian.registry.services.reference import load_industries, load_limits


@transaction.atomic
def load_reference() -> dict[str, int]:
    """Rows now present, by kind."""
    return {
        "regions": load_regions(),
        "industries": load_industries(),
        "limits": load_limits(),
        "factors": load_factors(),
    }
