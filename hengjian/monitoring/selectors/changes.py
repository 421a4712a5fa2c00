"""Changes of parameters: the list, one with what its trial found, and what may be proposed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core.paginator import Page
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from hengjian.cases.selectors.rows import moment, page_of, place_of
from hengjian.cases.states import SEVERITY_LABELS, Severity
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import can, require
from hengjian.kernel.errors import NotVisible
from hengjian.kernel.text import MISSING, number
from hengjian.monitoring.models import ParameterChange, PreviewAlert
from hengjian.monitoring.parameters import NATION
from hengjian.monitoring.selectors.in_force import parameters_in_force
from hengjian.monitoring.selectors.words import (
    SHARED,
    parameter_text,
    rule_titles,
    scope_texts,
    subject_text,
    unit_text,
    value_text,
)
from hengjian.monitoring.states import (
    CHANGE_LABELS,
    CHANGE_STEPS,
    EFFECT_LABELS,
    PREVIEW_LABELS,
    ChangeState,
    Effect,
    PreviewState,
)
from hengjian.registry.selectors.site import CONFIDENCE

VERB = "monitoring.rule.view"
TABS = ("proposed", "approved", "returned", "all")
MOST_ROWS = 300
_TONES = {"approved": "done", "returned": "plain", "withdrawn": "none"}


def _in_tab(tab: str) -> Q:
    if tab == "all":
        return Q()
    if tab == "returned":
        return Q(state__in=[ChangeState.RETURNED, ChangeState.WITHDRAWN])
    return Q(state=tab if tab in TABS else ChangeState.PROPOSED)


def change_page(actor: Actor, tab: str, *, page: int) -> Page[dict[str, Any]]:
    """One page of changes, newest first."""
    require(actor, VERB)
    titles = rule_words()
    rows = ParameterChange.objects.visible_to(actor).filter(_in_tab(tab))
    found = page_of(rows, page, lambda row: row)
    words = scope_texts(actor, [row.scope for row in found.object_list])
    found.object_list = [_row(row, titles, words) for row in found.object_list]
    return found


def change_counts(actor: Actor) -> dict[str, int]:
    """How many per tab; one query."""
    require(actor, VERB)
    counts = {tab: Count("id", filter=_in_tab(tab)) for tab in TABS if tab != "all"}
    rows = ParameterChange.objects.visible_to(actor)
    found: dict[str, int] = rows.aggregate(**counts, all=Count("id"))
    return found


def rule_words() -> dict[str, str]:
    """Every rule, and every group of shared values, by its code: code and title."""
    own = {code: f"{code} {title}" for code, title in rule_titles().items()}
    return own | {code: _(text) for code, text in SHARED.items()}


def _row(row: ParameterChange, titles: dict[str, str], words: dict[str, str]) -> dict[str, Any]:
    return {
        "id": row.pk,
        "rule": titles.get(row.rule, row.rule),
        "label": parameter_text(row.name),
        "scope": words[row.scope],
        "before": value_text(row.former_value, row.unit)
        if row.former_value
        else _("按上级范围取值"),
        "after": value_text(row.value, row.unit),
        "since": row.effective_from.isoformat(),
        "state": _TONES.get(row.state, "open"),
        "state_text": _(CHANGE_LABELS[ChangeState(row.state)]),
        "who": row.proposed_name,
        "at": moment(row.proposed_at),
        "added": row.preview_counts.get("added"),
        "gone": row.preview_counts.get("gone"),
        "preview": _(PREVIEW_LABELS[PreviewState(row.preview_state)]),
        "tried": row.preview_state == PreviewState.DONE,
    }


@dataclass(frozen=True, slots=True)
class ChangeDetail:
    """One change; ``alerts`` are the differences in the reader's scope, the counts those of all sites."""

    row: dict[str, Any]
    rule: str
    name: str
    basis: str
    confidence: str
    proposer: str
    decided: str
    reason: str
    preview_state: str
    progress: int
    error: str
    window: str
    counts: dict[str, int]
    alerts: tuple[dict[str, Any], ...]
    more: int
    actions: tuple[str, ...]
    may_retry: bool


