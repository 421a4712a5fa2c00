"""Alerts in lists: the page, the tabs, one site, my day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.paginator import Page
from django.db.models import (
    Count,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Abs, NullIf
from django.utils.translation import gettext as _

from hengjian.cases.rules import is_late
from hengjian.cases.selectors.rows import due_text, page_of, place_of
from hengjian.cases.states import SEVERITY_LABELS, InquiryState, ProblemState, Severity
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import can, fetch, require
from hengjian.kernel.text import MISSING, number, percent, quantity, search_term
from hengjian.measures.rules.units import in_words
from hengjian.monitoring.models import Alert, Score
from hengjian.monitoring.selectors.words import layer_text, rule_layers
from hengjian.monitoring.states import ALERT_LABELS, ANSWERED, ANSWERED_LABEL, AlertState
from hengjian.registry.models import SiteIndustry

_VIEW = "monitoring.alert.view"
_ANSWERED = Q(state=AlertState.ASKED, inquiry__state=InquiryState.ANSWERED)
TABS: Mapping[str, Q] = {
    "new": Q(state=AlertState.NEW) | _ANSWERED,
    "asked": Q(state=AlertState.ASKED) & ~_ANSWERED,
    "problem": Q(state=AlertState.PROBLEM),
    "dismissed": Q(state__in=[AlertState.DISMISSED, AlertState.WITHDRAWN]),
    "all": Q(),
}
_SHARE = ExpressionWrapper(
    (F("observed") - F("expected")) / NullIf(Abs(F("expected")), Decimal(0)),
    output_field=DecimalField(max_digits=24, decimal_places=6),
)
SORTS: Mapping[str, Any] = {
    "score": F("site_score"),
    "evidence": F("evidence"),
    "level": F("severity_rank"),
    "site": F("site__name"),
    "excess": _SHARE,
    "stake": F("amount_at_stake"),
    "day": F("last"),
    "due": F("due"),
}
_TONES = {"problem": "plain", "dismissed": "done", "withdrawn": "done"}


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """What the filter bar asks; empty means all. ``city`` and ``county`` are region codes as text.

    ``assignee`` is ``me``, ``none`` or the id of a duty; ``layer`` a folder of rules.
    """

    tab: str = "new"
    text: str = ""
    level: str = ""
    since: date | None = None
    city: str = ""
    county: str = ""
    industry: str = ""
    rule: str = ""
    layer: str = ""
    assignee: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert in a list; texts are ready, quantities carry their unit."""

    id: UUID
    number: str
    level: str
    level_text: str
    title: str
    text: str
    site: str
    place: str
    day: str
    observed: str
    expected: str
    excess: str
    stake: str
    state: str
    state_text: str
    due: str
    late: bool
    rule: str
    basis: str
    layer: str
    evidence: str
    score: str
    score_parts: str
    assignee: str
    mine: bool


def find_alerts(actor: Actor, query: AlertQuery) -> QuerySet[Alert]:
    """The alerts in scope that the query asks for, in its order, with the score of their site on their last day."""
    require(actor, _VIEW)
    scores = Score.objects.visible_to(actor).filter(site=OuterRef("site"), day=OuterRef("last"))
    rows = (
        Alert.objects.visible_to(actor)
        .select_related("site", "region__city", "inquiry", "problem")
        .filter(TABS.get(query.tab, TABS["new"]), _asked(actor, query))
        .annotate(
            site_score=Subquery(scores.values("score")[:1]),
            site_score_parts=Subquery(scores.values("parts")[:1]),
        )
    )
    return rows.order_by(*_order(query.sort), "-last", "id")


def _asked(actor: Actor, query: AlertQuery) -> Q:
    """What the filter bar asks beside the tab; what is no value is ignored."""
    wanted = _where(query) & _about_rule(query)
    if term := search_term(query.text):
        wanted &= (
            Q(site__search__contains=term)
            | Q(title__icontains=query.text)
            | Q(number__icontains=query.text)
        )
    if query.level in set(Severity):
        wanted &= Q(severity=query.level)
    if query.since:
        wanted &= Q(last__gte=query.since)
    if query.assignee == "me":
        wanted &= Q(assignee_duty=actor.duty_id)
    elif query.assignee == "none":
        wanted &= Q(assignee_duty=None)
    elif query.assignee.isdecimal() and len(query.assignee) < 10:
        wanted &= Q(assignee_duty=int(query.assignee))
    return wanted


