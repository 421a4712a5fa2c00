"""Parameters by approval: the only way to change what is in force (see selectors/in_force.py)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app

from hengjian.cases.rules import required_text
from hengjian.cases.states import find_step
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import (
    Conflict,
    NotPermitted,
    NotVisible,
    TooEarlyOrLate,
    TransitionNotAllowed,
)
from hengjian.kernel.text import N_
from hengjian.monitoring.models import ParameterChange
from hengjian.monitoring.selectors.in_force import parameters_in_force
from hengjian.monitoring.states import CHANGE_STEPS, ChangeState, PreviewState

__all__ = [
    "approve",
    "parameters_in_force",
    "queue_trial",
    "record_change",
    "send_back",
    "try_again",
    "withdraw",
]

SUBJECT = "monitoring.parameter:"
TRIAL_TASK = "monitoring.trial"


@transaction.atomic
def approve(
    *, actor: Actor, change_id: UUID, remark: str, now: datetime, today: date
) -> ParameterChange:
    """Let a change take effect from its day.

    Raises:
        NotPermitted: the proposer himself. TransitionNotAllowed: decided already, or not tried yet.
        TooEarlyOrLate: its day has passed.
    """
    change = _locked(actor, "approve", change_id)
    if change.preview_state != PreviewState.DONE:
        raise TransitionNotAllowed(
            N_("试算尚未完成，不能批准"),
            subject=f"{SUBJECT}{change.pk}",
            verb="monitoring.parameter.approve",
        )
    if change.effective_from < today:
        raise TooEarlyOrLate(
            N_("生效日期已过，请退回后另行提出"),
            subject=f"{SUBJECT}{change.pk}",
            verb="monitoring.parameter.approve",
        )
    taken = ParameterChange.objects.filter(
        rule=change.rule,
        name=change.name,
        scope=change.scope,
        effective_from=change.effective_from,
        state=ChangeState.APPROVED,
    )
    if taken.exists():
        raise Conflict(N_("同一参数同一生效日已有批准的调整，请退回后另定日期"))
    return _decide(actor, change, "approve", remark.strip(), now)


@transaction.atomic
def send_back(*, actor: Actor, change_id: UUID, reason: str, now: datetime) -> ParameterChange:
    """Return a change with the reason; the proposer may propose anew."""
    change = _locked(actor, "return", change_id)
    why = required_text("reason", reason, N_("请填写退回理由"))
    return _decide(actor, change, "return", why, now)


@transaction.atomic
def withdraw(*, actor: Actor, change_id: UUID, reason: str, now: datetime) -> ParameterChange:
    """Take one's own proposal back."""
    change = _locked(actor, "withdraw", change_id)
    return _decide(actor, change, "withdraw", reason.strip(), now)


@transaction.atomic
def try_again(*, actor: Actor, change_id: UUID, now: datetime) -> ParameterChange:
    """Queue the trial of an open proposal again after it failed."""
    require(actor, "monitoring.parameter.preview")
    change = ParameterChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise NotVisible(verb="monitoring.parameter.preview")
    wrong = change.preview_state != PreviewState.FAILED or change.state != ChangeState.PROPOSED
    if wrong:
        raise TransitionNotAllowed(
            subject=f"{SUBJECT}{change.pk}", verb="monitoring.parameter.preview"
        )
    change.preview_state, change.preview_progress = PreviewState.QUEUED, 0
    change.preview_error = ""
    change.save(update_fields=("preview_state", "preview_progress", "preview_error"))
    queue_trial(change)
    record_change(actor, "monitoring.parameter.preview", change, now, "")
    return change


def _locked(actor: Actor, action: str, change_id: UUID) -> ParameterChange:
    """The change as it stands now; the right person in the right state."""
    step = find_step(CHANGE_STEPS, action)
    require(actor, step.verb)
    change = ParameterChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise NotVisible(verb=step.verb)
    subject = f"{SUBJECT}{change.pk}"
    own = change.proposed_account == actor.account_id
    if own is (action != "withdraw"):
        raise NotPermitted(
            N_("只能撤回本人提出的调整") if action == "withdraw" else N_("不得审批本人提出的调整"),
            subject=subject,
            verb=step.verb,
        )
    if change.state not in step.sources:
        raise TransitionNotAllowed(subject=subject, verb=step.verb)
    return change


def _decide(
    actor: Actor, change: ParameterChange, action: str, reason: str, now: datetime
) -> ParameterChange:
    step = find_step(CHANGE_STEPS, action)
    change.state = ChangeState(step.target)
    change.decided_account, change.decided_name = actor.account_id, actor.name
    change.decided_post, change.decided_at, change.decision_reason = actor.post, now, reason
    change.save(
        update_fields=(
            *("state", "decided_account", "decided_name", "decided_post", "decided_at"),
            "decision_reason",
        )
    )
    record_change(actor, step.verb, change, now, reason)
    return change


def queue_trial(change: ParameterChange) -> None:
    """A job of the acting transaction: it exists when, and only when, the proposal does."""
    app.configure_task(TRIAL_TASK).defer(change_id=str(change.pk))


def record_change(
    actor: Actor, verb: str, change: ParameterChange, now: datetime, reason: str
) -> None:
    """One entry of the history with the value before and after."""
    record(
        actor=actor,
        verb=verb,
        subject=f"{SUBJECT}{change.pk}",
        region=actor.home_region,
        now=now,
        reason=reason,
        data={
            "rule": change.rule,
            "name": change.name,
            "scope": change.scope,
            "before": change.former_value,
            "after": change.value,
            "unit": change.unit,
            "effective_from": change.effective_from,
        },
    )
