"""Where a point lies: the proposal of a supervising region, and the regions that an actor may assign."""

from __future__ import annotations

from decimal import Decimal

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.errors import FieldError, Unavailable, ValidationFailed
from hengjian.kernel.regions.boundaries import BoundariesMissing, county_polygons
from hengjian.kernel.regions.models import Region
from hengjian.kernel.regions.rules import gcj02_to_wgs84, locate_near
from hengjian.kernel.text import N_
from hengjian.registry.models import Site

PROVINCE = 370000
# Quays and reclaimed land lie off the simplified coast of the map.
OFF_COAST_KM = 3.0


def wgs84(lon: Decimal | None, lat: Decimal | None, datum: str) -> tuple[float, float] | None:
    """A point in degrees WGS-84 (CGCS2000 differs by centimetres); None without a longitude."""
    if lon is None or lat is None:
        return None
    if datum == Site.Datum.GCJ02:
        return gcj02_to_wgs84(float(lon), float(lat))
    return float(lon), float(lat)


def propose_region(lon: Decimal | None, lat: Decimal | None, datum: str) -> int | None:
    """The county in which a point lies; None without a point or outside the province.

    Raises:
        Unavailable: the map of counties has not been built on this machine.
    """
    point = wgs84(lon, lat, datum)
    if point is None:
        return None
    try:
        polygons = county_polygons()
    except BoundariesMissing as error:
        raise Unavailable(
            N_("行政区划边界数据尚未生成，无法推定监管属地，请联系系统管理员")
        ) from error
    found = locate_near(*point, polygons, OFF_COAST_KM)
    return found[0] if found else None


def may_assign(actor: Actor, region: int) -> bool:
    """Whether a region lies within the acting post's area; the platform's is everywhere."""
    return actor.kind is Kind.WORKER or region in actor.regions


def require_assignable(actor: Actor, region: int) -> None:
    """Raise unless the region exists and lies within the acting post's area."""
    if not Region.objects.filter(code=region).exists():
        raise ValidationFailed(
            [FieldError("region", N_("没有区划代码 {code}"), data={"code": region})]
        )
    if region == PROVINCE and not may_assign(actor, region):
        raise ValidationFailed(
            [FieldError("region", N_("请选择监管属地或填写省内坐标，属地不明的厂区由省级登记"))]
        )
    if not may_assign(actor, region):
        raise ValidationFailed(
            [FieldError("region", N_("该区划不在本岗位辖区内，请由上级或所在地办理"))]
        )
