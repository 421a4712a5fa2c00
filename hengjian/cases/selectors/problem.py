"""Reads of problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.paginator import Page
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from hengjian.cases.models import Inquiry, Problem
from hengjian.cases.rules import is_late, may_close
from hengjian.cases.selectors.inquiry import InquiryRow, inquiry_row
from hengjian.cases.selectors.rows import TONES, due_text, moment, page_of, place_of
from hengjian.cases.states import (
    OUTCOME_LABELS,
    PROBLEM_LABELS,
    PROBLEM_STEPS,
    SEVERITY_LABELS,
    Outcome,
    ProblemState,
    Severity,
)
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import can, fetch, require
from hengjian.kernel.text import search_term

_VIEW = "cases.problem.view"
SORTS: Mapping[str, str] = {
    "site": "site__name",
    "handler": "handler_name",
    "opened": "opened_at",
    "deadline": "deadline",
}
OPEN_STATES = (ProblemState.OPEN, ProblemState.HANDLING, ProblemState.PROPOSED)
TABS: Mapping[str, Q] = {
    "open": Q(state__in=OPEN_STATES),
    "proposed": Q(state=ProblemState.PROPOSED),
    "closed": Q(state=ProblemState.CLOSED),
    "all": Q(),
}


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """A problem in a list; texts are ready."""

    id: UUID
    number: str
    title: str
    level: str
    level_text: str
    site: str
    place: str
    handler: str
    opened: str
    deadline: str
    late: bool
    state: str
    state_text: str
    outcome: str


@dataclass(frozen=True, slots=True)
class ProblemDetail:
    """One problem with what the actor may do now."""

    row: ProblemRow
    site_id: UUID
    region_id: int
    facts: str
    origin: str
    state: str
    outcome_text: str
    handler_duty: int
    people: tuple[tuple[str, str, str], ...]
    moments: tuple[tuple[str, str], ...]
    inquiries: tuple[InquiryRow, ...]
    actions: tuple[str, ...]


def _rows(actor: Actor) -> QuerySet[Problem]:
    return Problem.objects.visible_to(actor).select_related("site", "region__city")


def problem_page(
    actor: Actor,
    *,
    today: date,
    tab: str = "open",
    text: str = "",
    level: str = "",
    late: bool = False,
    sort: str = "",
    page: int = 1,
) -> Page[ProblemRow]:
    """One page of the problems in scope; two queries whatever the size."""
    require(actor, _VIEW)
    rows = _rows(actor).filter(TABS.get(tab, TABS["open"]))
    if term := search_term(text):
        rows = rows.filter(
            Q(site__search__contains=term) | Q(title__icontains=text) | Q(number__icontains=text)
        )
    if level in set(Severity):
        rows = rows.filter(severity=level)
    if late:
        rows = rows.filter(~Q(state=ProblemState.CLOSED), deadline__lt=today)
    field = SORTS.get(sort.lstrip("-"), "deadline" if tab != "closed" else "-closed_at")
    order = F(field.lstrip("-"))
    down = sort.startswith("-") or field.startswith("-")
    ordered = rows.order_by(order.desc(nulls_last=True) if down else order.asc(), "id")
    return page_of(ordered, page, lambda p: problem_row(p, today))


def problem_counts(actor: Actor, today: date) -> dict[str, int]:
    """How many per tab, and ``late``; one query."""
    require(actor, _VIEW)
    counts = {name: Count("id", filter=where) for name, where in TABS.items() if name != "all"}
    found: dict[str, int] = Problem.objects.visible_to(actor).aggregate(
        **counts,
        all=Count("id"),
        late=Count("id", filter=~Q(state=ProblemState.CLOSED) & Q(deadline__lt=today)),
    )
    return found


def problem_row(problem: Problem, today: date) -> ProblemRow:
    """A row; needs site and region with city."""
    settled = problem.state == ProblemState.CLOSED
    return ProblemRow(
        id=problem.pk,
        number=problem.number,
        title=problem.title,
        level=problem.severity,
        level_text=_(SEVERITY_LABELS[Severity(problem.severity)]),
        site=problem.site.name,
        place=place_of(problem.region),
        handler=problem.handler_name,
        opened=moment(problem.opened_at)[:10],
        deadline=due_text(
            problem.deadline, today, settled=settled, provisional=problem.deadline_provisional
        ),
        late=is_late(problem.deadline, today, settled=settled),
        state=TONES.get(problem.state, "open"),
        state_text=_(PROBLEM_LABELS[ProblemState(problem.state)]),
        outcome=_(OUTCOME_LABELS[Outcome(problem.outcome)]) if problem.outcome else "",
    )


def find_problem(actor: Actor, problem_id: UUID) -> Problem:
    """The problem, or NotPermitted / NotVisible."""
    return fetch(_rows(actor), actor, _VIEW, pk=problem_id)


def problem_detail(actor: Actor, problem_id: UUID, today: date) -> ProblemDetail:
    """Everything the page of a problem shows from this app."""
    problem = find_problem(actor, problem_id)
    linked = Inquiry.objects.visible_to(actor).filter(
        pk__in=problem.inquiry_links.values("inquiry")
    )
    inquiries = linked.select_related("site", "region__city").order_by("-asked_at")
    return ProblemDetail(
        row=problem_row(problem, today),
        site_id=problem.site_id,
        region_id=problem.region_id,
        facts=problem.facts,
        origin=problem.origin,
        state=problem.state,
        outcome_text=problem.outcome_text,
        handler_duty=problem.handler_duty_id,
        people=_people(problem),
        moments=_moments(problem),
        inquiries=tuple(inquiry_row(i, today) for i in inquiries),
        actions=possible(actor, problem),
    )


def possible(actor: Actor, problem: Problem) -> tuple[str, ...]:
    """The acts that this actor may do now, in the order of the table; the services ask again."""
    found = []
    for step in PROBLEM_STEPS:
        if problem.state not in step.sources or not can(actor, step.verb, problem):
            continue
        if step.action in {"start", "propose"} and actor.duty_id != problem.handler_duty_id:
            continue
        if step.action in {"close", "return"} and not may_close(
            actor.account_id, handler=problem.handler_account, proposer=problem.proposed_by
        ):
            continue
        found.append(step.action)
    if problem.state in {ProblemState.OPEN, ProblemState.HANDLING} and can(
        actor, "cases.inquiry.ask", problem
    ):
        found.append("ask")
    return tuple(found)


def _people(problem: Problem) -> tuple[tuple[str, str, str], ...]:
    """(name, post, part) of those who took part."""
    people = [
        (problem.handler_name, problem.handler_post, _("承办")),
        (problem.opened_name, problem.opened_post, _("立案")),
    ]
    if problem.closed_at:
        people.append((problem.closed_name, problem.closed_post, _("办结")))
    return tuple(people)


def _moments(problem: Problem) -> tuple[tuple[str, str], ...]:
    return (
        (_("立案"), moment(problem.opened_at)),
        (_("提出结论"), moment(problem.proposed_at)),
        (_("办结"), moment(problem.closed_at)),
    )


def problems_of_site(actor: Actor, site: UUID, today: date, most: int = 10) -> Sequence[ProblemRow]:
    """The newest problems of a site; none for those who may not see problems."""
    if not can(actor, _VIEW):
        return []
    rows = _rows(actor).filter(site=site).order_by("-opened_at", "id")[:most]
    return [problem_row(p, today) for p in rows]


def my_problems(actor: Actor, today: date, most: int = 20) -> Sequence[ProblemRow]:
    """What waits for the actor: his own to handle, and proposals that he may close; most urgent first."""
    if not can(actor, _VIEW):
        return []
    mine = Q(handler_duty=actor.duty_id, state__in=[ProblemState.OPEN, ProblemState.HANDLING])
    if can(actor, "cases.problem.close"):
        mine |= (
            Q(state=ProblemState.PROPOSED)
            & ~Q(handler_account=actor.account_id)
            & ~Q(proposed_by=actor.account_id)
        )
    rows = _rows(actor).filter(mine).order_by("deadline", "id")[:most]
    return [problem_row(p, today) for p in rows]
