"""Who looks into an alert: assigned by one who may triage, or claimed for oneself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.models import Duty
from hengjian.kernel.access.scope import require
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import (
    Conflict,
    FieldError,
    NotVisible,
    TransitionNotAllowed,
    ValidationFailed,
)
from hengjian.kernel.text import N_
from hengjian.monitoring.models import Alert
from hengjian.monitoring.selectors.assignees import assignable, reaches_all
from hengjian.monitoring.services.triage import MOST_AT_ONCE
from hengjian.monitoring.states import OPEN

_FIELDS = ("assignee_duty", "assignee_name", "assigned_at", "assigned_by")


@transaction.atomic
def assign_all(
    *, actor: Actor, alerts: Sequence[UUID], duty_id: int | None, now: datetime, today: date
) -> int:
    """Give several alerts to one post: all of them or, if one may not be, none. Returns how many changed hands.

    Raises:
        ValidationFailed: none or too many chosen; the post may not triage, is not in force or not in one's area.
        NotVisible: one is out of scope. TransitionNotAllowed: one is no longer open.
    """
    verb = "monitoring.alert.assign"
    rows = _locked(actor, verb, alerts)
    duty = assignable(actor, today).filter(pk=duty_id).first() if duty_id else None
    if duty is None:
        raise ValidationFailed([FieldError("assignee", N_("请选择本权限范围内可办理预警的岗位"))])
    if not reaches_all(duty, {row.region_id for row in rows}, today):
        raise ValidationFailed([FieldError("assignee", N_("该岗位的管辖范围不包括所选预警的属地"))])
    return _give(actor, verb, rows, duty, now)


@transaction.atomic
def claim_all(*, actor: Actor, alerts: Sequence[UUID], now: datetime) -> int:
    """Take several alerts for the acting post. Returns how many; those that are one's own already stay.

    Raises:
        Conflict: another post has one of them. Otherwise as `assign_all`.
    """
    verb = "monitoring.alert.claim"
    rows = _locked(actor, verb, alerts)
    for row in rows:
        if row.assignee_duty_id not in {None, actor.duty_id}:
            raise Conflict(
                N_("{number} 已由{who}办理，请由其转交或改派"),
                subject=f"monitoring.alert:{row.pk}",
                number=row.number,
                who=row.assignee_name,
            )
    duty = Duty.objects.select_related("account").filter(pk=actor.duty_id or 0).get()
    return _give(actor, verb, rows, duty, now)


def _locked(actor: Actor, verb: str, alerts: Sequence[UUID]) -> list[Alert]:
    """The alerts, open and in scope, locked in order of their ids."""
    require(actor, verb)
    wanted = set(alerts)
    if not wanted or len(wanted) > MOST_AT_ONCE:
        raise ValidationFailed(
            [FieldError("alerts", N_("请选择 1 至 {most} 件预警"), data={"most": MOST_AT_ONCE})]
        )
    visible = Alert.objects.visible_to(actor).filter(pk__in=wanted).order_by("pk")
    rows = list(visible.select_for_update(of=("self",)))
    if len(rows) != len(wanted):
        raise NotVisible(verb=verb)
    for row in rows:
        if row.state not in OPEN:
            raise TransitionNotAllowed(subject=f"monitoring.alert:{row.pk}", verb=verb)
    return rows


def _give(actor: Actor, verb: str, rows: Sequence[Alert], duty: Duty, now: datetime) -> int:
    name = f"{duty.account.name} · {duty.post}"[:180]
    by = " · ".join(text for text in (actor.name, actor.post) if text)[:180]
    changed = [row for row in rows if row.assignee_duty_id != duty.pk]
    for row in changed:
        before = row.assignee_name
        row.assignee_duty, row.assignee_name = duty, name
        row.assigned_at, row.assigned_by = now, by
        row.save(update_fields=_FIELDS)
        record(
            actor=actor,
            verb=verb,
            subject=f"monitoring.alert:{row.pk}",
            region=row.region_id,
            now=now,
            data={"number": row.number, "before": before, "after": name},
        )
    return len(changed)
