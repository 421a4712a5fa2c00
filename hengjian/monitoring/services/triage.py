"""Triage: dismiss with a reason, ask the enterprise, open a problem, or take a dismissal back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from hengjian.cases.models import Inquiry, Problem
from hengjian.cases.rules import required_text
from hengjian.cases.services import inquiry as inquiries
from hengjian.cases.services.problem import open_problem as open_case
from hengjian.cases.states import AWAITING_ANSWER, InquiryState, Severity, find_step
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import FieldError, NotVisible, TransitionNotAllowed, ValidationFailed
from hengjian.kernel.text import N_
from hengjian.monitoring.models import Alert
from hengjian.monitoring.states import ALERT_STEPS, AlertState
from hengjian.registry.models import Site

MOST_AT_ONCE = 200


@transaction.atomic
def dismiss(*, actor: Actor, alert: Alert, reason: str, now: datetime) -> Alert:
    """No problem, for a reason that is kept. An explanation that was asked for is accepted or taken back."""
    why = required_text("reason", reason, N_("请填写排除理由"))
    alert = advance(actor=actor, alert=alert, action="dismiss", now=now, reason=why, due=None)
    inquiry = alert.inquiry
    if inquiry is not None and inquiry.state in AWAITING_ANSWER:
        inquiries.withdraw(actor=actor, inquiry=inquiry, reason=N_("预警已排除，无需说明"), now=now)
    elif inquiry is not None and inquiry.state == InquiryState.ANSWERED:
        inquiries.accept(actor=actor, inquiry=inquiry, remark="", now=now)
    return alert


@transaction.atomic
def dismiss_all(*, actor: Actor, alerts: Sequence[UUID], reason: str, now: datetime) -> int:
    """Dismiss several with one reason: all of them or, if one may not be, none. Returns how many."""
    require(actor, "monitoring.alert.dismiss")
    wanted = set(alerts)
    if not wanted or len(wanted) > MOST_AT_ONCE:
        raise ValidationFailed(
            [FieldError("alerts", N_("请选择 1 至 {most} 件预警"), data={"most": MOST_AT_ONCE})]
        )
    rows = list(Alert.objects.visible_to(actor).filter(pk__in=wanted).order_by("pk"))
    if len(rows) != len(wanted):
        raise NotVisible(verb="monitoring.alert.dismiss")
    for alert in rows:
        dismiss(actor=actor, alert=alert, reason=reason, now=now)
    return len(rows)


@transaction.atomic
def ask_explanation(
    *,
    actor: Actor,
    alert: Alert,
    title: str,
    question: str,
    due: date | None,
    now: datetime,
    today: date,
) -> Inquiry:
    """Ask the enterprise about the days of the alert. ``title`` and ``question`` are all it sees of it."""
    alert = _locked(actor, "monitoring.alert.ask", alert)
    site = Site.objects.visible_to(actor).get(pk=alert.site_id)
    inquiry = inquiries.ask(
        actor=actor,
        site=site,
        title=title,
        question=question,
        first=alert.first,
        last=alert.last,
        due=due,
        now=now,
        today=today,
    )
    advance(
        actor=actor,
        alert=alert,
        action="ask",
        now=now,
        reason=inquiry.question,
        inquiry=inquiry,
        due=inquiry.due,
    )
    return inquiry


@transaction.atomic
def open_problem(
    *,
    actor: Actor,
    alert: Alert,
    title: str,
    handler_duty: int | None,
    due: date | None,
    now: datetime,
    today: date,
) -> Problem:
    """Open a problem with the alert's text as its facts; the alert's inquiry goes along."""
    alert = _locked(actor, "monitoring.alert.open", alert)
    site = Site.objects.visible_to(actor).get(pk=alert.site_id)
    problem = open_case(
        actor=actor,
        site=site,
        title=title,
        facts=alert.text,
        severity=Severity(alert.severity),
        origin=f"monitoring.alert:{alert.pk}",
        handler_duty=handler_duty,
        due=due,
        now=now,
        today=today,
        inquiry=alert.inquiry,
    )
    advance(
        actor=actor,
        alert=alert,
        action="open",
        now=now,
        reason=title,
        problem=problem,
        due=problem.deadline,
    )
    return problem


@transaction.atomic
def reopen(*, actor: Actor, alert: Alert, reason: str, now: datetime) -> Alert:
    """Take a dismissal back, with the reason."""
    why = required_text("reason", reason, N_("请填写理由"))
    return advance(actor=actor, alert=alert, action="reopen", now=now, reason=why)


def advance(
    *, actor: Actor, alert: Alert, action: str, now: datetime, reason: str, **changes: object
) -> Alert:
    """Person, lock, state, write, history: the only way by which people move an alert.

    Raises:
        NotPermitted, NotVisible: wrong post, out of scope. TransitionNotAllowed: wrong state.
    """
    step = find_step(ALERT_STEPS, action)
    locked = _locked(actor, step.verb, alert)
    if locked.state not in step.sources:
        raise TransitionNotAllowed(subject=f"monitoring.alert:{locked.pk}", verb=step.verb)
    before, locked.state = locked.state, AlertState(step.target)
    fields: dict[str, object] = {
        "decided_at": now,
        "decided_by": " · ".join(text for text in (actor.name, actor.post) if text),
        "reason": reason,
        **changes,
    }
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.save(update_fields=("state", *fields))
    record(
        actor=actor,
        verb=step.verb,
        subject=f"monitoring.alert:{locked.pk}",
        region=locked.region_id,
        now=now,
        reason=reason,
        data={"number": locked.number, "before": before, "after": locked.state},
    )
    return locked


def _locked(actor: Actor, verb: str, alert: Alert) -> Alert:
    """The alert as it stands now. Locked before its inquiry and the counters, by everyone: no deadlock."""
    require(actor, verb, alert)
    rows = Alert.objects.select_for_update(of=("self",)).select_related("inquiry")
    return rows.get(pk=alert.pk)
