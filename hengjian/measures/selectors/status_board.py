"""The status board as its page and its workbook show it: counts, groups, and sites × periods, all text ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Max
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.regions.models import Region
from hengjian.kernel.text import N_, number, percent
from hengjian.measures.models import Obligation, Reminder, Report
from hengjian.measures.rules.forms import FREQUENCY, Form, Frequency
from hengjian.measures.selectors.status import (
    STANDING_LABELS,
    SiteStatus,
    Span,
    Standing,
    Status,
    StatusQuery,
    Tally,
    grouped,
)

PAGE = 50
# A letter beside the colour: colour alone says nothing to some readers and to a printer.
LETTERS: Mapping[str, str] = {
    "on_time": N_("按"),
    "zero": N_("停"),
    "late": N_("迟"),
    "missing": N_("缺"),
    "open": N_("待"),
}
SORTS: Mapping[str, Callable[[SiteStatus], Any]] = {
    "site": lambda one: one.name,
    "region": lambda one: (one.region, one.name),
    "missing": lambda one: (one.over.missing, one.name),
    "late": lambda one: (one.over.late, one.name),
    "state": lambda one: ("" if one.at is None else one.at.value, one.name),
}
GROUPS: Mapping[str, str] = {
    "city": N_("按市"),
    "county": N_("按县"),
    "industry": N_("按行业"),
    "period": N_("按期"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One period of one site; ``kind`` is empty where nothing is owed."""

    kind: str
    letter: str
    title: str
    report: UUID | None


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One site of the board."""

    site_id: UUID
    name: str
    place: str
    industry: str
    state: str
    state_text: str
    on_time: str
    late: str
    missing: str
    rate: str
    reminded: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One city, county, industry or period; ``key`` is what the filter takes."""

    key: str
    name: str
    owed: str
    on_time: str
    late: str
    missing: str
    open: str
    rate: str
    rate_over: str


def chosen(found: Status, query: StatusQuery) -> list[SiteStatus]:
    """The sites that the state filter leaves, in the order asked for; most missing first when nothing is asked."""
    rows = [one for one in found.sites if not query.state or one.at == query.state]
    key = SORTS.get(query.sort.removeprefix("-"))
    if key is None:
        return sorted(rows, key=lambda one: (-one.over.missing, -one.over.late, one.name))
    return sorted(rows, key=key, reverse=query.sort.startswith("-"))


def board_page(
    actor: Actor, query: StatusQuery, found: Status, *, now: datetime, page: int
) -> Page[Any]:
    """One page of ``BoardRow``: three queries."""
    shown: Page[Any] = Paginator(chosen(found, query), PAGE).get_page(page)
    shown.object_list = board_rows(actor, query, found, list(shown.object_list), now=now)
    return shown


def board_rows(
    actor: Actor,
    query: StatusQuery,
    found: Status,
    sites: Sequence[SiteStatus],
    *,
    now: datetime,
) -> list[BoardRow]:
    """The rows of ``sites`` with a cell per period; none where the table of deadlines knows no period."""
    if not sites:
        return []
    ids = [one.site for one in sites]
    cells = _cells(actor, query, found.span, ids, now)
    reminded = dict(
        Reminder.objects.visible_to(actor)
        .filter(
            site__in=ids, form=query.form.value, source=query.source.value, period=found.span.last
        )
        .values_list("site_id")
        .annotate(at=Max("sent_at"))
    )
    return [
        BoardRow(
            site_id=one.site,
            name=one.name,
            place=_place(found.regions[one.region]),
            industry=found.industries.get(one.industry, ""),
            state="" if one.at is None else one.at.value,
            state_text="" if one.at is None else _(STANDING_LABELS[one.at]),
            on_time=number(one.over.on_time),
            late=number(one.over.late),
            missing=number(one.over.missing),
            rate=rate_of(one.over),
            reminded=f"{localtime(reminded[one.site]):%m-%d %H:%M}" if one.site in reminded else "",
            cells=cells[one.site],
        )
        for one in sites
    ]


