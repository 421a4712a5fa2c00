"""Points for invented sites: somewhere inside the real county, the same point each time."""

from __future__ import annotations

from decimal import Decimal

from shapely.geometry import Point

from hengjian.config.demo.chance import share
from hengjian.kernel.regions.boundaries import county_polygons

# Degrees kept from the border, so that the simplified map of another edition still finds the same county.
MARGIN = 0.02
TRIES = 200
STEP = Decimal("0.000001")


def point_in(county: int, key: str) -> tuple[Decimal, Decimal]:
    """(longitude, latitude) in WGS-84 degrees inside the county.

    Raises:
        LookupError: the map has no such county. BoundariesMissing: the map has not been built.
    """
    polygons = county_polygons()
    try:
        whole = polygons.geometries[polygons.codes.index(county)]
    except ValueError as error:
        raise LookupError(f"the map has no county {county}") from error
    inner = whole.buffer(-MARGIN)
    area = whole if inner.is_empty else inner
    west, south, east, north = area.bounds
    for number in range(TRIES):
        lon = _between(west, east, share("lon", key, number))
        lat = _between(south, north, share("lat", key, number))
        if area.contains(Point(float(lon), float(lat))):
            return lon, lat
    inside = area.representative_point()
    return _between(inside.x, inside.x, Decimal(0)), _between(inside.y, inside.y, Decimal(0))


def _between(low: float, high: float, part: Decimal) -> Decimal:
    first, last = Decimal(str(low)), Decimal(str(high))
    return (first + (last - first) * part).quantize(STEP)
