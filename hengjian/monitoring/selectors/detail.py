"""One alert: everything a person needs to judge it, and to doubt it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from hengjian.cases.selectors.rows import moment
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import can
from hengjian.kernel.text import MISSING, N_, number, quantity
from hengjian.measures.models import Report
from hengjian.measures.permissions import SOURCE_LABELS, Source
from hengjian.measures.rules.units import in_words
from hengjian.measures.rules.units import unit as unit_of
from hengjian.measures.selectors.figures import series
from hengjian.monitoring.models import Alert, Hit
from hengjian.monitoring.rules import one_in, unit_use
from hengjian.monitoring.selectors.alerts import AlertRow, alert_row, excess_text, find_alert
from hengjian.monitoring.states import ALERT_STEPS
from hengjian.registry.models import Limit
from hengjian.registry.selectors.site import CONFIDENCE, INDICATORS

CHART_DAYS = 60
MILLION = 1_000_000
PARAMETERS: Mapping[str, str] = {
    "window_days": N_("滚动统计期"),
    "min_days": N_("统计期内最少有产量日数"),
    "indicators": N_("可比指标"),
    "energy_accuracy": N_("能源计量最大允许误差"),
    "output_accuracy": N_("产量计量最大允许误差"),
    "recovery_gross_factor": N_("回收工序总量与净值之比"),
    "coverage_factor": N_("包含因子 k"),
    "min_evidence": N_("最低证据强度"),
    "evidence_cap": N_("证据强度上限"),
}
_UNITS: Mapping[str, str] = {"d": N_("日"), "%": "%"}
Pairs = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class AlertDetail:
    """The page of an alert; ``inputs`` have a report ``id``, chart figures are for drawing only."""

    row: AlertRow
    site_id: UUID
    region_id: int
    product: str
    unit: str
    closed_reason: str
    compare: list[dict[str, Any]]
    evidence: Pairs
    rule: Pairs
    inputs: list[dict[str, Any]]
    chart: dict[str, Any]
    chart_text: str
    done_text: str
    inquiry_id: UUID | None
    problem_id: UUID | None
    actions: tuple[str, ...]


def alert_detail(actor: Actor, alert_id: UUID, today: date) -> AlertDetail:
    """One alert with its inputs as they were read; a constant number of queries."""
    alert = find_alert(actor, alert_id)
    reports = _reports(actor, alert)
    chart, chart_text = _chart(actor, alert)
    return AlertDetail(
        row=alert_row(alert, today),
        site_id=alert.site_id,
        region_id=alert.region_id,
        product=alert.subject,
        unit=in_words(alert.unit, _),
        closed_reason=alert.closed_reason,
        compare=_compare(alert),
        evidence=_evidence(alert, reports),
        rule=_rule(alert),
        inputs=[_input(alert, report) for report in reports],
        chart=chart,
        chart_text=chart_text,
        done_text=_done(alert),
        inquiry_id=alert.inquiry_id,
        problem_id=alert.problem_id,
        actions=tuple(
            s.action for s in ALERT_STEPS if alert.state in s.sources and can(actor, s.verb, alert)
        ),
    )


def _reports(actor: Actor, alert: Alert) -> Sequence[Report]:
    """The revisions that the rule read; reports never change, so these are the figures of then."""
    ids = [row["id"] for row in alert.input_reports]
    return list(
        Report.objects.visible_to(actor)
        .filter(pk__in=ids)
        .defer("quantities", "conversion", "canon", "permitted_use")
        .order_by("-period")
    )


def _compare(alert: Alert) -> list[dict[str, Any]]:
    def one(label: str, value: str, unit: str, note: str, *, over: bool = False) -> dict[str, Any]:
        return {"label": label, "value": value, "unit": unit, "note": note, "over": over}

    span = f"{alert.expected_lo:.2f} – {alert.expected_hi:.2f}"
    days = _("%(first)s 至 %(last)s，%(n)s 日命中") % {
        "first": f"{alert.first:%m-%d}",
        "last": f"{alert.last:%m-%d}",
        "n": alert.hit_days,
    }
    return [
        one(_("实测"), number(alert.observed, 2), in_words(alert.unit, _), days, over=True),
        one(
            _("限额"),
            "≤ " + number(alert.expected, 2),
            in_words(alert.unit, _),
            _("计量误差内可读作 %(span)s") % {"span": span},
        ),
        one(_("偏离"), excess_text(alert), "", _("相对限额"), over=True),
        one(
            _("涉及能耗"),
            number(alert.amount_at_stake, 1),
            alert.amount_unit,
            _("统计期内超出限额部分"),
        ),
    ]


def _evidence(alert: Alert, reports: Sequence[Report]) -> Pairs:
    energy = sum((r.energy_tce for r in reports), Decimal(0))
    output = sum((r.output or Decimal(0) for r in reports), Decimal(0))
    label = _(unit_of(reports[0].output_unit).label) if reports and reports[0].output_unit else ""
    period = f"{alert.period_start.isoformat()} – {alert.period_end.isoformat()}"
    odds = _evidence_text(alert.evidence)
    return [
        {"label": _("判定统计期"), "value": period},
        {"label": _("有效日数"), "value": quantity(alert.days, _("日"))},
        {"label": _("其中无产量"), "value": quantity(alert.idle_days, _("日"))},
        {"label": _("统计期能耗合计"), "value": quantity(energy, "tce", 2)},
        {"label": _("统计期产量合计"), "value": quantity(output, label, 2)},
        {"label": _("口径"), "value": _("综合能耗，当量值")},
        {
            "label": _("折标因子"),
            "value": "; ".join(sorted({r.factor_version for r in reports})) or MISSING,
        },
        {"label": _("证据强度"), "value": odds},
        {
            "label": _("未作修正"),
            "value": _("标准允许的修正（海拔、原料品位、废钢比等）未计入，应当核实后再下结论"),
        },
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
    pairs.append({"label": _("限额可信度"), "value": _(confidence)})
    for basis in detector.legal_basis if detector else ():
        pairs.append({"label": _("法律依据"), "value": f"{_(basis.title)} {_(basis.clause)}"})
    pairs += [_parameter(row) for row in alert.last_run.parameters]
    pairs.append({"label": _("运行"), "value": moment(alert.last_run.started)})
    return pairs


def _parameter(row: Mapping[str, str]) -> dict[str, str]:
    name, value = row["name"], row["value"]
    if name == "indicators":
        value = "、".join(_(INDICATORS.get(code, code)) for code in value.split(";"))
    unit = _UNITS.get(row["unit"], "")
    return {
        "label": _(PARAMETERS.get(name, name)),
        "value": f"{value} {_(unit)}" if unit else value,
    }


def _input(alert: Alert, report: Report) -> dict[str, Any]:
    use = unit_use(report.energy_tce, report.output, report.output_unit, alert.unit)
    first = report.revision == 1
    return {
        "id": report.pk,
        "day": report.period.isoformat(),
        "source": _(SOURCE_LABELS[Source(report.source)]),
        "revision": _("初报") if first else _("第 %(n)s 版") % {"n": report.revision},
        "received": moment(report.received_at),
        "output": number(report.output, 2),
        "energy": number(report.energy_tce, 2),
        "unit_use": number(use, 2),
        "limit": number(alert.expected, 2),
        "over": use is not None and use > alert.expected,
    }


def _chart(actor: Actor, alert: Alert) -> tuple[dict[str, Any], str]:
    """Daily consumption, the judged value of the days that hit, the limit; floats, for drawing only."""
    begin = max(min(alert.period_start, alert.first), alert.last - timedelta(days=CHART_DAYS - 1))
    daily = {
        row.period: unit_use(row.energy_tce, row.output, row.output_unit, alert.unit)
        for row in series(actor, alert.site_id, begin, alert.last)
    }
    judged = dict(
        Hit.objects.visible_to(actor)
        .filter(site=alert.site_id, rule=alert.rule, subject=alert.subject)
        .filter(period_end__range=(begin, alert.last))
        .values_list("period_end", "observed")
    )
    days = [begin + timedelta(days=n) for n in range((alert.last - begin).days + 1)]
    chart = {
        "unit": in_words(alert.unit, _),
        "x": [f"{day:%m-%d}" for day in days],
        "series": [
            {"name": _("日单耗"), "kind": "line", "data": [_drawn(daily.get(d)) for d in days]},
            {
                "name": _("统计期单耗（判定值）"),
                "kind": "line",
                "data": [_drawn(judged.get(d)) for d in days],
                "dashed": True,
            },
        ],
        "limit": {"name": _("限额"), "value": _drawn(alert.expected)},
    }
    text = _("%(first)s 至 %(last)s 的单位产品能耗；统计期单耗 %(value)s，限额 %(limit)s") % {
        "first": begin.isoformat(),
        "last": alert.last.isoformat(),
        "value": quantity(alert.observed, in_words(alert.unit, _), 2),
        "limit": quantity(alert.expected, in_words(alert.unit, _), 2),
    }
    return chart, text


def _drawn(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 3)


def _done(alert: Alert) -> str:
    if alert.decided_at is None:
        return ""
    return _("%(who)s %(at)s：%(why)s") % {
        "who": alert.decided_by,
        "at": moment(alert.decided_at),
        "why": alert.reason,
    }
