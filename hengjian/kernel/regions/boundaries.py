"""Reads the county polygons that the build makes (hengjian/kernel/regions/data/built/)."""

import json
from functools import cache
from pathlib import Path

from shapely.geometry import shape

from hengjian.kernel.regions.rules import CountyPolygons

BUILT = Path(__file__).parent / "data" / "built" / "county.geojson"


class BoundariesMissing(RuntimeError):
    """The map has not been built, or the file is no map of counties."""


@cache
def county_polygons(path: Path = BUILT) -> CountyPolygons:
    """The polygons of a GeoJSON file whose features carry a six-digit `code`; read once.

    Raises:
        BoundariesMissing: no such file, or one without polygons and codes.
    """
    try:
        features = json.loads(path.read_text("utf-8"))["features"]
        counties = [(int(f["properties"]["code"]), shape(f["geometry"])) for f in features]
    except FileNotFoundError as error:
        raise BoundariesMissing(f"{path} is absent: build the map first") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BoundariesMissing(f"{path} is no map of counties: {error}") from error
    if not counties:
        raise BoundariesMissing(f"{path} has no county")
    return CountyPolygons.of(counties)
