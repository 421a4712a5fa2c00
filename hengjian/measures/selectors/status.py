"""How reporting stands (报送情况): due, on time, late, missing by city, county, industry and period; a constant number of queries.

A report counts when it is the first of its site, form, period and source, and the site owed it. What a form owes is
counted from the list of obligations, in Python; reports are counted by the database from one index
(``measures_report_first``), never from the wide rows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.regions.models import Region
from hengjian.kernel.text import N_, search_term
from hengjian.measures.deadline_table import deadlines_of
from hengjian.measures.models import Obligation, Report
from hengjian.measures.permissions import Source
from hengjian.measures.rules.deadlines import Deadlines, NoDeadline, periods_ending_by
from hengjian.measures.rules.forms import FREQUENCY, Form, Frequency
from hengjian.registry.models import Industry, SiteIndustry

_VIEW = "measures.status.view"
SHOWN: Mapping[Frequency, int] = {
    Frequency.DAY: 31,
    Frequency.MONTH: 12,
    Frequency.QUARTER: 8,
    Frequency.YEAR: 5,
}


class Standing(StrEnum):
    """How one period of one site stands."""

    ON_TIME = "on_time"
    LATE = "late"
    MISSING = "missing"
    OPEN = "open"


STANDING_LABELS: Mapping[Standing, str] = {
    Standing.ON_TIME: N_("按时"),
    Standing.LATE: N_("迟报"),
    Standing.MISSING: N_("未报"),
    Standing.OPEN: N_("未到期"),
}


@dataclass(frozen=True, slots=True)
class StatusQuery:
    """What the filter bar asks; empty means all. ``last``: the period that is looked at and ends the table."""

    form: Form = Form.DAILY
    source: Source = Source.ENTERPRISE
    last: date | None = None
    city: str = ""
    county: str = ""
    industry: str = ""
    text: str = ""
    state: str = ""
    sort: str = ""


@dataclass(slots=True)
class Tally:
    """Counts of periods: owed = on time + late + missing + open."""

    owed: int = 0
    on_time: int = 0
    late: int = 0
    missing: int = 0
    open: int = 0

    def add(self, other: Tally) -> None:
        """Take in the counts of another tally."""
        for name in ("owed", "on_time", "late", "missing", "open"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class SiteStatus:
    """One site: its counts over all periods shown, and how the last one stands (None: not owed)."""

    site: UUID
    name: str
    region: int
    industry: str
    over: Tally = field(default_factory=Tally)
    at: Standing | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """The periods shown, oldest first, with their moments; ``past``: how many of them are past their deadline."""

    form: Form
    periods: tuple[date, ...]
    moments: tuple[Deadlines, ...]
    past: int

    @property
    def last(self) -> date:
        """The period that is looked at."""
        return self.periods[-1]


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that the board, its export and its reminders are made of."""

    span: Span
    sites: tuple[SiteStatus, ...]
    by_period: tuple[Tally, ...]
    regions: Mapping[int, Region]
    industries: Mapping[str, str]

    @property
    def at(self) -> Tally:
        """Counts of the period looked at."""
        return self.by_period[-1]


def span_of(form: Form, last: date | None, *, now: datetime, today: date) -> Span:
    """The periods that the board shows: up to the one that holds ``last``, or to the newest that is over."""
    asked = min(last, today) if last else today - timedelta(days=1)
    periods = periods_ending_by(form, asked, SHOWN[FREQUENCY[form]])
    known = [(p, m) for p in periods if (m := _moments(form, p)) is not None]
    moments = tuple(m for _p, m in known)
    return Span(
        form=form,
        periods=tuple(p for p, _m in known),
        moments=moments,
        past=bisect_left([m.due for m in moments], now),
    )


def status(actor: Actor, query: StatusQuery, *, now: datetime, today: date) -> Status:
    """All sites that owe the form in the periods shown; six queries whatever their number.

    Raises:
        NotPermitted: not an official.
    """
    require(actor, _VIEW)
    span = span_of(query.form, query.last, now=now, today=today)
    if not span.periods:
        return Status(span, (), (Tally(),), {}, {})
    owing = _owing(actor, query, span)
    industry_of = dict(
        SiteIndustry.objects.visible_to(actor)
        .filter(main=True)
        .values_list("site_id", "industry_id")
    )
    by_period = [Tally() for _ in span.periods]
    found: dict[UUID, SiteStatus] = {}
    at_last: set[UUID] = set()
    for site, name, region, start, end in owing.values_list(
        "site_id", "site__name", "region_id", "valid_from", "valid_to"
    ):
        one = found.setdefault(site, SiteStatus(site, name, region, industry_of.get(site, "")))
        _count_owed(one, by_period, span, start, end)
        if start <= span.last and (end is None or end >= span.last):
            at_last.add(site)
    _count_reports(_reports(actor, query, span, owing), found, by_period, span)
    _settle(found.values(), at_last, span)
    regions = Region.objects.select_related("city").in_bulk({s.region for s in found.values()})
    return Status(
        span=span,
        sites=tuple(found.values()),
        by_period=tuple(by_period),
        regions=regions,
        industries=dict(Industry.objects.values_list("code", "name")),
    )


def _moments(form: Form, period: date) -> Deadlines | None:
    try:
        return deadlines_of(form, period)
    except NoDeadline:
        return None


