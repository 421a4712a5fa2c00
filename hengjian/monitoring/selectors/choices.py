"""Choices of the filter bar: only what lies in the reader's scope, and every rule there is."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hengjian.cases.selectors.rows import place_of
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.regions.models import Region
from hengjian.monitoring.selectors.words import LAYERS, rule_titles
from hengjian.registry.models import Enterprise, Industry

Choices = list[tuple[str, str]]


def city_choices(actor: Actor) -> Choices:
    """Cities in scope; empty for those who have one."""
    cities = Region.objects.filter(code__in=actor.regions, level="city").order_by("code")
    found = [(str(r.code), r.name) for r in cities]
    return found if len(found) > 1 else []


def county_choices(actor: Actor, city: str) -> Choices:
    """Counties in scope, of the chosen city or of the one in scope; empty while several cities are meant."""
    rows = Region.objects.filter(code__in=actor.regions, level="county").order_by("code")
    if city.isdecimal() and len(city) == 6:
        rows = rows.filter(city=int(city))
    found = [(str(r.code), r.name, r.city_id) for r in rows]
    if len({of for _code, _name, of in found}) != 1 or len(found) < 2:
        return []
    return [(code, name) for code, name, _of in found]


def industry_choices() -> Choices:
    """The industries in the order of the plan."""
    return list(Industry.objects.order_by("seq").values_list("pk", "name"))


def layer_choices() -> Choices:
    """Layers of rules."""
    return [(code, _(text)) for code, text in LAYERS.items()]


def rule_choices() -> Choices:
    """Every rule by code and title."""
    return [(code, f"{code} {title}") for code, title in rule_titles().items()]


def region_choices(actor: Actor) -> Choices:
    """Province, cities and counties in scope, for the scope of a parameter; counties under their city's name."""
    rows = Region.objects.filter(code__in=actor.regions).select_related("city").order_by("code")
    return [(str(row.code), place_of(row)) for row in rows]


def enterprise_id_of(actor: Actor, code: str) -> str:
    """The id of the enterprise with that credit code, empty where none is visible."""
    rows = Enterprise.objects.visible_to(actor).filter(credit_code=code)
    found = rows.values_list("pk", flat=True).first() if code else None
    return str(found) if found else ""
