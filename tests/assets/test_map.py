"""The built boundaries are those of the shared reference: 16 cities, 136 counties, the same shapes."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

ROOT = Path(__file__).resolve().parents[2]
DRAWN = ROOT / "hengjian" / "web" / "static" / "dist" / "map"
COUNTED = ROOT / "hengjian" / "kernel" / "regions" / "data" / "built" / "county.geojson"
REFERENCE = ROOT.parent / "shared" / "data" / "shandong_regions"


def _regions(path: Path) -> dict[int, tuple[dict[str, Any], BaseGeometry]]:
    if not path.exists():
        pytest.skip(f"{path.name} is not built: run assets/build.py")
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return {int(f["properties"]["code"]): (f["properties"], shape(f["geometry"])) for f in features}


@pytest.mark.parametrize(("level", "count"), [("province", 1), ("city", 16), ("county", 136)])
def test_drawn_map_is_complete_valid_and_light(level: str, count: int) -> None:
    path = DRAWN / f"{level}.geojson"
    regions = _regions(path)
    assert len(regions) == count
    assert all(geometry.is_valid and not geometry.is_empty for _row, geometry in regions.values())
    assert all(370000 <= code < 380000 and row["name"] for code, (row, _g) in regions.items())
    assert path.stat().st_size < 260_000


def test_counties_share_their_borders() -> None:
    shapes = [geometry for _row, geometry in _regions(COUNTED).values()]
    total = shapely.union_all(shapes).area
    assert sum(geometry.area for geometry in shapes) == pytest.approx(total, rel=1e-6)


@pytest.mark.parametrize("level", ["city", "county"])
def test_same_regions_as_the_reference(level: str) -> None:
    reference = REFERENCE / f"{level}.geojson"
    if not reference.exists():
        pytest.skip(f"reference {level}.geojson is not on this machine")
    ours = _regions(COUNTED if level == "county" else DRAWN / "city.geojson")
    theirs = _regions(reference)
    assert ours.keys() == theirs.keys()
    assert {c: ours[c][0]["name"] for c in ours} == {c: theirs[c][0]["name"] for c in theirs}
    overlap = min(
        ours[c][1].intersection(theirs[c][1]).area / ours[c][1].union(theirs[c][1]).area
        for c in ours
    )
    assert overlap > (0.99 if level == "county" else 0.96)
