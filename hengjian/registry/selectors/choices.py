"""What a person may choose from: industries, regions, states."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.regions.models import Region, RegionLevel
from hengjian.registry.models import Enterprise, EnterpriseName, Industry, Site
from hengjian.registry.selectors.ledger import GAPS

Choices = list[tuple[str, str]]


def industry_choices() -> Choices:
    """The 16 industries in the order of the catalogue."""
    return list(Industry.objects.values_list("code", "name"))


def status_choices() -> Choices:
    """States of a site."""
    return [(value, str(label)) for value, label in Site.Status.choices]


def datum_choices() -> Choices:
    """Datums of a point."""
    return [(value, str(label)) for value, label in Site.Datum.choices]


def name_kind_choices() -> Choices:
    """Kinds of further names."""
    return [(value, str(label)) for value, label in EnterpriseName.Kind.choices]


def gap_choices() -> Choices:
    """What may be missing."""
    return [(key, _(label)) for key, (label, _condition) in GAPS.items()]


def city_choices(actor: Actor) -> Choices:
    """Cities within the scope."""
    return _regions(actor, RegionLevel.CITY)


def county_choices(actor: Actor) -> Choices:
    """Counties and functional zones within the scope, under their city's name where there are several cities."""
    rows = list(
        Region.objects.filter(code__in=actor.regions, level=RegionLevel.COUNTY)
        .order_by("code")
        .values_list("code", "city__name", "name")
    )
    several = len({city for _code, city, _name in rows}) > 1
    return [(str(code), f"{city} {name}" if several else name) for code, city, name in rows]


def enterprise_choices(actor: Actor, text: str = "") -> Choices:
    """Enterprises to which a site may be added, at most 200; the text narrows them."""
    require(actor, "registry.site.create")
    rows = Enterprise.objects.visible_to(actor).order_by("name")
    if text:
        rows = rows.filter(search__contains=text)
    return [
        (str(pk), f"{name} {code}" if code else name)
        for pk, name, code in rows.values_list("pk", "name", "credit_code")[:200]
    ]


def _regions(actor: Actor, level: RegionLevel) -> Choices:
    rows = Region.objects.filter(code__in=actor.regions, level=level).order_by("code")
    return [(str(code), name) for code, name in rows.values_list("code", "name")]
