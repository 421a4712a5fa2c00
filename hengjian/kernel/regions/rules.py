"""Which county a point lies in, and coordinates of the Chinese map offset (GCJ-02).

The answer is a proposal: the supervising region may be a functional zone, which has no polygon, and
is confirmed by a person.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, hypot, isfinite, pi, radians, sin, sqrt

from shapely import STRtree
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

KM_PER_DEGREE = 111.195
# Krasovsky ellipsoid and the eccentricity that the public GCJ-02 formula uses.
_AXIS = 6378245.0
_ECCENTRICITY = 0.00669342162296594323


@dataclass(frozen=True, slots=True)
class CountyPolygons:
    """Polygons in WGS-84 degrees with their six-digit codes, and the tree over them."""

    codes: tuple[int, ...]
    geometries: tuple[BaseGeometry, ...]
    tree: STRtree

    @classmethod
    def of(cls, counties: Iterable[tuple[int, BaseGeometry]]) -> "CountyPolygons":
        """Build from (code, polygon), sorted by code."""
        rows = sorted(counties, key=lambda row: row[0])
        geometries = tuple(geometry for _, geometry in rows)
        return cls(tuple(code for code, _ in rows), geometries, STRtree(geometries))


def locate(lon: float, lat: float, polygons: CountyPolygons) -> int | None:
    """The county that holds the point; on a shared border the lowest code, outside all None."""
    if not (isfinite(lon) and isfinite(lat)):
        return None
    hits = polygons.tree.query(Point(lon, lat), predicate="intersects")
    return min((polygons.codes[hit] for hit in hits), default=None)


def locate_near(
    lon: float, lat: float, polygons: CountyPolygons, within_km: float
) -> tuple[int, float] | None:
    """The nearest county and its distance in km (0 inside), None beyond `within_km`.

    For plants on quays and reclaimed land, which lie off the simplified coast. The distance is
    planar with the parallel's scale, good to 1 % over a few kilometres.
    """
    inside = locate(lon, lat, polygons)
    if inside is not None:
        return inside, 0.0
    if not (isfinite(lon) and isfinite(lat)):
        return None
    reach = within_km / KM_PER_DEGREE / cos(radians(lat))
    point = Point(lon, lat)
    best: tuple[float, int] | None = None
    for hit in polygons.tree.query(point.buffer(reach)):
        shore = polygons.geometries[hit].boundary
        at = shore.interpolate(shore.project(point))
        apart = hypot((at.x - lon) * cos(radians(lat)), at.y - lat) * KM_PER_DEGREE
        candidate = (apart, polygons.codes[hit])
        best = candidate if best is None else min(best, candidate)
    if best is None or best[0] > within_km:
        return None
    return best[1], best[0]


def wgs84_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """Add the offset of Chinese public maps; outside China coordinates stay as they are."""
    if not (72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271):
        return lon, lat
    x, y = lon - 105.0, lat - 35.0
    waves = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    curve = 1 - _ECCENTRICITY * sin(radians(lat)) ** 2
    meridian = _AXIS * (1 - _ECCENTRICITY) / (curve * sqrt(curve)) * pi / 180
    parallel = _AXIS / sqrt(curve) * cos(radians(lat)) * pi / 180
    return lon + east / parallel, lat + north / meridian


def gcj02_to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    """Take the offset away, by iteration; within centimetres of the inverse."""
    guess_lon, guess_lat = lon, lat
    for _ in range(6):
        shown_lon, shown_lat = wgs84_to_gcj02(guess_lon, guess_lat)
        guess_lon, guess_lat = guess_lon + lon - shown_lon, guess_lat + lat - shown_lat
    return guess_lon, guess_lat
