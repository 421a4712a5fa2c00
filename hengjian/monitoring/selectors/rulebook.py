"""The catalogue of rules as a page, and how the rules fare: alerts against the budget, confirmed against refuted."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hengjian.cases.states import Outcome, ProblemState
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import can, require
from hengjian.kernel.errors import NotVisible
from hengjian.kernel.text import MISSING, N_, number, percent
from hengjian.monitoring.models import Alert, Run, Verdict
from hengjian.monitoring.parameters import Parameters
from hengjian.monitoring.selectors.in_force import parameters_in_force
from hengjian.monitoring.selectors.parameters import parameter_rows
from hengjian.monitoring.selectors.words import LAYERS, SHARED, layer_of, layer_text
from hengjian.monitoring.states import AlertState
from hengjian.registry.selectors.site import CONFIDENCE

VERB = "monitoring.rule.view"
MOST_MONTHS = 12
MONTH_DAYS = 30
SECTIONS = (N_("依据"), N_("异常"), N_("正常"))
SEVERITIES: Mapping[str, str] = {"breach": N_("违规"), "anomaly": N_("异常")}
CONFIRMED = [Outcome.SUBSTANTIATED.value, Outcome.RECTIFIED.value]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in the catalogue; rates are those of the reader's scope."""

    code: str
    title: str
    layer: str
    layer_text: str
    severity: str
    exact: bool
    alerts: int
    rate: str
    budget: str
    over_budget: bool
    confirmed: int
    refuted: int
    precision: str


def catalogue(actor: Actor, today: date) -> list[RuleRow]:
    """Every rule by layer and code; a constant number of queries."""
    require(actor, VERB)
    from hengjian.monitoring.detectors import rules  # the engine: see tasks.py

    counts, sites, months = _counts(actor, today), _sites(actor), _months(today)
    values, layers = parameters_in_force(), list(LAYERS)
    rows = [
        _rule_row(
            rule, counts.get(code, {}), sites.get(code, 0) * months.get(code, 0), values, today
        )
        for code, rule in rules().items()
    ]
    return sorted(
        rows,
        key=lambda row: (layers.index(row.layer) if row.layer in layers else len(layers), row.code),
    )


def _rule_row(
    rule: Any, counts: Mapping[str, int], site_months: int, values: Parameters, today: date
) -> RuleRow:
    raised = counts.get("raised", 0)
    rate = Decimal(raised) * 1000 / site_months if site_months else None
    budget = budget_of(rule, values, today)
    confirmed, refuted = counts.get("confirmed", 0), counts.get("refuted", 0)
    decided = confirmed + refuted
    return RuleRow(
        code=rule.code,
        title=_(rule.title),
        layer=layer_of(rule),
        layer_text=layer_text(layer_of(rule)),
        severity=_(SEVERITIES[str(rule.severity)]),
        exact=bool(getattr(rule, "exact", False)),
        alerts=raised,
        rate=number(rate, 1) if rate is not None else MISSING,
        budget=number(budget, 1) if budget is not None else "",
        over_budget=rate is not None and budget is not None and rate > budget,
        confirmed=confirmed,
        refuted=refuted,
        precision=percent(Decimal(confirmed) / decided) if decided else MISSING,
    )


def budget_of(rule: Any, values: Parameters, today: date) -> Decimal | None:
    """False alarms per 1,000 site-months that the bound of evidence admits; None for hard law, which has none."""
    from hengjian.monitoring.detectors.panel_detector import PanelDetector  # the engine

    if not isinstance(rule, PanelDetector):
        return None
    for code in (rule.code, "panel"):
        rows = [r for r in values.on(code, today).rows if r.name == "min_evidence"]
        if rows:
            return 1000 * Decimal(10) ** -Decimal(rows[0].value)
    return None


def _counts(actor: Actor, today: date) -> dict[str, dict[str, int]]:
    """By rule: alerts raised in the last twelve months, and what came of those decided. One query."""
    since = date(today.year - 1, today.month, 1)
    rows = (
        Alert.objects.visible_to(actor)
        .filter(raised_at__date__gte=since)
        .order_by()
        .values("rule")
        .annotate(raised=Count("id"), confirmed=Count("id", filter=_confirmed()))
        .annotate(refuted=Count("id", filter=_refuted()))
    )
    return {row.pop("rule"): row for row in rows}  # type: ignore[misc]  # a dict per rule


def _confirmed() -> Q:
    return Q(problem__state=ProblemState.CLOSED, problem__outcome__in=CONFIRMED)