def change_detail(actor: Actor, change_id: UUID) -> ChangeDetail:
    """One change with what its trial found. Raises NotVisible."""
    require(actor, VERB)
    row = ParameterChange.objects.visible_to(actor).filter(pk=change_id).first()
    if row is None:
        raise NotVisible(verb=VERB)
    open_still = row.state == ChangeState.PROPOSED
    found = PreviewAlert.objects.visible_to(actor).filter(change=row)
    total = found.count()
    shown = found.select_related("site__region__city").order_by(
        "effect", "site__name", "rule", "first", "id"
    )
    decided = [row.decided_name, row.decided_post, moment(row.decided_at)]
    return ChangeDetail(
        row=_row(row, rule_words(), scope_texts(actor, [row.scope])),
        rule=row.rule,
        name=row.name,
        basis=row.basis,
        confidence=_(CONFIDENCE.get(row.confidence, CONFIDENCE["to_verify"])),
        proposer=" · ".join(t for t in (row.proposed_name, row.proposed_post) if t),
        decided=" · ".join(text for text in decided if text),
        reason=row.decision_reason,
        preview_state=row.preview_state,
        progress=row.preview_progress,
        error=_(row.preview_error) if row.preview_error else "",
        window=f"{row.preview_first} – {row.preview_last}" if row.preview_first else "",
        counts=row.preview_counts,
        alerts=tuple(_difference(one) for one in shown[:MOST_ROWS]),
        more=max(total - MOST_ROWS, 0),
        actions=_actions(actor, row) if open_still else (),
        may_retry=open_still
        and row.preview_state == PreviewState.FAILED
        and can(actor, "monitoring.parameter.preview"),
    )


def _actions(actor: Actor, row: ParameterChange) -> tuple[str, ...]:
    own = row.proposed_account == actor.account_id
    return tuple(
        step.action
        for step in CHANGE_STEPS
        if can(actor, step.verb)
        and own is (step.action == "withdraw")
        and (step.action != "approve" or row.preview_state == PreviewState.DONE)
    )


def _difference(one: PreviewAlert) -> dict[str, Any]:
    effect = Effect(one.effect)
    return {
        "effect": effect.value,
        "effect_text": _(EFFECT_LABELS[effect]),
        "site_id": one.site_id,
        "site": one.site.name,
        "place": place_of(one.site.region),
        "rule": one.rule,
        "subject": subject_text(one.subject),
        "days": f"{one.first:%m-%d} – {one.last:%m-%d}",
        "before": _side(one.severity_before, one.hit_days_before),
        "after": _side(one.severity_after, one.hit_days_after),
        "evidence": f"{number(one.evidence_before, 1)} → {number(one.evidence_after, 1)}",
    }


def _side(severity: str, days: int) -> str:
    if not severity:
        return MISSING
    level = _(SEVERITY_LABELS[Severity(severity)])
    return _("%(level)s，%(days)s 日") % {"level": level, "days": days}


def proposable(rule: str, name: str, today: date) -> dict[str, Any] | None:
    """The parameter that a form is about: its words, unit and national value; None if there is none."""
    row = next(
        (
            one
            for one in parameters_in_force().on(rule, today).rows
            if one.name == name and one.scope == NATION
        ),
        None,
    )
    if row is None:
        return None
    return {
        "rule": rule,
        "rule_text": rule_words().get(rule, rule),
        "name": name,
        "label": parameter_text(name),
        "value": row.value,
        "value_text": value_text(row.value, row.unit),
        "unit": row.unit,
        "unit_text": unit_text(row.unit),
        "basis": row.basis,
        "confidence": _(CONFIDENCE.get(row.confidence, CONFIDENCE["to_verify"])),
        "listed": row.unit == "list",
    }
