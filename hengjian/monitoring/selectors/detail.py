"""One alert: everything a person needs to judge it, and to doubt it. Nothing here knows a rule by its code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from hengjian.cases.selectors.rows import moment
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import can
from hengjian.kernel.text import MISSING, number, quantity
from hengjian.measures.models import Report
from hengjian.measures.permissions import SOURCE_LABELS, Source
from hengjian.measures.reference import form_heads, item_names
from hengjian.measures.rules.forms import Form
from hengjian.measures.rules.units import UNITS
from hengjian.measures.rules.units import unit as unit_of
from hengjian.monitoring.models import Alert, Score
from hengjian.monitoring.rules import one_in, unit_use
from hengjian.monitoring.selectors.alerts import (
    AlertRow,
    alert_row,
    excess_text,
    find_alert,
    places_of,
    unit_words,
)
from hengjian.monitoring.selectors.chart import alert_chart
from hengjian.monitoring.selectors.parameters import Applied, applied
from hengjian.monitoring.selectors.peers import Peers, peers_of
from hengjian.monitoring.selectors.words import rule_titles, subject_text
from hengjian.monitoring.states import ALERT_STEPS, OPEN
from hengjian.registry.models import Limit
from hengjian.registry.selectors.site import CONFIDENCE, INDICATORS

MILLION = 1_000_000
MOST_INPUTS, MOST_FIGURES = 120, 3
Pairs = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class AlertDetail:
    """The page of an alert; ``inputs`` have a report ``id``, chart figures are for drawing only."""

    row: AlertRow
    site_id: UUID
    region_id: int
    product: str
    unit: str
    limited: bool
    closed_reason: str
    compare: list[dict[str, Any]]
    evidence: Pairs
    rule: Pairs
    parameters: Sequence[Applied]
    inputs: list[dict[str, Any]]
    inputs_left: int
    chart: dict[str, Any]
    chart_text: str
    peers: Peers | None
    score: str
    score_parts: list[dict[str, Any]]
    others: list[AlertRow]
    assigned: str
    done_text: str
    inquiry_id: UUID | None
    problem_id: UUID | None
    actions: tuple[str, ...]
    may_assign: bool
    may_claim: bool


def alert_detail(actor: Actor, alert_id: UUID, today: date) -> AlertDetail:
    """One alert with its inputs as they were read; a constant number of queries."""
    alert = find_alert(actor, alert_id)
    reports, left = _reports(actor, alert)
    chart, chart_text = alert_chart(actor, alert, grain_of(alert.rule))
    score, parts = _score(actor, alert)
    return AlertDetail(
        row=alert_row(alert, today, actor),
        site_id=alert.site_id,
        region_id=alert.region_id,
        product=subject_text(alert.subject),
        unit=unit_words(alert.unit),
        limited=alert.limit_id is not None,
        closed_reason=alert.closed_reason,
        compare=_compare(alert),
        evidence=_evidence(alert, reports),
        rule=_rule(alert),
        parameters=applied(actor, alert),
        inputs=[_input(alert, report) for report in reports],
        inputs_left=left,
        chart=chart,
        chart_text=chart_text,
        peers=peers_of(actor, alert.site_id, alert.subject, alert.unit),
        score=score,
        score_parts=parts,
        others=_others(actor, alert, today),
        assigned=_assigned(alert),
        done_text=_done(alert),
        inquiry_id=alert.inquiry_id,
        problem_id=alert.problem_id,
        actions=tuple(
            s.action for s in ALERT_STEPS if alert.state in s.sources and can(actor, s.verb, alert)
        ),
        may_assign=alert.state in OPEN and can(actor, "monitoring.alert.assign", alert),
        may_claim=alert.state in OPEN
        and alert.assignee_duty_id is None
        and can(actor, "monitoring.alert.claim", alert),
    )


def grain_of(code: str) -> str:
    """In which periods the rule judges: day, calendar, month or quarter."""
    from hengjian.monitoring.detectors import rules  # the engine: see tasks.py

    return str(getattr(rules().get(code), "grain", "day"))


def _reports(actor: Actor, alert: Alert) -> tuple[Sequence[Report], int]:
    """The revisions that the rule read, newest first, and how many more there are; reports never change."""
    ids = [row["id"] for row in alert.input_reports]
    rows = (
        Report.objects.visible_to(actor)
        .filter(pk__in=ids)
        .defer("conversion", "canon", "permitted_use")
        .order_by("-period", "source", "form")
    )
    return list(rows[:MOST_INPUTS]), max(len(ids) - MOST_INPUTS, 0)


def _score(actor: Actor, alert: Alert) -> tuple[str, list[dict[str, Any]]]:
    """The score of the site on the alert's last day, and each part of it, largest first."""
    found = Score.objects.visible_to(actor).filter(site=alert.site_id, day=alert.last).first()
    if found is None:
        return "", []
    titles = rule_titles()
    parts = []
    for part in found.parts:
        square = Decimal(part["evidence"]) ** 2
        share = square / found.score * 100 if found.score else Decimal(0)
        parts.append(
            {
                "rule": part["rule"],
                "title": titles.get(part["rule"], part["rule"]),
                "subject": subject_text(part["subject"]),
                "evidence": number(Decimal(part["evidence"]), 1),
                "square": number(square, 1),
                "share": share,
                "own": (part["rule"], part["subject"]) == (alert.rule, alert.subject),
            }
        )
    return number(found.score, 1), parts


