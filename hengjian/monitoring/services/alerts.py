"""From stored hits to alerts: raise, grow, withdraw, restore. An alert is never deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from hengjian.cases.services.numbering import next_numbers
from hengjian.cases.states import Severity, find_step
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.audit.services import record
from hengjian.kernel.text import N_
from hengjian.measures.models import Report
from hengjian.measures.reference import product_names
from hengjian.measures.rules.units import in_words
from hengjian.monitoring.detectors.detector import Rule
from hengjian.monitoring.models import Alert, Hit, Run
from hengjian.monitoring.models.run import Finding
from hengjian.monitoring.parameters import Params
from hengjian.monitoring.rules import RANKS, Known, Matched, Streak, colour, match, streaks
from hengjian.monitoring.states import ALERT_STEPS, AlertState

Key = tuple[UUID, str]
SERIES = "YJ"
NO_LONGER = N_("按最新数据复算，不再命中该规则")
JOINED = N_("与同一厂区相邻日期的预警合并")
_COPIED = [f.attname for f in Finding._meta.concrete_fields if f.name not in {"id", "site"}]
_CHANGING = [
    *_COPIED,
    "title",
    "text",
    "first",
    "last",
    "hit_days",
    "input_reports",
    "severity",
    "severity_rank",
    "state",
    "last_run",
    "closed_reason",
]


@dataclass(slots=True)
class _Work:
    """What a run changes; written at its end in few statements."""

    actor: Actor
    rule: Rule
    run: Run
    general: Params
    now: datetime
    revisions: dict[UUID, int]
    new: list[Alert] = field(default_factory=list)
    changed: list[Alert] = field(default_factory=list)
    history: list[tuple[str, Alert, str]] = field(default_factory=list)


def reconcile(
    *,
    actor: Actor,
    rule: Rule,
    run: Run,
    keys: Iterable[Key],
    general: Params,
    now: datetime,
) -> None:
    """Bring the alerts of the changed sites and subjects into step with their hits."""
    wanted = set(keys)
    if not wanted:
        return
    sites = {site for site, _subject in wanted}
    hits: dict[Key, list[Hit]] = defaultdict(list)
    for hit in Hit.objects.filter(rule=rule.code, site__in=sites).order_by("period_end"):
        hits[hit.site_id, hit.subject].append(hit)
    alerts: dict[Key, dict[UUID, Alert]] = defaultdict(dict)
    locked = Alert.objects.select_for_update(of=("self",)).filter(rule=rule.code, site__in=sites)
    for alert in locked:
        alerts[alert.site_id, alert.subject][alert.pk] = alert
    used = {report for key in wanted for hit in hits[key] for report in hit.input_report_ids}
    revisions = dict(Report.objects.filter(pk__in=used).values_list("pk", "revision"))
    work = _Work(actor, rule, run, general, now, revisions)
    gap = int(general.number("merge_gap_days"))
    for key in sorted(wanted, key=str):
        days = {hit.period_end: hit for hit in hits[key]}
        known = [Known(a.pk, a.first, a.last) for a in alerts[key].values()]
        _settle(work, match(streaks(days, gap), known), days, alerts[key])
    _write(work)


def _settle(
    work: _Work, matched: Matched, days: Mapping[Any, Hit], alerts: Mapping[UUID, Alert]
) -> None:
    for streak, known in matched.streaks:
        if known is None:
            _raise(work, streak, days[streak.last])
        else:
            _grow(work, alerts[known.id], streak, days[streak.last])
    for known in matched.lost:
        lives_on = any(
            s.first <= known.last and known.first <= s.last for s, _alert in matched.streaks
        )
        _lose(work, alerts[known.id], _(JOINED) if lives_on else _(NO_LONGER))


def _raise(work: _Work, streak: Streak, hit: Hit) -> None:
    alert = Alert(
        site_id=hit.site_id,
        state=AlertState.NEW,
        raised_at=work.now,
        first_run=work.run,
        last_run=work.run,
    )
    _fill(work, alert, streak, hit)
    alert.severity = _severity(work, hit).value
    alert.severity_rank = RANKS[Severity(alert.severity)]
    work.new.append(alert)
    work.history.append(("monitoring.alert.raise", alert, alert.text))


def _grow(work: _Work, alert: Alert, streak: Streak, hit: Hit) -> None:
    """New figures. A withdrawn alert comes back; a dismissed one only when it has become graver."""
    before = _state_of(alert)
    severity = _severity(work, hit)
    graver = RANKS[severity] < alert.severity_rank
    _fill(work, alert, streak, hit)
    alert.closed_reason = ""
    if alert.state != AlertState.DISMISSED or graver:
        alert.severity, alert.severity_rank = severity.value, RANKS[severity]
    if alert.state == AlertState.WITHDRAWN or (alert.state == AlertState.DISMISSED and graver):
        step = find_step(ALERT_STEPS, "restore")
        alert.state = AlertState(step.target)
        work.history.append((step.verb, alert, alert.text))
    if _state_of(alert) != before:
        alert.last_run = work.run
        work.changed.append(alert)


def _lose(work: _Work, alert: Alert, why: str) -> None:
    """Nobody has acted yet: withdrawn. Somebody has: he sees why, and decides."""
    if alert.closed_reason == why:
        return
    alert.closed_reason = why
    step = find_step(ALERT_STEPS, "withdraw")
    if alert.state in step.sources:
        alert.state = AlertState(step.target)
    alert.last_run = work.run
    work.changed.append(alert)
    work.history.append((step.verb, alert, why))


def _fill(work: _Work, alert: Alert, streak: Streak, hit: Hit) -> None:
    for name in _COPIED:
        setattr(alert, name, getattr(hit, name))
    alert.first, alert.last, alert.hit_days = streak.first, streak.last, len(streak.days)
    subject = _(product_names().get(hit.subject, hit.subject))
    alert.title = f"{subject}：{_(work.rule.title)}"[:120]
    in_chinese = {
        **_contract_row(hit),
        "subject": subject,
        "unit": in_words(hit.unit, _),
        "amount_unit": in_words(hit.amount_unit, _),
    }
    alert.text = work.rule.explain(in_chinese, _)
    alert.input_reports = [
        {"id": str(report), "revision": work.revisions[report]} for report in hit.input_report_ids
    ]


def _contract_row(hit: Hit) -> dict[str, Any]:
    names = [f.name for f in Finding._meta.concrete_fields]
    return {
        name: getattr(hit, name) for name in names if name not in {"site", "region", "enterprise"}
    }


def _severity(work: _Work, hit: Hit) -> Severity:
    general = work.general
    return colour(
        hit.evidence,
        red=general.number("severity_red"),
        orange=general.number("severity_orange"),
        yellow=general.number("severity_yellow"),
    )


def _state_of(alert: Alert) -> list[object]:
    return [getattr(alert, name) for name in _CHANGING if name != "last_run"]


def _write(work: _Work) -> None:
    for alert, number in zip(
        work.new, next_numbers(SERIES, work.run.last.year, len(work.new)), strict=True
    ):
        alert.number = number
    Alert.objects.bulk_create(work.new, batch_size=500)
    Alert.objects.bulk_update(work.changed, _CHANGING, batch_size=500)
    for verb, alert, why in work.history:
        record(
            actor=work.actor,
            verb=verb,
            subject=f"monitoring.alert:{alert.pk}",
            region=alert.region_id,
            now=work.now,
            reason=why,
            data={
                "number": alert.number,
                "rule": alert.rule,
                "version": alert.rule_version,
                "last": alert.last,
                "run": work.run.pk,
            },
        )
