"""Loading the divisions from the reference file; run again it changes nothing."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from hengjian.kernel.regions.models import Region, RegionLevel

FILE = Path(__file__).parent / "data" / "regions.csv"
_LEVELS = {
    "province": RegionLevel.PROVINCE,
    "prefecture": RegionLevel.CITY,
    "county": RegionLevel.COUNTY,
}
_ORDER = list(_LEVELS)


def load_regions() -> int:
    """Insert or update every division and functional zone; returns how many there are."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda r: (_ORDER.index(r["level"]), r["code"]))
    for row in rows:
        Region.objects.update_or_create(code=int(row["code"]), defaults=_values(row))
    return len(rows)


def _values(row: Mapping[str, str]) -> dict[str, object]:
    code, parent = int(row["code"]), int(row["parent_code"]) if row["parent_code"] else None
    level = _LEVELS[row["level"]]
    city = {RegionLevel.PROVINCE: None, RegionLevel.CITY: code, RegionLevel.COUNTY: parent}[level]
    return {
        "name": row["name_zh"],
        "level": level,
        "functional_zone": row["kind"] == "nbs_functional_zone",
        "parent_id": parent,
        "city_id": city,
        "province_id": code // 10000 * 10000,
        "lon": Decimal(row["lon"]) if row["lon"] else None,
        "lat": Decimal(row["lat"]) if row["lat"] else None,
        "datum": row["coord_system"],
        "source": row["source"],
        "confidence": row["confidence"],
    }
