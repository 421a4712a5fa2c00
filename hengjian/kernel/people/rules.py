"""Whom one may put into which post (S1): never above oneself, never one's own overseer, never across spheres."""

from __future__ import annotations

from collections.abc import Mapping

from hengjian.kernel.access.declare import (
    ADMINISTRATORS,
    CITY,
    COUNTY,
    DRC,
    ENTERPRISE,
    EVERYONE,
    Role,
)

_AT_SITES = ENTERPRISE | {Role.RESIDENT_SUPERVISOR}
_BUSINESS = EVERYONE - ADMINISTRATORS - {Role.OVERSIGHT}

# Discipline and audit are not chosen by those they oversee, nor provincial teams by the places they visit. The
# system administrator lets in those whom no official may choose, and the first of the commission: nobody below.
FILLS: Mapping[Role, frozenset[Role]] = {
    **dict.fromkeys(DRC, _BUSINESS),
    Role.CITY_OFFICER: CITY | COUNTY | _AT_SITES,
    Role.COUNTY_OFFICER: frozenset({Role.COUNTY_OFFICER}) | _AT_SITES,
    Role.SYSTEM_ADMIN: ADMINISTRATORS | {Role.OVERSIGHT, Role.DRC_LEAD},
}


def may_fill(appointer: Role | None, post: Role) -> bool:
    """Whether someone in the role ``appointer`` decides about posts that give the role ``post``."""
    return appointer is not None and post in FILLS.get(appointer, frozenset())
