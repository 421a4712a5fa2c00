"""Alerts of an invented site, for the tests of every app.

alert = make_alert(site)
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from hengjian.cases.tests.factories import make_inquiry, make_problem
from hengjian.monitoring.models import Alert, Run
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
