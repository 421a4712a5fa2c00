"""Point in polygon, the offset of Chinese maps, and the table of regions."""

from math import cos, hypot, radians
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from hengjian.kernel.regions.boundaries import BUILT, BoundariesMissing, county_polygons
from hengjian.kernel.regions.rules import (
    CountyPolygons,
    gcj02_to_wgs84,
    locate,
    locate_near,
    wgs84_to_gcj02,
)
from tests.support.shared import read_csv, shared

TABLE = BUILT.parents[1] / "regions.csv"
TWO = CountyPolygons.of([(370103, box(118, 36, 119, 37)), (370102, box(117, 36, 118, 37))])


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return hypot((a[0] - b[0]) * cos(radians(a[1])), a[1] - b[1]) * 111_195


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (117.5, 36.5, 370102),
        (118.5, 36.5, 370103),
        (118.0, 36.5, 370102),
        (116.9, 36.5, None),
        (float("nan"), 36.5, None),
        (float("inf"), 36.5, None),
    ],
)
def test_a_point_lies_in_one_county_or_none(lon: float, lat: float, code: int | None) -> None:
    assert locate(lon, lat, TWO) == code


def test_a_point_off_the_coast_finds_the_nearest_county() -> None:
    assert locate_near(117.5, 36.5, TWO, within_km=2) == (370102, 0.0)
    found = locate_near(119.01, 36.5, TWO, within_km=2)
    assert found is not None
    assert found[0] == 370103
    # 0.01 degrees x cos(36.5) x 111.195 km = 0.894 km
    assert found[1] == pytest.approx(0.894, abs=0.01)
    assert locate_near(119.05, 36.5, TWO, within_km=2) is None
    assert locate_near(float("nan"), 36.5, TWO, within_km=2) is None


def _built() -> CountyPolygons:
    if not BUILT.exists():
        pytest.skip(f"map not built: {BUILT}")
    return county_polygons()


def test_plants_lie_in_the_counties_that_another_program_found() -> None:
    polygons = _built()
    rows = read_csv(shared("data/shandong_plants/plants.csv"))
    placed = [row for row in rows if row["lon"] and row["county_code"]]
    assert len(placed) > 200
    wrong, off_shore = [], []
    for row in placed:
        point, code = (float(row["lon"]), float(row["lat"])), int(row["county_code"])
        if locate(*point, polygons) != code:
            off_shore.append(row["plant_id"])
        near = locate_near(*point, polygons, within_km=2)
        if near is None or near[0] != code:
            wrong.append(row["plant_id"])
    assert wrong == []
    assert len(off_shore) <= 5, "quays that the simplified coast leaves outside"


def test_every_county_of_the_table_has_its_polygon() -> None:
    codes = {
        int(row["code"])
        for row in read_csv(TABLE)
        if (row["level"], row["kind"]) == ("county", "gbt2260")
    }
    assert set(_built().codes) == codes


def test_centres_said_to_be_gcj02_lie_in_their_county_after_conversion() -> None:
    polygons = _built()
    rows = read_csv(TABLE)
    counties = [r for r in rows if r["level"] == "county" and r["lon"]]
    hits = [
        r
        for r in counties
        if locate(*gcj02_to_wgs84(float(r["lon"]), float(r["lat"])), polygons) == int(r["code"])
    ]
    assert len(hits) / len(counties) >= 0.95


# Published test vectors of the open GCJ-02 formula (eviltransform): WGS-84 and GCJ-02.
VECTORS = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
]


@pytest.mark.parametrize(("plain", "shifted"), VECTORS)
def test_the_offset_agrees_with_published_vectors(
    plain: tuple[float, float], shifted: tuple[float, float]
) -> None:
    assert metres(wgs84_to_gcj02(*plain), shifted) < 0.01
    assert metres(gcj02_to_wgs84(*shifted), plain) < 0.01
    assert metres(plain, shifted) > 300, "negative control: the offset is no small thing"


@given(st.floats(114.5, 123), st.floats(34, 38.5))
def test_there_and_back_is_within_two_metres(lon: float, lat: float) -> None:
    assert metres(gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat)), (lon, lat)) < 2


def test_outside_china_there_is_no_offset() -> None:
    assert wgs84_to_gcj02(2.35, 48.85) == (2.35, 48.85)


@pytest.mark.parametrize("content", [None, "", "[]", '{"features": []}', '{"features": [{}]}'])
def test_a_missing_or_broken_map_is_said(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "county.geojson"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(BoundariesMissing):
        county_polygons(path)


def test_the_table_of_regions_is_whole_and_the_reference() -> None:
    rows = read_csv(TABLE)
    codes = [row["code"] for row in rows]
    assert len(rows) == len(set(codes)) == 168
    assert all(len(code) == 6 and code.startswith("37") for code in codes)
    kinds = [(row["level"], row["kind"]) for row in rows]
    assert kinds.count(("prefecture", "gbt2260")) == 16
    assert kinds.count(("county", "gbt2260")) == 136
    assert kinds.count(("county", "nbs_functional_zone")) == 15
    parents = {row["code"]: row["parent_code"] for row in rows}
    assert all(parents[code] in codes or code == "370000" for code in codes)
    assert TABLE.read_bytes() == shared("domain/regions.csv").read_bytes()
