"""Rows of the ledger page: what the registry knows, and places for the figures of other apps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from hengjian.kernel.text import MISSING, N_
from hengjian.registry.selectors.ledger import SiteRow
from hengjian.web.registry.words import in_unit_words

# Until an app gives its figures: no alert known, no report known.
NO_FIGURES: Mapping[str, Any] = {
    "level": "none",
    "level_text": N_("无"),
    "day": MISSING,
    "output": MISSING,
    "energy": MISSING,
    "coal": MISSING,
    "power": MISSING,
    "unit_use": MISSING,
    "unit_limit": MISSING,
    "ratio": None,
    "ratio_text": MISSING,
    "report": "plain",
    "report_text": MISSING,
}


def ledger_row(row: SiteRow, figures: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A row as ``registry/_site_rows.html`` shows it; ``figures`` are those of the other apps."""
    note = [row.note] if row.note else []
    if row.enterprise and row.enterprise != row.name:
        note.insert(0, row.enterprise)
    return {
        **NO_FIGURES,
        "id": row.id,
        "url": reverse("registry:site_detail", args=[row.id]),
        "name": row.name,
        "code": row.code,
        "note": " · ".join(note),
        "city": row.city,
        "county": row.county,
        "industry": row.industry,
        "others": row.other_industries,
        "controlled": row.controlled,
        "capacity": in_unit_words(row.capacity),
        "status": row.status,
        "place": row.place,
        "supervision": row.supervision,
        "demo": _("演示数据") if row.is_demo else "",
        **(figures or {}),
    }
