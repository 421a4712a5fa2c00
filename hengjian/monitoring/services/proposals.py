"""Proposing a parameter: checked in full, every fault named; its trial is queued in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.errors import Conflict, FieldError, ValidationFailed
from hengjian.kernel.regions.models import Region
from hengjian.kernel.text import N_
from hengjian.monitoring.models import ParameterChange
from hengjian.monitoring.parameters import NATION, Parameter, ParameterError, Parameters
from hengjian.monitoring.rules import parameter_fault
from hengjian.monitoring.selectors.in_force import overlaid, parameters_in_force
from hengjian.monitoring.services.parameters import queue_trial, record_change
from hengjian.monitoring.states import ChangeState
from hengjian.registry.models import Enterprise, Industry

MOST_BASIS = 1000
MOST_YEARS = 5
CONFIDENCES = ("found", "memory_crosschecked", "to_verify")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a proposer enters. ``unit`` must be that of the parameter; ``scope`` as in ``parameters.SCOPES``."""

    rule: str
    name: str
    scope: str
    value: str
    unit: str
    effective_from: date | None
    basis: str
    confidence: str = "to_verify"


@transaction.atomic
def propose(*, actor: Actor, proposal: Proposal, now: datetime, today: date) -> ParameterChange:
    """Keep a proposal and queue its trial on last month's data.

    Raises:
        ValidationFailed: unknown parameter or scope, wrong unit, a value out of bounds, a past day, no basis.
        Conflict: the same parameter and scope is under approval already.
    """
    require(actor, "monitoring.parameter.propose")
    in_force = parameters_in_force()
    former = _checked(proposal, in_force, today)
    _lock(proposal)
    same = {"rule": proposal.rule, "name": proposal.name, "scope": proposal.scope}
    if ParameterChange.objects.filter(**same, state=ChangeState.PROPOSED).exists():
        raise Conflict(N_("该参数在同一适用范围已有待审批的调整"))
    given: dict[str, Any] = {
        **same,
        "value": proposal.value,
        "unit": proposal.unit,
        "former_value": former,
        "effective_from": proposal.effective_from,
        "basis": proposal.basis.strip(),
        "confidence": proposal.confidence,
        "proposed_account": actor.account_id,
        "proposed_name": actor.name,
        "proposed_post": actor.post,
        "proposed_at": now,
    }
    change = ParameterChange(**given)
    change.save(force_insert=True)
    record_change(actor, "monitoring.parameter.propose", change, now, change.basis)
    queue_trial(change)
    return change


def _checked(proposal: Proposal, in_force: Parameters, today: date) -> str:
    """The value in force for that very scope (empty: none), or every fault at once."""
    rows = [
        row
        for row in in_force.rows
        if (row.rule, row.name) == (proposal.rule, proposal.name) and row.in_force(today)
    ]
    national = next((row for row in rows if row.scope == NATION), None)
    if national is None:
        raise ValidationFailed([FieldError("name", N_("没有该参数"))])
    own = next((row for row in rows if row.scope == proposal.scope), None)
    faults: list[FieldError] = []
    if proposal.unit != national.unit:
        faults.append(
            FieldError("unit", N_("单位应为 {unit}"), data={"unit": national.unit}),
        )
    if why := parameter_fault(proposal.value, national.unit, (own or national).value):
        faults.append(FieldError("value", why[0], data=why[1]))
    faults += _scope_faults(proposal, national, in_force, today)
    faults += _paper_faults(proposal, today)
    if faults:
        raise ValidationFailed(faults)
    return own.value if own else ""


def _paper_faults(proposal: Proposal, today: date) -> list[FieldError]:
    """Day, basis and confidence."""
    faults = []
    day = proposal.effective_from
    if day is None or day < today:
        why = N_("生效日期不得早于今天：已经判定的日子不以新值重判")
        faults.append(FieldError("effective_from", why))
    elif day.year > today.year + MOST_YEARS:
        why = N_("生效日期不得晚于 {years} 年后")
        faults.append(FieldError("effective_from", why, data={"years": MOST_YEARS}))
    if not proposal.basis.strip() or len(proposal.basis) > MOST_BASIS:
        why = N_("请填写依据，不超过 {most} 字")
        faults.append(FieldError("basis", why, data={"most": MOST_BASIS}))
    if proposal.confidence not in CONFIDENCES:
        faults.append(FieldError("confidence", N_("请选择依据的可信度")))
    return faults


def _scope_faults(
    proposal: Proposal, national: Parameter, in_force: Parameters, today: date
) -> list[FieldError]:
    """Why the scope cannot be: it does not exist, or the rule takes this parameter for the nation only."""
    kind, _, code = proposal.scope.partition(":")
    known = {
        NATION: not code and proposal.scope == NATION,
        "industry": bool(code) and Industry.objects.filter(pk=code).exists(),
        "region": code.isascii()
        and code.isdecimal()
        and len(code) == 6
        and Region.objects.filter(pk=int(code)).exists(),
        "enterprise": _is_enterprise(code),
    }
    if not known.get(kind, False):
        return [FieldError("scope", N_("没有该适用范围"))]
    row = replace(national, scope=proposal.scope, effective_from=today, effective_to=None)
    if kind != NATION and not _may_differ(row, in_force, today):
        return [FieldError("scope", N_("该参数决定规则的算法，只能全国统一取值"))]
    return []


def _is_enterprise(code: str) -> bool:
    try:
        key = UUID(code)
    except ValueError:
        return False
    return str(key) == code and Enterprise.objects.filter(pk=key).exists()


def _may_differ(row: Parameter, in_force: Parameters, today: date) -> bool:
    """Whether the rule still stands with a value of its own for this scope: asked of the rule itself."""
    from hengjian.monitoring.detectors import rules  # the engine: see tasks.py

    rule = rules().get(row.rule)
    if rule is None:
        return False
    try:
        rule.compiled(overlaid(in_force, [row]).on(row.rule, today))
    except ParameterError:
        return False
    return True


def _lock(proposal: Proposal) -> None:
    """Two proposals of one parameter at once wait for each other."""
    key = f"monitoring.parameter {proposal.rule} {proposal.name} {proposal.scope}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
