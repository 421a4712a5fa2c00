"""People who act on the same thing at the same moment: one wins, the others are told; nothing is half done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from hengjian.cases.models import Inquiry, Problem
from hengjian.cases.services.problem import close
from hengjian.cases.tests.factories import duty_of, make_inquiry, make_problem
from hengjian.kernel.access.actor import Actor, worker
from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.models import Duty
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.database.scope import transaction_as
from hengjian.kernel.errors import DomainError
from hengjian.kernel.people.models import Person, Post, Term
from hengjian.kernel.people.services import appoint, create_organ, create_post, register_person
from hengjian.monitoring.models import Alert
from hengjian.monitoring.services import triage
from hengjian.monitoring.tests.factories import make_alert
from hengjian.registry.tests.factories import make_site
from tests.support import database
from tests.support.at_once import committed, run_at_once
from tests.support.cast import RIZHAO, account, actor
from tests.support.plugin import SERVER

PEOPLE = 8
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY, DUE = date(2026, 11, 23), date(2026, 11, 26)
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Stage:
    """A database of its own and two officers who see the same."""

    database: str
    officers: tuple[Actor, Actor]


@pytest.fixture
def stage(django_db_setup: None, django_db_blocker: Any, worker_id: str) -> Iterator[Stage]:
    with django_db_blocker.unblock(), database.clone(SERVER, f"at_once_{worker_id}") as name:
        pair = committed(name, lambda: (actor(Role.CITY_OFFICER), actor(Role.DRC_OFFICER)))
        yield Stage(name, pair)


def tried(who: Actor, act: Callable[[], object]) -> str:
    """One request's transaction under the person's role; ``won``, or what the error page says."""
    try:
        with transaction_as(kind=who.kind, uid=who.account_id, duty=who.duty_id, today=TODAY):
            act()
    except DomainError as error:
        return f"{error.status} {error.message}"
    return "won"


def triage_act(name: str, alert: Alert, who: Actor, handler: Duty) -> Callable[[], object]:
    due: dict[str, Any] = {"due": DUE, "now": NOW, "today": TODAY}
    return {
        "dismiss": lambda: triage.dismiss(actor=who, alert=alert, reason="检修", now=NOW),
        "ask": lambda: triage.ask_explanation(
            actor=who, alert=alert, title="请说明", question="原因？", **due
        ),
        "open": lambda: triage.open_problem(
            actor=who, alert=alert, title="单耗超限额", handler_duty=handler.pk, **due
        ),
    }[name]


@pytest.mark.clause("E1")
@pytest.mark.parametrize(
    ("acts", "answered"),
    [
        (("dismiss", "dismiss"), False),
        (("open", "open"), False),
        (("ask", "ask"), False),
        (("dismiss", "open"), False),
        (("dismiss", "open"), True),
    ],
)
def test_one_of_those_who_triage_an_alert_wins(
    stage: Stage, acts: tuple[str, str], answered: bool
) -> None:
    def set_up() -> tuple[Alert, Duty]:
        site = make_site()
        asked = (
            {"state": "asked", "inquiry": make_inquiry(site, state="answered")} if answered else {}
        )
        alert = make_alert(site, **asked)
        return alert, duty_of(account(Role.CITY_OFFICER))

    alert, handler = committed(stage.database, set_up)

    def one(number: int) -> str:
        who = stage.officers[number % 2]
        return tried(who, triage_act(acts[number % 2], alert, who, handler))

    outcomes = run_at_once(stage.database, PEOPLE, one)
    assert outcomes == {"won": 1, "409 当前状态不允许此操作": PEOPLE - 1}

    def look() -> None:
        alert.refresh_from_db()
        assert alert.state in {"dismissed", "problem", "asked"}
        assert Problem.objects.count() == (alert.state == "problem")
        assert Inquiry.objects.count() == (answered or alert.state == "asked")
        entries = Entry.objects.filter(subject=f"monitoring.alert:{alert.pk}")
        assert entries.count() == 1
        if answered:
            wanted = "accepted" if alert.state == "dismissed" else "answered"
            assert Inquiry.objects.get().state == wanted

    committed(stage.database, look)


def test_one_of_those_who_close_a_problem_wins(stage: Stage) -> None:
    problem = committed(stage.database, lambda: make_problem(make_site(), state="proposed"))

    def one(number: int) -> str:
        who = stage.officers[number % 2]
        return tried(who, lambda: close(actor=who, problem=problem, opinion="同意", now=NOW))

    outcomes = run_at_once(stage.database, PEOPLE, one)
    assert outcomes == {"won": 1, "409 当前状态不允许此操作": PEOPLE - 1}
    subject = f"cases.problem:{problem.pk}"
    assert committed(stage.database, lambda: Entry.objects.filter(subject=subject).count()) == 1


@pytest.mark.clause("S1")
def test_a_post_gets_one_holder(stage: Stage) -> None:
    def set_up() -> tuple[Post, list[Person]]:
        platform = worker("test")
        organ = create_organ(
            actor=platform, name="测试单位", department="drc", region=RIZHAO, now=NOW
        )
        post = create_post(
            actor=platform, organ=organ, title="经办", role=Role.CITY_OFFICER, now=NOW
        )
        people = [
            register_person(
                actor=platform, name=f"候选人{n}", region=RIZHAO,
                account=account(Role.COUNTY_OFFICER), now=NOW,
            )
            for n in range(PEOPLE)
        ]  # fmt: skip
        return post, people

    post, people = committed(stage.database, set_up)
    duties = committed(stage.database, Duty.objects.count)

    def one(number: int) -> str:
        who = stage.officers[number % 2]
        return tried(
            who,
            lambda: appoint(actor=who, person=people[number], post=post, valid_from=TODAY, now=NOW),
        )

    outcomes = run_at_once(stage.database, PEOPLE, one)
    assert outcomes == {"won": 1, "422 提交的内容有误，未保存": PEOPLE - 1}
    assert committed(stage.database, lambda: Term.objects.filter(post=post).count()) == 1
    assert committed(stage.database, Duty.objects.count) == duties + 1
