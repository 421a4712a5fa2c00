"""Codes that lines and meters carry, in words: the registry stores them, measures names them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from hengjian.kernel.text import N_, quantity
from hengjian.measures.reference import (
    daily_form,
    energy_names,
    item_names,
    lines_of,
    product_names,
)
from hengjian.measures.rules.units import UNITS

Groups = list[tuple[str, Any]]  # choices, also grouped ones
NOTHING = ("", "—")
# What standards divide by and only our data writes so.
_PER = ("weight_case", "1000m2", "tire")
# Kinds of energy that no factor table names: their factor depends on the year.
_METERED = {"electricity": N_("电力"), "heat": N_("热力")}


def product_in_words(code: str) -> str:
    """A product of the daily form by its name; what a standard or a register named stays as it is."""
    return _(product_names().get(code, code))


def form_products() -> dict[str, list[str]]:
    """Product codes of the daily form by industry, in its order."""
    found: dict[str, list[str]] = {}
    for line in daily_form():
        for industry in line.industries if line.product_code else ():
            found.setdefault(industry, []).append(line.product_code)
    return found


def product_groups(
    industries: Iterable[tuple[str, str]], limit_products: Mapping[str, Sequence[str]]
) -> Groups:
    """Products that a form offers, by industry (code, name): those of limits, then those of the daily form."""
    groups: Groups = [NOTHING]
    of_form = form_products()
    for code, name in industries:
        limits = [(product, product) for product in limit_products[code]]
        if limits:
            groups.append((_("%(industry)s：限额标准的产品") % {"industry": name}, limits))
        reported = [(product, product_in_words(product)) for product in of_form.get(code, ())]
        if reported:
            groups.append((_("%(industry)s：日报的产品") % {"industry": name}, reported))
    return groups


def measured_names(industries: Collection[str]) -> dict[str, str]:
    """What a meter at a site with these industries may measure, by code: energies and products of its form."""
    names = {**energy_names(), **_METERED, **product_names()}
    lines = lines_of(frozenset(industries))
    codes = {code for line in lines for code in (line.item.subject, line.product_code) if code}
    return {code: _(names[code]) for code in codes if code in names}


def plan_in_words(plan: dict[str, Any]) -> dict[str, Any]:
    """An output plan as one of the facts of a site."""
    words = {
        "product": product_in_words(plan["product"]),
        "amount": in_unit_words(quantity(plan["amount"], plan["unit"])),
        "basis": plan["basis"],
        "revision": plan["revision"],
    }
    return {
        "label": _("%(year)s 年产量控制目标") % {"year": plan["year"]},
        "value": _("%(product)s %(amount)s（%(basis)s，第 %(revision)s 版）") % words,
    }


def line_in_words(line: dict[str, Any]) -> dict[str, Any]:
    """A production line with the names of product and unit."""
    return {
        **line,
        "product": product_in_words(line["product"]),
        "capacity": in_unit_words(line["capacity"]),
    }


def meter_in_words(meter: dict[str, Any]) -> dict[str, Any]:
    """A metering instrument with the name of what it measures."""
    names = {**item_names(), **product_names(), **energy_names(), **_METERED}
    return {**meter, "name": _(names.get(meter["name"], meter["name"]))}


def in_unit_words(quantities: str) -> str:
    """Quantities as pages write them; only units that no reader would know (1e4kWh, kgce/weight_case) change."""
    for code in sorted((c for c in UNITS if c.startswith("1")), key=len, reverse=True):
        quantities = quantities.replace(f"\u00a0{code}", f"\u00a0{_(UNITS[code].label)}")
    for code in _PER:
        for before in ("/", "\u00a0"):
            quantities = quantities.replace(f"{before}{code}", f"{before}{_(UNITS[code].label)}")
    return quantities
