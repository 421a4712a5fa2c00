"""Opening, handling and closing a problem. Nobody closes what he handled."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from hengjian.cases.models import Problem, ProblemInquiry
from hengjian.cases.models.inquiry import Inquiry
from hengjian.cases.rules import deadline, may_close, required_text
from hengjian.cases.selectors.handlers import duty_that_may_handle
from hengjian.cases.services.numbering import next_number, scope_of
from hengjian.cases.states import PROBLEM_STEPS, Outcome, ProblemState, Severity, find_step
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.models import Duty
from hengjian.kernel.access.scope import require
from hengjian.kernel.audit.services import record
from hengjian.kernel.calendar.table import shipped_calendar
from hengjian.kernel.errors import (
    FieldError,
    NotPermitted,
    TransitionNotAllowed,
    ValidationFailed,
)
from hengjian.kernel.text import N_
from hengjian.registry.models import Site

SERIES = "WT"
HANDLERS_OWN = frozenset({"start", "propose"})


@transaction.atomic
def open_problem(
    *,
    actor: Actor,
    site: Site,
    title: str,
    facts: str,
    severity: Severity,
    origin: str,
    handler_duty: int | None,
    due: date | None,
    now: datetime,
    today: date,
    inquiry: Inquiry | None = None,
) -> Problem:
    """Open a problem of ``site`` with a handler in whose scope it lies and a deadline (moved to a working day).

    ``origin`` names what found it as ``kind:id``; ``inquiry`` is one already put to the enterprise about it.
    """
    require(actor, "cases.problem.open", site)
    duty = _handler(handler_duty, site.region_id, today)
    by = deadline("deadline", due, today=today, calendar=shipped_calendar())
    problem = Problem(
        **scope_of(site),
        number=next_number(SERIES, today.year),
        title=required_text("title", title, N_("请填写标题")),
        facts=required_text("facts", facts, N_("请填写事实")),
        severity=severity.value,
        origin=origin,
        **_handled_by(duty),
        deadline=by.day,
        deadline_provisional=by.provisional,
        **_opened_by(actor),
        opened_at=now,
    )
    problem.save(force_insert=True)
    if inquiry is not None:
        _link(actor, site, problem, inquiry)
    told = {"origin": origin, "handler": problem.handler_name, "deadline": by.day}
    _record(actor, "cases.problem.open", problem, now, problem.facts, **told)
    return problem


def _opened_by(actor: Actor) -> dict[str, Any]:
    return {
        "opened_account": actor.account_id,
        "opened_name": actor.name,
        "opened_post": actor.post,
    }


def _link(actor: Actor, site: Site, problem: Problem, inquiry: Inquiry) -> None:
    require(actor, "cases.inquiry.view", inquiry)
    link = ProblemInquiry(**scope_of(site), problem=problem, inquiry=inquiry)
    link.save(force_insert=True)


@transaction.atomic
def start(*, actor: Actor, problem: Problem, opinion: str, now: datetime) -> Problem:
    """The handler takes it up."""
    problem = advance(actor=actor, problem=problem, action="start")
    _record(actor, "cases.problem.start", problem, now, opinion.strip())
    return problem


@transaction.atomic
def propose(
    *, actor: Actor, problem: Problem, outcome: Outcome | None, text: str, now: datetime
) -> Problem:
    """The handler proposes what came of it."""
    if outcome is None:
        raise ValidationFailed([FieldError("outcome", N_("请选择办理结论"))])
    given = required_text("opinion", text, N_("请填写办理情况"))
    problem = advance(
        actor=actor,
        problem=problem,
        action="propose",
        outcome=outcome.value,
        outcome_text=given,
        proposed_by=actor.account_id,
        proposed_at=now,
    )
    _record(actor, "cases.problem.propose", problem, now, given, outcome=outcome)
    return problem


@transaction.atomic
def return_problem(*, actor: Actor, problem: Problem, opinion: str, now: datetime) -> Problem:
    """The proposal does not suffice; back to the handler with the reason."""
    given = required_text("opinion", opinion, N_("请填写退回理由"))
    problem = advance(
        actor=actor,
        problem=problem,
        action="return",
        outcome="",
        outcome_text="",
        proposed_by=None,
        proposed_at=None,
    )
    _record(actor, "cases.problem.return", problem, now, given)
    return problem


@transaction.atomic
def close(*, actor: Actor, problem: Problem, opinion: str, now: datetime) -> Problem:
    """Somebody else than the handler agrees and closes."""
    problem = advance(
        actor=actor,
        problem=problem,
        action="close",
        closed_by=actor.account_id,
        closed_name=actor.name,
        closed_post=actor.post,
        closed_at=now,
    )
    _record(actor, "cases.problem.close", problem, now, opinion.strip(), outcome=problem.outcome)
    return problem


@transaction.atomic
def reassign(
    *,
    actor: Actor,
    problem: Problem,
    handler_duty: int | None,
    due: date | None,
    reason: str,
    now: datetime,
    today: date,
) -> Problem:
    """Another handler or another deadline, with the reason; the handler starts anew."""
    given = required_text("opinion", reason, N_("请填写理由"))
    duty = _handler(handler_duty, problem.region_id, today)
    by = deadline("deadline", due, today=today, calendar=shipped_calendar())
    before = {"handler": problem.handler_name, "deadline": problem.deadline}
    problem = advance(
        actor=actor,
        problem=problem,
        action="reassign",
        **_handled_by(duty),
        deadline=by.day,
        deadline_provisional=by.provisional,
    )
    after = {"handler": problem.handler_name, "deadline": by.day}
    _record(actor, "cases.problem.reassign", problem, now, given, before=before, after=after)
    return problem


def advance(*, actor: Actor, problem: Problem, action: str, **changes: object) -> Problem:
    """Person, lock, state, write: the only way from state to state.

    Raises:
        NotPermitted: wrong post, not the handler, or the handler closing his own. NotVisible: out of scope.
        TransitionNotAllowed: wrong state.
    """
    step = find_step(PROBLEM_STEPS, action)
    subject = f"cases.problem:{problem.pk}"
    require(actor, step.verb, problem)
    locked = Problem.objects.select_for_update(of=("self",)).get(pk=problem.pk)
    if action in HANDLERS_OWN and actor.duty_id != locked.handler_duty_id:
        raise NotPermitted(N_("只有承办人可以办理"), subject=subject, verb=step.verb)
    if action in {"close", "return"} and not may_close(
        actor.account_id, handler=locked.handler_account, proposer=locked.proposed_by
    ):
        raise NotPermitted(N_("承办人不能审核自己的办理结论"), subject=subject, verb=step.verb)
    if locked.state not in step.sources:
        raise TransitionNotAllowed(subject=subject, verb=step.verb)
    locked.state = ProblemState(step.target)
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.save(update_fields=("state", *changes))
    return locked


def _handler(duty_id: int | None, region: int, today: date) -> Duty:
    duty = None if duty_id is None else duty_that_may_handle(duty_id, region, today)
    if duty is None:
        raise ValidationFailed([FieldError("handler", N_("请选择属地在其管辖范围内的承办人"))])
    return duty


def _handled_by(duty: Duty) -> dict[str, object]:
    return {
        "handler_duty_id": duty.pk,
        "handler_account": duty.account_id,
        "handler_name": duty.account.name,
        "handler_post": duty.post,
    }


def _record(
    actor: Actor,
    verb: str,
    problem: Problem,
    now: datetime,
    reason: str,
    **data: object,
) -> None:
    record(
        actor=actor,
        verb=verb,
        subject=f"cases.problem:{problem.pk}",
        region=problem.region_id,
        now=now,
        reason=reason,
        data={"number": problem.number, "state": problem.state, **data},
    )