def _where(query: AlertQuery) -> Q:
    wanted = Q()
    if query.city.isdecimal() and len(query.city) == 6:
        wanted &= Q(region=int(query.city)) | Q(region__city=int(query.city))
    if query.county.isdecimal() and len(query.county) == 6:
        wanted &= Q(region=int(query.county))
    if query.industry:
        of = SiteIndustry.objects.filter(site=OuterRef("site"), industry=query.industry)
        wanted &= Q(Exists(of))
    return wanted


def _about_rule(query: AlertQuery) -> Q:
    wanted = Q()
    if query.rule:
        wanted &= Q(rule=query.rule)
    if query.layer:
        codes = [code for code, layer in rule_layers().items() if layer == query.layer]
        wanted &= Q(rule__in=codes)
    return wanted


def _order(sort: str) -> list[Any]:
    """By the score of the site, unless asked otherwise; amounts only among those of one unit."""
    name, down = sort.lstrip("-"), sort.startswith("-")
    if name not in SORTS:
        name, down = "score", True
    if name == "level":
        return [F("severity_rank").desc() if down else F("severity_rank").asc(), "-evidence"]
    chosen = SORTS[name]
    order = chosen.desc(nulls_last=True) if down else chosen.asc(nulls_last=True)
    first = ["amount_unit"] if name == "stake" else []
    return [*first, order, "-evidence"]


def alert_page(actor: Actor, query: AlertQuery, *, today: date, page: int = 1) -> Page[AlertRow]:
    """One page; two queries whatever the size."""
    return page_of(find_alerts(actor, query), page, lambda a: alert_row(a, today, actor))


def alert_counts(actor: Actor) -> dict[str, int]:
    """How many per tab; one query."""
    require(actor, _VIEW)
    counts = {name: Count("id", filter=where) for name, where in TABS.items() if name != "all"}
    found: dict[str, int] = Alert.objects.visible_to(actor).aggregate(**counts, all=Count("id"))
    return found


def state_of(alert: Alert) -> tuple[str, str]:
    """(state as shown, its label): an answered explanation waits for the officials again."""
    answered = alert.inquiry is not None and alert.inquiry.state == InquiryState.ANSWERED
    if alert.state == AlertState.ASKED and answered:
        return ANSWERED, _(ANSWERED_LABEL)
    return alert.state, _(ALERT_LABELS[AlertState(alert.state)])


def _due_of(alert: Alert) -> tuple[date | None, bool]:
    """(what is owed next and when, whether it is settled): the problem's deadline, else the explanation's."""
    if alert.problem is not None:
        return alert.problem.deadline, alert.problem.state == ProblemState.CLOSED
    if alert.state == AlertState.ASKED and alert.inquiry is not None:
        return alert.inquiry.due, alert.inquiry.state == InquiryState.ANSWERED
    return None, True


def alert_row(alert: Alert, today: date, actor: Actor | None = None) -> AlertRow:
    """A row; needs site, region with city, inquiry and problem. The score is there if `find_alerts` brought it."""
    state, label = state_of(alert)
    unit = unit_words(alert.unit)
    due, settled = _due_of(alert)
    return AlertRow(
        id=alert.pk,
        number=alert.number,
        level=alert.severity,
        level_text=_(SEVERITY_LABELS[Severity(alert.severity)]),
        title=alert.title,
        text=alert.text,
        site=alert.site.name,
        place=place_of(alert.region),
        day=alert.last.isoformat(),
        observed=quantity(alert.observed, unit, places_of(alert.observed)),
        expected=expected_text(alert, unit),
        excess=excess_text(alert),
        stake=quantity(alert.amount_at_stake, unit_words(alert.amount_unit), 1),
        state=_TONES.get(state, "open"),
        state_text=label,
        due=due_text(due, today, settled=settled) if due else "",
        late=due is not None and is_late(due, today, settled=settled),
        rule=alert.rule,
        basis=alert.basis,
        layer=layer_text(rule_layers().get(alert.rule, "")),
        evidence=number(alert.evidence, 1),
        score=number(getattr(alert, "site_score", None), 1),
        score_parts=_parts_text(getattr(alert, "site_score_parts", None) or []),
        assignee=alert.assignee_name,
        mine=actor is not None
        and alert.assignee_duty_id is not None
        and alert.assignee_duty_id == actor.duty_id,
    )


def _parts_text(parts: Iterable[Mapping[str, str]]) -> str:
    """The parts of a score, largest first: rule and its share of the sum."""
    shown = [f"{part['rule']} {number(Decimal(part['evidence']) ** 2, 1)}" for part in parts]
    return " + ".join(shown)


def unit_words(code: str) -> str:
    """The unit of a finding as pages write it; days, which no form reports, too."""
    return _("日") if code == "d" else in_words(code, _)


