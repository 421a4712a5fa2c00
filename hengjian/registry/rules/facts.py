"""What is stated of a site when it is registered, imported or changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What a person states of a site; the region is apart, it is confirmed and not merely stated.

    ``lon`` and ``lat`` are degrees in ``datum``; a latitude may stand alone.
    """

    name: str
    name_en: str = ""
    aliases: tuple[str, ...] = ()
    lon: Decimal | None = None
    lat: Decimal | None = None
    datum: str = "wgs84"
    status: str = "operating"
    commissioned_on: date | None = None
    day_start: int = 0
    key_site: bool = False
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to register: capacity per year in ``capacity_unit``."""

    name: str
    industry: str
    product: str
    capacity: Decimal | None = None
    capacity_unit: str = ""
    commissioned_on: date | None = None


@dataclass(frozen=True, slots=True)
class NewSite:
    """A site to register: the first industry is the main one; no region means that it is proposed."""

    facts: SiteFacts
    industries: Sequence[str]
    region: int | None = None
    lines: Sequence[NewLine] = field(default_factory=tuple)