def _owing(actor: Actor, query: StatusQuery, span: Span) -> QuerySet[Obligation]:
    """The obligations in scope that touch the periods shown, of the sites that the filters leave."""
    rows = Obligation.objects.visible_to(actor).filter(
        Q(valid_to=None) | Q(valid_to__gte=span.periods[0]),
        form=query.form.value,
        source=query.source.value,
        valid_from__lte=span.last,
    )
    if term := search_term(query.text):
        rows = rows.filter(Q(site__search__contains=term) | Q(enterprise__search__contains=term))
    if query.city.isdecimal():
        rows = rows.filter(region__city_id=int(query.city))
    if query.county.isdecimal():
        rows = rows.filter(region_id=int(query.county))
    if query.industry:
        having = SiteIndustry.objects.visible_to(actor).filter(industry_id=query.industry)
        rows = rows.filter(site_id__in=having.values("site_id"))
    return rows.order_by()


def _reports(
    actor: Actor, query: StatusQuery, span: Span, owing: QuerySet[Obligation]
) -> QuerySet[Report]:
    """First reports of owed periods, marked ``late``."""
    owed = owing.filter(
        Q(valid_to=None) | Q(valid_to__gte=OuterRef("period")),
        site_id=OuterRef("site_id"),
        valid_from__lte=OuterRef("period"),
    )
    due = Case(
        *(
            When(period=p, then=Value(m.due))
            for p, m in zip(span.periods, span.moments, strict=True)
        ),
        output_field=DateTimeField(),
    )
    return (
        Report.objects.visible_to(actor)
        .filter(
            Exists(owed),
            form=query.form.value,
            source=query.source.value,
            revision=1,
            period__range=(span.periods[0], span.last),
        )
        .annotate(due=due)
        .order_by()
    )


_LATE = Q(received_at__gt=F("due"))


def _count_owed(
    one: SiteStatus, by_period: Sequence[Tally], span: Span, start: date, end: date | None
) -> None:
    """Owed periods count as missing or open until reports are taken off."""
    first = bisect_left(span.periods, start)
    after = len(span.periods) if end is None else bisect_right(span.periods, end)
    for at in range(first, after):
        by_period[at].owed += 1
        if at < span.past:
            by_period[at].missing += 1
        else:
            by_period[at].open += 1
    count = max(after - first, 0)
    past = max(min(after, span.past) - first, 0)
    one.over.add(Tally(owed=count, missing=past, open=count - past))


def _count_reports(
    rows: QuerySet[Report],
    found: Mapping[UUID, SiteStatus],
    by_period: Sequence[Tally],
    span: Span,
) -> None:
    open_from = span.periods[span.past] if span.past < len(span.periods) else None
    early = Q(period__gte=open_from) if open_from else Q(pk=None)
    counts = {
        "came": Count("pk"),
        "late": Count("pk", filter=_LATE),
        "early": Count("pk", filter=early),
    }
    last = Q(period=span.last)
    of_last = {"last": Count("pk", filter=last), "last_late": Count("pk", filter=last & _LATE)}
    by_site: QuerySet[Any, dict[str, Any]] = rows.values("site_id").annotate(**counts, **of_last)  # type: ignore[assignment]
    for row in by_site:
        one = found[row["site_id"]]
        _take_off(one.over, row["came"], row["late"], row["early"])
        if row["last"]:
            one.at = Standing.LATE if row["last_late"] else Standing.ON_TIME
    index = {period: at for at, period in enumerate(span.periods)}
    each: QuerySet[Any, dict[str, Any]] = rows.values("period").annotate(**counts)  # type: ignore[assignment]
    for row in each:
        _take_off(by_period[index[row["period"]]], row["came"], row["late"], row["early"])


def _take_off(tally: Tally, came: int, late: int, early: int) -> None:
    tally.on_time += came - late
    tally.late += late
    tally.missing -= came - early
    tally.open -= early


def _settle(sites: Iterable[SiteStatus], at_last: set[UUID], span: Span) -> None:
    """Where nothing came for the period looked at: missing, or not yet due."""
    nothing = Standing.MISSING if span.past == len(span.periods) else Standing.OPEN
    for one in sites:
        if one.at is None and one.site in at_last:
            one.at = nothing


def grouped(found: Status, by: str) -> list[tuple[str, str, Tally, Tally]]:
    """(key, name, counts of the period looked at, counts of all periods) by city, county or industry, in code order."""
    groups: dict[str, tuple[str, Tally, Tally]] = {}
    for one in found.sites:
        key, name = _group(found, one, by)
        _name, at, over = groups.setdefault(key, (name, Tally(), Tally()))
        over.add(one.over)
        if one.at is not None:
            at.add(_one(one.at))
    return [(key, *groups[key]) for key in sorted(groups)]


def _group(found: Status, one: SiteStatus, by: str) -> tuple[str, str]:
    if by == "industry":
        return one.industry, found.industries.get(one.industry, "")
    region = found.regions[one.region]
    city = region.city or region
    if by == "city":
        return str(city.pk), city.name
    return str(region.pk), region.name if region.pk == city.pk else f"{city.name} {region.name}"


def _one(standing: Standing) -> Tally:
    tally = Tally(owed=1)
    setattr(tally, standing.value, 1)
    return tally