def _others(actor: Actor, alert: Alert, today: date) -> list[AlertRow]:
    """Other alerts of the site whose days meet the days that this one rests on."""
    begin = min(alert.first, alert.period_start)
    rows = (
        Alert.objects.visible_to(actor)
        .filter(site=alert.site_id, first__lte=alert.last, last__gte=begin)
        .exclude(pk=alert.pk)
        .select_related("site", "region__city", "inquiry", "problem")
        .order_by("-evidence", "id")[:20]
    )
    return [alert_row(row, today, actor) for row in rows]


def _assigned(alert: Alert) -> str:
    if alert.assigned_at is None:
        return ""
    return _("%(who)s，%(at)s 由%(by)s指派") % {
        "who": alert.assignee_name,
        "at": moment(alert.assigned_at),
        "by": alert.assigned_by,
    }


def _compare(alert: Alert) -> list[dict[str, Any]]:
    def one(label: str, value: str, unit: str, note: str, *, over: bool = False) -> dict[str, Any]:
        return {"label": label, "value": value, "unit": unit, "note": note, "over": over}

    limited, unit = alert.limit_id is not None, unit_words(alert.unit)
    span = expected_span(alert)
    days = _("%(first)s 至 %(last)s，%(n)s 日命中") % {
        "first": f"{alert.first:%m-%d}",
        "last": f"{alert.last:%m-%d}",
        "n": alert.hit_days,
    }
    value = number(alert.expected, places_of(alert.expected))
    note = _("计量误差内可读作 %(span)s") if limited else _("正常范围 %(span)s")
    return [
        one(_("实测"), number(alert.observed, places_of(alert.observed)), unit, days, over=True),
        one(
            _("限额") if limited else _("应为"),
            f"≤ {value}" if limited else value,
            unit,
            note % {"span": span},
        ),
        one(
            _("偏离"),
            excess_text(alert),
            "",
            _("相对限额") if limited else _("相对应为值"),
            over=True,
        ),
        one(
            _("涉及量"),
            number(alert.amount_at_stake, 1),
            unit_words(alert.amount_unit),
            _("统计期内超出限额部分") if limited else _("与应为值相差的数量"),
        ),
    ]


def expected_span(alert: Alert) -> str:
    """The range within which an honest figure lies."""
    low, high = alert.expected_lo, alert.expected_hi
    return f"{number(low, places_of(low))} – {number(high, places_of(high))}"


def _evidence(alert: Alert, reports: Sequence[Report]) -> Pairs:
    period = f"{alert.period_start.isoformat()} – {alert.period_end.isoformat()}"
    pairs = [
        {"label": _("判定统计期"), "value": period},
        {"label": _("有效日数"), "value": quantity(alert.days, _("日"))},
    ]
    if alert.idle_days:
        pairs.append({"label": _("其中无产量"), "value": quantity(alert.idle_days, _("日"))})
    if alert.limit_id is not None:
        pairs += _of_limit(reports)
    if alert.baseline_start is not None and alert.baseline_end is not None:
        span = f"{alert.baseline_start.isoformat()} – {alert.baseline_end.isoformat()}"
        pairs.append({"label": _("对比的历史"), "value": span})
    if alert.peers:
        pairs.append({"label": _("同类企业"), "value": quantity(alert.peers, _("家"))})
    versions = sorted({v for r in reports for v in r.factor_version.split(";") if v})
    pairs += [
        {"label": _("折标因子"), "value": "; ".join(versions) or MISSING},
        {"label": _("证据强度"), "value": _evidence_text(alert.evidence)},
    ]
    if alert.limit_id is not None:
        text = _("标准允许的修正（海拔、原料品位、废钢比等）未计入，应当核实后再下结论")
        pairs.append({"label": _("未作修正"), "value": text})
    return pairs