def _refuted() -> Q:
    return Q(state=AlertState.DISMISSED) | Q(
        problem__state=ProblemState.CLOSED, problem__outcome=Outcome.UNSUBSTANTIATED.value
    )


def _sites(actor: Actor) -> dict[str, int]:
    """By rule: sites in scope that it looks at. One query."""
    rows = Verdict.objects.visible_to(actor).order_by().values("rule")
    return dict(rows.annotate(n=Count("site", distinct=True)).values_list("rule", "n"))


def _months(today: date) -> dict[str, int]:
    """By rule: months judged since its first run, at most twelve. One query."""
    rows = Run.objects.order_by().values("rule").annotate(begun=Min("first"))
    return {
        row["rule"]: min(MOST_MONTHS, max(1, round((today - row["begun"]).days / MONTH_DAYS)))
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class RulePage:
    """One rule in full."""

    row: RuleRow
    sections: tuple[tuple[str, str], ...]
    legal: tuple[dict[str, str], ...]
    parameters: tuple[dict[str, Any], ...]
    shared: tuple[tuple[str, tuple[dict[str, Any], ...]], ...]
    quarters: tuple[dict[str, Any], ...]
    last_run: str
    version: str
    may_propose: bool


def rule_page(actor: Actor, code: str, today: date) -> RulePage:
    """One rule with what it rests on, its values and how it fared by quarter. Raises NotVisible."""
    row = next((one for one in catalogue(actor, today) if one.code == code), None)
    if row is None:
        raise NotVisible(verb=VERB)
    from hengjian.monitoring.detectors import rules  # the engine: see tasks.py

    rule = rules()[code]
    run = Run.objects.filter(rule=code).order_by("-started", "id").first()
    return RulePage(
        row=row,
        sections=sections_of(type(rule).__doc__ or ""),
        legal=tuple(
            {
                "title": _(basis.title),
                "clause": _(basis.clause),
                "gist": _(basis.gist),
                "confidence": _(CONFIDENCE.get(basis.confidence, CONFIDENCE["to_verify"])),
            }
            for basis in rule.legal_basis
        ),
        parameters=tuple(parameter_rows(actor, code, today)),
        shared=tuple(
            (_(text), tuple(parameter_rows(actor, name, today)))
            for name, text in SHARED.items()
            if name == "runs" or row.budget
        ),
        quarters=tuple(_quarters(actor, code)),
        last_run=f"{localtime(run.started):%Y-%m-%d %H:%M}" if run else "",
        version=run.rule_version[:12] if run else "",
        may_propose=can(actor, "monitoring.parameter.propose"),
    )


def sections_of(docstring: str) -> tuple[tuple[str, str], ...]:
    """(heading, text) of 依据, 异常 and 正常 in the docstring of a rule."""
    found: list[tuple[str, str]] = []
    for line in inspect.cleandoc(docstring).splitlines():
        head = next((one for one in SECTIONS if line.startswith(f"{one}：")), None)
        if head is not None:
            found.append((_(head), line.partition("：")[2].strip()))
        elif found and line.strip():
            found[-1] = (found[-1][0], found[-1][1] + line.strip())
    return tuple(found)


def _quarters(actor: Actor, code: str) -> list[dict[str, Any]]:
    """What came of a rule's alerts by the quarter in which they were raised, newest first. One query."""
    rows = (
        Alert.objects.visible_to(actor)
        .filter(rule=code)
        .order_by()
        .values_list("raised_at", "state", "problem__state", "problem__outcome")
    )
    found: dict[tuple[int, int], dict[str, int]] = defaultdict(
        lambda: {"raised": 0, "confirmed": 0, "refuted": 0}
    )
    for raised, state, problem, outcome in rows:
        day = localtime(raised).date()
        counts = found[day.year, (day.month + 2) // 3]
        counts["raised"] += 1
        closed = problem == ProblemState.CLOSED
        counts["confirmed"] += closed and outcome in CONFIRMED
        refuted = closed and outcome == Outcome.UNSUBSTANTIATED
        counts["refuted"] += refuted or state == AlertState.DISMISSED
    return [_quarter(key, found[key]) for key in sorted(found, reverse=True)[:8]]


def _quarter(key: tuple[int, int], counts: Mapping[str, int]) -> dict[str, Any]:
    decided = counts["confirmed"] + counts["refuted"]
    return {
        "quarter": _("%(year)s 年第 %(quarter)s 季度") % {"year": key[0], "quarter": key[1]},
        **counts,
        "open": counts["raised"] - decided,
        "precision": percent(Decimal(counts["confirmed"]) / decided) if decided else MISSING,
    }