def places_of(value: Decimal) -> int:
    """Decimals that a judged figure is shown with: small ones need more."""
    return 2 if abs(value) >= 1 or not value else 4


def expected_text(alert: Alert, unit: str) -> str:
    """What the rule expects: at most a limit, else a range, else one value."""
    places = places_of(alert.expected)
    if alert.limit_id is not None:
        return "≤ " + quantity(alert.expected, unit, places)
    if alert.expected_lo == alert.expected_hi:
        return quantity(alert.expected, unit, places)
    low = number(alert.expected_lo, places_of(alert.expected_lo))
    return f"{low} – " + quantity(alert.expected_hi, unit, places_of(alert.expected_hi))


def excess_text(alert: Alert) -> str:
    """How far off, in percent of what is expected, with its sign; of zero there is none."""
    if not alert.expected:
        return MISSING
    share = (alert.observed - alert.expected) / abs(alert.expected)
    return ("+" if share >= 0 else "") + percent(share)


def find_alert(actor: Actor, alert_id: UUID) -> Alert:
    """The alert, or NotPermitted / NotVisible."""
    rows = Alert.objects.select_related(
        "site", "region__city", "inquiry", "problem", "first_run", "last_run"
    )
    return fetch(rows, actor, _VIEW, pk=alert_id)


def export_rows(
    actor: Actor, query: AlertQuery, today: date, chunk: int = 1_000
) -> Iterator[AlertRow]:
    """Every row of the query, read in chunks."""
    rows = find_alerts(actor, query)
    return (alert_row(alert, today, actor) for alert in rows.iterator(chunk_size=chunk))


def alerts_of_site(actor: Actor, site: UUID, today: date, most: int = 10) -> Sequence[AlertRow]:
    """The newest alerts of a site; none for those who may not see alerts."""
    if not can(actor, _VIEW):
        return []
    rows = (
        Alert.objects.visible_to(actor)
        .filter(site=site)
        .select_related("site", "region__city", "inquiry", "problem")
        .order_by("-last", "severity_rank", "id")[:most]
    )
    return [alert_row(a, today) for a in rows]


def alerts_of_inquiry(actor: Actor, inquiry: UUID) -> Sequence[UUID]:
    """Which alerts led to an inquiry; the enterprise never learns."""
    if not can(actor, _VIEW):
        return []
    return list(
        Alert.objects.visible_to(actor).filter(inquiry=inquiry).values_list("pk", flat=True)
    )


def alerts_of_problem(actor: Actor, problem: UUID, today: date) -> Sequence[AlertRow]:
    """The alerts that a problem was opened on."""
    if not can(actor, _VIEW):
        return []
    rows = (
        Alert.objects.visible_to(actor)
        .filter(problem=problem)
        .select_related("site", "region__city", "inquiry", "problem")
    )
    return [alert_row(a, today) for a in rows.order_by("-last", "id")]


def open_alert_counts(actor: Actor) -> dict[str, int]:
    """Alerts that wait for triage, by colour, and ``total``; empty for those who may not see alerts."""
    if not can(actor, _VIEW):
        return {}
    rows = Alert.objects.visible_to(actor).filter(TABS["new"])
    counts = dict(rows.order_by().values_list("severity").annotate(n=Count("id")))
    return {**{s.value: counts.get(s.value, 0) for s in Severity}, "total": sum(counts.values())}


def urgent(actor: Actor, today: date, most: int = 10) -> Sequence[AlertRow]:
    """What the actor may triage now: the gravest first."""
    if not can(actor, "monitoring.alert.dismiss"):
        return []
    rows = find_alerts(actor, AlertQuery(sort="level"))[:most]
    return [alert_row(a, today, actor) for a in rows]


def worst_by_site(actor: Actor, sites: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """The gravest open alert of each site as (colour, label), for the ledger; one query."""
    if not can(actor, _VIEW):
        return {}
    rows = (
        Alert.objects.visible_to(actor)
        .filter(site__in=sites, state__in=[AlertState.NEW, AlertState.ASKED, AlertState.PROBLEM])
        .order_by("site_id", "severity_rank")
        .distinct("site_id")
        .values_list("site_id", "severity")
    )
    return {site: (level, _(SEVERITY_LABELS[Severity(level)])) for site, level in rows}


def days_of_problem(actor: Actor, problem: UUID) -> tuple[date, date] | None:
    """First and last day that the alerts of a problem are about."""
    rows = Alert.objects.visible_to(actor).filter(problem=problem).order_by()
    found = rows.aggregate(first=Min("first"), last=Max("last"))
    return (found["first"], found["last"]) if found["first"] else None