def _of_limit(reports: Sequence[Report]) -> Pairs:
    """What the use per unit of output was divided from."""
    energy = sum((r.energy_tce for r in reports), Decimal(0))
    output = sum((r.output or Decimal(0) for r in reports), Decimal(0))
    label = _(unit_of(reports[0].output_unit).label) if reports and reports[0].output_unit else ""
    return [
        {"label": _("统计期能耗合计"), "value": quantity(energy, "tce", 2)},
        {"label": _("统计期产量合计"), "value": quantity(output, label, 2)},
        {"label": _("口径"), "value": _("综合能耗，当量值")},
    ]


def _evidence_text(evidence: Decimal) -> str:
    """The evidence and what it means in words; beyond a million the odds are no longer known so finely."""
    value, odds = number(evidence, 1), one_in(evidence)
    if odds >= MILLION:
        return _("%(value)s（计量诚实的企业出现此值的可能不到百万分之一）") % {"value": value}
    return _("%(value)s（计量诚实的企业出现此值的可能约 %(odds)s 分之一）") % {
        "value": value,
        "odds": number(odds),
    }


def _rule(alert: Alert) -> Pairs:
    from hengjian.monitoring.detectors import rules  # the engine: see tasks.py

    detector = rules().get(alert.rule)
    limit = Limit.objects.filter(pk=alert.limit_id).first() if alert.limit_id else None
    pairs = [
        {
            "label": _("规则"),
            "value": f"{alert.rule} {_(detector.title) if detector else ''}".strip(),
        },
        {"label": _("规则版本"), "value": alert.rule_version[:12], "tone": "code"},
    ]
    if limit is None:
        pairs.append({"label": _("判定依据"), "value": alert.basis})
    else:
        level = _("第 %(level)s 级") % {"level": alert.level}
        pairs += [
            {"label": _("限额标准"), "value": alert.basis},
            {"label": _("等级"), "value": level},
        ]
        since = limit.effective_from.isoformat() if limit.effective_from else MISSING
        pairs += [
            {"label": _("标准名称"), "value": limit.title or MISSING},
            {"label": _("指标"), "value": _(INDICATORS.get(limit.indicator, limit.indicator))},
            {"label": _("生效日期"), "value": since},
        ]
    confidence = CONFIDENCE.get(alert.confidence, CONFIDENCE["to_verify"])
    label = _("限额可信度") if limit is not None else _("依据可信度")
    pairs.append({"label": label, "value": _(confidence)})
    for basis in detector.legal_basis if detector else ():
        pairs.append({"label": _("法律依据"), "value": f"{_(basis.title)} {_(basis.clause)}"})
    pairs.append({"label": _("运行"), "value": moment(alert.last_run.started)})
    return pairs


def _input(alert: Alert, report: Report) -> dict[str, Any]:
    limited = alert.limit_id is not None
    use = unit_use(report.energy_tce, report.output, report.output_unit, alert.unit)
    first = report.revision == 1
    label = _(unit_of(report.output_unit).label) if report.output_unit else ""
    own = report.source == Source.ENTERPRISE
    return {
        "id": report.pk,
        "day": report.period.isoformat()
        if report.form == Form.DAILY
        else f"{report.period:%Y-%m} {_(form_heads()[Form(report.form)].title)}",
        "source": _(SOURCE_LABELS[Source(report.source)]),
        "revision": _("初报") if first else _("第 %(n)s 版") % {"n": report.revision},
        "received": moment(report.received_at),
        "output": quantity(report.output, label, 2),
        "energy": number(report.energy_tce, 2) if own or report.energy_tce else MISSING,
        "figures": "" if own else _figures(report.quantities),
        "unit_use": number(use, 2) if limited else "",
        "limit": number(alert.expected, 2) if limited else "",
        "over": limited and use is not None and use > alert.expected,
    }


def _figures(quantities: Mapping[str, Mapping[str, str]]) -> str:
    """The first figures of a report as it gave them."""
    names = item_names()
    shown = []
    for code, given in list(quantities.items())[:MOST_FIGURES]:
        unit = UNITS.get(given["unit"])
        text = quantity(Decimal(given["value"]), _(unit.label) if unit else given["unit"])
        shown.append(f"{_(names[code])} {text}" if code in names else text)
    return "；".join(shown)


def _done(alert: Alert) -> str:
    if alert.decided_at is None:
        return ""
    return _("%(who)s %(at)s：%(why)s") % {
        "who": alert.decided_by,
        "at": moment(alert.decided_at),
        "why": alert.reason,
    }