def group_rows(found: Status, by: str) -> list[GroupRow]:
    """The table beside the sites."""
    if by == "period":
        span = found.span
        rows = [
            (p.isoformat(), period_head(span.form, p), t, t)
            for p, t in zip(span.periods, found.by_period, strict=False)
        ]
        return [_group_row(*row) for row in reversed(rows)]
    return [_group_row(*row) for row in grouped(found, by)]


def period_head(form: Form, period: date) -> str:
    """A short name of a period for a column or row."""
    often = FREQUENCY[form]
    if often is Frequency.DAY:
        return f"{period:%m-%d}"
    if often is Frequency.YEAR:
        return f"{period.year}"
    if often is Frequency.QUARTER:
        return f"{period.year}Q{(period.month + 2) // 3}"
    return f"{period:%Y-%m}"


def rate_of(tally: Tally) -> str:
    """Share on time of what has come or is past its deadline."""
    past = tally.owed - tally.open
    return percent(Decimal(tally.on_time) / past if past else None)


def _group_row(key: str, name: str, at: Tally, over: Tally) -> GroupRow:
    return GroupRow(
        key=key,
        name=name or _("未填行业"),
        owed=number(at.owed),
        on_time=number(at.on_time),
        late=number(at.late),
        missing=number(at.missing),
        open=number(at.open),
        rate=rate_of(at),
        rate_over=rate_of(over),
    )


def _place(region: Region) -> str:
    if region.city is None or region.city_id == region.pk:
        return region.name
    return f"{region.city.name} {region.name}"


def _cells(
    actor: Actor, query: StatusQuery, span: Span, sites: Sequence[UUID], now: datetime
) -> Mapping[UUID, tuple[Cell, ...]]:
    if not span.periods:
        return dict.fromkeys(sites, ())
    asked: dict[str, Any] = {
        "site__in": sites, "form": query.form.value, "source": query.source.value,
    }  # fmt: skip
    owed: dict[UUID, list[tuple[date, date | None]]] = {}
    for site, start, end in (
        Obligation.objects.visible_to(actor)
        .filter(**asked)
        .values_list("site_id", "valid_from", "valid_to")
    ):
        owed.setdefault(site, []).append((start, end))
    came: dict[tuple[UUID, date], tuple[datetime, bool, UUID, int]] = {}
    rows = (
        Report.objects.visible_to(actor)
        .filter(**asked, period__range=(span.periods[0], span.last))
        .order_by("revision")
        .values_list("site_id", "period", "received_at", "zero_report", "id", "revision")
    )
    for site, period, received, zero, pk, revision in rows:
        first = came[site, period][0] if (site, period) in came else received
        came[site, period] = (first, zero, pk, revision)
    return {
        site: tuple(
            _cell(span, at, owed.get(site, ()), came.get((site, period)), now)
            for at, period in enumerate(span.periods)
        )
        for site in sites
    }


def _cell(
    span: Span,
    at: int,
    owed: Iterable[tuple[date, date | None]],
    report: tuple[datetime, bool, UUID, int] | None,
    now: datetime,
) -> Cell:
    period, due = span.periods[at], span.moments[at].due
    if not any(start <= period and (end is None or period <= end) for start, end in owed):
        return Cell("", "", "", None)
    head = period_head(span.form, period)
    if report is None:
        standing = Standing.MISSING if due < now else Standing.OPEN
        text = _(STANDING_LABELS[standing])
        return Cell(standing.value, _(LETTERS[standing.value]), f"{head} {text}", None)
    received, zero, pk, revision = report
    standing = Standing.LATE if received > due else Standing.ON_TIME
    letter = "zero" if zero and standing is Standing.ON_TIME else standing.value
    title = _("%(period)s %(state)s，%(at)s 收到") % {
        "period": head,
        "state": _(STANDING_LABELS[standing]),
        "at": f"{localtime(received):%m-%d %H:%M}",
    }
    if revision > 1:
        title = _("%(title)s，现为第 %(revision)d 版") % {"title": title, "revision": revision}
    return Cell(standing.value, _(LETTERS[letter]), title, pk)
