"""The list of who owes which form (报送名录): the page, the workbook, one site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import can, fetch, require
from hengjian.kernel.text import search_term
from hengjian.measures.models import Obligation
from hengjian.measures.permissions import SOURCE_LABELS, Source
from hengjian.measures.reference import form_heads
from hengjian.measures.rules.forms import Form
from hengjian.measures.states import ORIGIN_LABELS, Origin

_VIEW = "measures.obligation.view"
PAGE = 50
SORTS: Mapping[str, str] = {
    "site": "site__name",
    "region": "region_id",
    "form": "form",
    "from": "valid_from",
    "to": "valid_to",
}


@dataclass(frozen=True, slots=True)
class ObligationQuery:
    """What the filter bar asks; empty means all. ``state``: now (default), ended, all."""

    text: str = ""
    form: str = ""
    source: str = ""
    origin: str = ""
    city: str = ""
    state: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class ObligationRow:
    """One row, formatted."""

    id: UUID
    site_id: UUID
    site: str
    place: str
    form: str
    source: str
    valid_from: str
    valid_to: str
    origin: str
    basis: str
    needs_review: bool
    made: str
    ended: str
    in_force: bool
    may_end: bool


def find_obligations(actor: Actor, query: ObligationQuery, today: date) -> QuerySet[Obligation]:
    """The rows in scope that the query asks for, in its order."""
    require(actor, _VIEW)
    rows = Obligation.objects.visible_to(actor).select_related("site", "region__city")
    over = Q(valid_to__lt=today)
    if query.state != "all":
        rows = rows.filter(over) if query.state == "ended" else rows.exclude(over)
    if term := search_term(query.text):
        rows = rows.filter(site__search__contains=term)
    if query.form in set(Form):
        rows = rows.filter(form=query.form)
    if query.source in set(Source):
        rows = rows.filter(source=query.source)
    if query.origin in set(Origin):
        rows = rows.filter(origin=query.origin)
    if query.city.isdecimal():
        rows = rows.filter(Q(region=int(query.city)) | Q(region__city=int(query.city)))
    chosen = SORTS.get(query.sort.removeprefix("-"))
    if chosen is None:
        return rows.order_by("region_id", "site__name", "form", "source", "valid_from", "id")
    order = F(chosen)
    return rows.order_by(order.desc() if query.sort.startswith("-") else order.asc(), "id")


def find_obligation(actor: Actor, obligation_id: UUID, verb: str = _VIEW) -> Obligation:
    """One row within the scope. NotPermitted, NotVisible as everywhere."""
    return fetch(Obligation.objects.all(), actor, verb, pk=obligation_id)


def obligation_page(
    actor: Actor, query: ObligationQuery, *, today: date, page: int = 1
) -> Page[Any]:
    """One page of rows; two queries."""
    found: Page[Any] = Paginator(find_obligations(actor, query, today), PAGE).get_page(page)
    found.object_list = [obligation_row(actor, one, today) for one in found.object_list]
    return found


def obligations_of(actor: Actor, site: UUID, today: date) -> Sequence[ObligationRow]:
    """What one site owes, ended ones last; empty for those who may not see the list."""
    if not can(actor, _VIEW):
        return []
    rows = (
        Obligation.objects.visible_to(actor)
        .filter(site=site)
        .select_related("site", "region__city")
        .order_by(F("ended_at").desc(nulls_first=True), "form", "source", "valid_from")
    )
    return [obligation_row(actor, one, today) for one in rows]


def obligation_row(actor: Actor, one: Obligation, today: date) -> ObligationRow:
    """A row; needs site and region with city."""
    region = one.region
    whole = region.city is None or region.city_id == region.pk
    in_force = one.valid_to is None or one.valid_to >= today
    who = one.made_post or one.made_name
    return ObligationRow(
        id=one.pk,
        site_id=one.site_id,
        site=one.site.name,
        place=region.name if whole or region.city is None else f"{region.city.name} {region.name}",
        form=_(form_heads()[Form(one.form)].title),
        source=_(SOURCE_LABELS[Source(one.source)]),
        valid_from=one.valid_from.isoformat(),
        valid_to=one.valid_to.isoformat() if one.valid_to else "",
        origin=_(ORIGIN_LABELS[Origin(one.origin)]),
        basis=_(one.basis),
        needs_review=one.needs_review,
        made=_(who),
        ended=_("%(who)s：%(why)s")
        % {"who": _(one.ended_post or one.ended_name), "why": _(one.end_reason)}
        if one.ended_at
        else "",
        in_force=in_force,
        may_end=one.ended_at is None and can(actor, "measures.obligation.end", one),
    )


def form_choices() -> list[tuple[str, str]]:
    """Forms for a select."""
    return [(form.value, _(head.title)) for form, head in form_heads().items()]


def source_choices() -> list[tuple[str, str]]:
    """Sources that owe by the list: those that people fill in."""
    return [(s.value, _(SOURCE_LABELS[s])) for s in (Source.ENTERPRISE, Source.RESIDENT)]


def origin_choices() -> list[tuple[str, str]]:
    """Origins for a select."""
    return [(o.value, _(label)) for o, label in ORIGIN_LABELS.items()]
