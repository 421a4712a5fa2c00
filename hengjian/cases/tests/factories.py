"""Problems and inquiries of an invented site, for the tests of every app.

problem = make_problem(site)
inquiry = make_inquiry(site)
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from hengjian.cases.models import Answer, Inquiry, Problem
from hengjian.cases.states import ProblemState, Severity
from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.models import Account, Duty
from hengjian.registry.models import Site

NOW = datetime(2026, 11, 20, 8, 40, tzinfo=UTC)
_numbers = count(1)


def _scope(site: Site) -> dict[str, Any]:
    return {"site_id": site.pk, "region_id": site.region_id, "enterprise_id": site.enterprise_id}


def duty_of(who: Account) -> Duty:
    """The first duty of an account."""
    return Duty.objects.filter(account=who).order_by("id")[0]


def make_problem(site: Site, *, handler: Account | None = None, **fields: Any) -> Problem:
    """A problem; ``handler`` None makes a city officer of the site's city."""
    if handler is None:
        from tests.support.cast import account

        handler = account(Role.CITY_OFFICER, region=site.region_id // 100 * 100)
    duty = duty_of(handler)
    number = next(_numbers)
    given: dict[str, Any] = {
        "number": f"P-{number:05d}",
        "title": f"测试问题{number}",
        "facts": "单位产品能耗高于限额",
        "severity": Severity.ORANGE,
        "origin": "test:0",
        "handler_duty": duty,
        "handler_account": handler.pk,
        "handler_name": handler.name,
        "handler_post": duty.post,
        "deadline": date(2026, 12, 4),
        "opened_name": "测试立案人",
        "opened_at": NOW,
        **fields,
    }
    if given.get("state") in {ProblemState.PROPOSED, ProblemState.CLOSED}:
        given = {
            "outcome": "rectified",
            "outcome_text": "已整改",
            "proposed_by": handler.pk,
            "proposed_at": NOW,
        } | given
    if given.get("state") == ProblemState.CLOSED:
        given = {"closed_at": NOW} | given
    return Problem.objects.create(**_scope(site), **given)


def make_inquiry(site: Site, **fields: Any) -> Inquiry:
    """An inquiry that awaits its answer; answered states get one answer."""
    number = next(_numbers)
    answered = fields.get("state") in {"answered", "accepted", "returned"}
    given: dict[str, Any] = {
        "number": f"Q-{number:05d}",
        "title": f"测试函询{number}",
        "question": "请说明单位产品能耗升高的原因",
        "first": date(2026, 11, 15),
        "last": date(2026, 11, 22),
        "asked_name": "测试经办人",
        "asked_post": "测试单位 · 市级经办",
        "asked_at": NOW,
        "due": date(2026, 11, 26),
        "answered_at": NOW if answered else None,
        **fields,
    }
    inquiry = Inquiry.objects.create(**_scope(site), **given)
    if answered:
        Answer.objects.create(
            **_scope(site), inquiry=inquiry, text="检修后重新点火", by_name="测试填报人", at=NOW
        )
    return inquiry
