"""Parameters as people read them: those that an alert rests on, all of a rule with their history, and changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.monitoring.models import Alert, ParameterChange
from hengjian.monitoring.parameters import SCOPES, Parameter
from hengjian.monitoring.selectors.in_force import parameters_in_force
from hengjian.monitoring.selectors.words import parameter_text, scope_texts, value_text
from hengjian.monitoring.states import ChangeState
from hengjian.registry.models import SiteIndustry
from hengjian.registry.selectors.site import CONFIDENCE


@dataclass(frozen=True, slots=True)
class Applied:
    """One value that an alert rests on, with where it comes from."""

    name: str
    label: str
    value: str
    scope: str
    basis: str
    confidence: str


def applied(actor: Actor, alert: Alert) -> list[Applied]:
    """Of each parameter of the run the value that held for this site: the most specific scope."""
    chosen: dict[str, dict[str, str]] = {}
    industries = list(
        SiteIndustry.objects.visible_to(actor)
        .filter(site=alert.site_id)
        .values_list("industry", flat=True)
    )
    for row in alert.last_run.parameters:
        if not _covers(row["scope"], alert, industries):
            continue
        held = chosen.get(row["name"])
        if held is None or _rank(row["scope"]) < _rank(held["scope"]):
            chosen[row["name"]] = row
    known = _known(alert)
    words = scope_texts(actor, [row["scope"] for row in chosen.values()])
    return [_applied(row, known, words) for row in chosen.values()]


def _known(alert: Alert) -> dict[tuple[str, str], Parameter]:
    """Rows of the rule in force on its last day by name and scope; shared values stand behind its own."""
    rows = [row for row in parameters_in_force().rows if row.in_force(alert.last)]
    mine = [row for row in rows if row.rule == alert.rule]
    shared = [row for row in rows if row.rule in {"panel", "calibration"}]
    return {(row.name, row.scope): row for row in (*shared, *mine)}


def _applied(
    row: dict[str, str], known: dict[tuple[str, str], Parameter], words: dict[str, str]
) -> Applied:
    source = known.get((row["name"], row["scope"]))
    return Applied(
        name=row["name"],
        label=parameter_text(row["name"]),
        value=value_text(row["value"], row["unit"]),
        scope=words[row["scope"]],
        basis=source.basis if source else "",
        confidence=_(CONFIDENCE.get(source.confidence, CONFIDENCE["to_verify"])) if source else "",
    )


def _covers(scope: str, alert: Alert, industries: Sequence[str]) -> bool:
    kind, _colon, code = scope.partition(":")
    if kind == "enterprise":
        return code == str(alert.enterprise_id)
    if kind == "industry":
        return code in industries
    if kind == "region":
        number = int(code)
        span = 10_000 if number % 10_000 == 0 else 100 if number % 100 == 0 else 1
        return number <= alert.region_id < number + span
    return True


def _rank(scope: str) -> tuple[int, int]:
    kind, _colon, code = scope.partition(":")
    zeros = len(code) - len(code.rstrip("0")) if kind == "region" else 0
    return SCOPES.index(kind) if kind in SCOPES else len(SCOPES), zeros


def parameter_rows(actor: Actor, rule: str, today: date) -> list[dict[str, Any]]:
    """Every row of a rule, past and future too, in order of name, scope and day; the history of its values."""
    rows = [row for row in parameters_in_force().rows if row.rule == rule]
    words = scope_texts(actor, [row.scope for row in rows])
    changes = {
        (change.name, change.scope, change.effective_from): change.pk
        for change in ParameterChange.objects.filter(rule=rule, state=ChangeState.APPROVED)
    }
    names = list(dict.fromkeys(row.name for row in rows))
    return [
        {
            "rule": row.rule,
            "name": row.name,
            "label": parameter_text(row.name),
            "value": value_text(row.value, row.unit),
            "scope": words[row.scope],
            "since": row.effective_from.isoformat(),
            "until": row.effective_to.isoformat() if row.effective_to else "",
            "current": row.in_force(today),
            "future": row.effective_from > today,
            "basis": row.basis,
            "confidence": _(CONFIDENCE.get(row.confidence, CONFIDENCE["to_verify"])),
            "change": changes.get((row.name, row.scope, row.effective_from)),
        }
        for row in sorted(
            rows, key=lambda row: (names.index(row.name), _rank(row.scope), row.effective_from)
        )
    ]
