"""Alerts of an invented site, for the tests of every app.

alert = make_alert(site)
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from hengjian.cases.tests.factories import make_inquiry, make_problem
from hengjian.monitoring.models import Alert, Hit, ParameterChange, Run, Score
from hengjian.registry.models import Site

NOW = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
_numbers = count(1)
FIGURES: dict[str, Any] = {
    "subject": "焦炭（顶装焦炉）",
    "period_start": date(2026, 10, 24),
    "period_end": date(2026, 11, 22),
    "first": date(2026, 11, 15),
    "last": date(2026, 11, 22),
    "hit_days": 8,
    "days": 30,
    "idle_days": 0,
    "observed": Decimal("142.5"),
    "expected": Decimal(135),
    "expected_lo": Decimal("130.8"),
    "expected_hi": Decimal("139.2"),
    "unit": "kgce/t",
    "evidence": Decimal("3.5"),
    "amount_at_stake": Decimal("61.4"),
    "amount_unit": "tce",
    "level": 3,
    "basis": "GB 21342-2025",
    "confidence": "found",
    "text": "单位产品能耗高于限额",
}


def make_run(**fields: Any) -> Run:
    """A finished run of L101."""
    given: dict[str, Any] = {
        "rule": "L101",
        "rule_version": "0" * 64,
        "first": date(2026, 10, 22),
        "last": date(2026, 11, 22),
        "as_of": NOW,
        "started": NOW,
        "finished": NOW,
        "hits": 1,
        "judged": {"over": 1},
        "parameters": [{"name": "window_days", "scope": "nation", "value": "30", "unit": "d"}],
        **fields,
    }
    return Run.objects.create(**given)


def make_alert(site: Site, **fields: Any) -> Alert:
    """An alert over a limit; states that need an inquiry or a problem get one."""
    number = next(_numbers)
    run = fields.pop("run", None) or make_run()
    state = fields.get("state", "new")
    if state == "asked" and "inquiry" not in fields:
        fields["inquiry"] = make_inquiry(site)
    if state == "problem" and "problem" not in fields:
        fields["problem"] = make_problem(site)
    if state == "dismissed":
        fields.setdefault("reason", "数据已更正")
    if state == "withdrawn":
        fields.setdefault("closed_reason", "更正后不再超过限额")
    given: dict[str, Any] = {
        "number": f"A-{number:05d}",
        "title": f"测试预警{number}",
        "rule": "L101",
        "rule_version": run.rule_version,
        **FIGURES,
        "limit_id": uuid4(),
        "input_reports": [{"id": str(uuid4()), "revision": 1}],
        "severity": "orange",
        "severity_rank": 1,
        "raised_at": NOW,
        "first_run": run,
        "last_run": run,
        **fields,
    }
    return Alert.objects.create(
        site_id=site.pk,
        region_id=site.region_id,
        enterprise_id=site.enterprise_id,
        **given,
    )


PANEL: dict[str, Any] = {
    "rule": "R301",
    "subject": "石灰",
    "period_start": date(2026, 11, 16),
    "period_end": date(2026, 11, 22),
    "first": date(2026, 11, 20),
    "last": date(2026, 11, 22),
    "hit_days": 3,
    "days": 7,
    "observed": Decimal("91.2"),
    "expected": Decimal("104.6"),
    "expected_lo": Decimal("99.8"),
    "expected_hi": Decimal("109.4"),
    "unit": "tce",
    "evidence": Decimal("4.2"),
    "amount_at_stake": Decimal("13.4"),
    "limit_id": None,
    "level": None,
    "baseline_start": date(2026, 5, 20),
    "baseline_end": date(2026, 10, 22),
    "peer_group": "lime|石灰",
    "peers": 12,
    "basis": "中华人民共和国节约能源法",
    "text": "自报燃料与产量之比持续偏离本企业历史",
}


def make_panel_alert(site: Site, **fields: Any) -> Alert:
    """An alert of a rule that compares with a history: no limit, a range instead."""
    run = fields.pop("run", None) or make_run(rule=fields.get("rule", PANEL["rule"]))
    return make_alert(site, **{**PANEL, "run": run, **fields})


def make_hits(alert: Alert, days: int = 3) -> list[Hit]:
    """The hits of an alert's last ``days`` days, as its run would have left them."""
    shared = {f.name for f in Hit._meta.concrete_fields} & {
        f.name for f in Alert._meta.concrete_fields
    }
    same = {name: getattr(alert, name) for name in shared - {"id", "period_start", "period_end"}}
    length = alert.period_end - alert.period_start
    ends = [alert.last - timedelta(days=back) for back in range(days)]
    return Hit.objects.bulk_create(
        [
            Hit(
                **same,
                period_start=end - length,
                period_end=end,
                input_report_ids=[row["id"] for row in alert.input_reports],
            )
            for end in ends
        ]
    )


def make_score(alert: Alert, *more: tuple[str, str]) -> Score:
    """The score of an alert's site on its last day: its own evidence and (rule, evidence) of others."""
    given = [(alert.rule, str(alert.evidence)), *more]
    parts = [{"rule": r, "subject": alert.subject, "evidence": e} for r, e in given]
    return Score.objects.create(
        site_id=alert.site_id,
        region_id=alert.region_id,
        enterprise_id=alert.enterprise_id,
        day=alert.last,
        score=sum(Decimal(e) ** 2 for _r, e in given),
        parts=parts,
    )


def make_change(**fields: Any) -> ParameterChange:
    """A proposal that was tried and waits for a decision."""
    given: dict[str, Any] = {
        "rule": "L101",
        "name": "energy_accuracy",
        "scope": "nation",
        "value": "2.0",
        "unit": "%",
        "former_value": "2.5",
        "effective_from": date(2026, 12, 1),
        "basis": "计量检定结果",
        "confidence": "to_verify",
        "proposed_account": 1,
        "proposed_name": "经办人",
        "proposed_at": NOW,
        "preview_state": "done",
        "preview_progress": 100,
        "preview_first": date(2026, 10, 1),
        "preview_last": date(2026, 10, 31),
        "preview_counts": {"before": 4, "after": 5, "added": 2, "gone": 1, "changed": 1},
        "preview_at": NOW,
        **fields,
    }
    return ParameterChange.objects.create(**given)
