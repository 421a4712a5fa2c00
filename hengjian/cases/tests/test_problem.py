"""Problems: every state × every act, the right person, both walls, deadlines."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from hengjian.cases.models import Problem
from hengjian.cases.services import problem as services
from hengjian.cases.states import PROBLEM_STEPS, Outcome, ProblemState, Severity, Step
from hengjian.cases.tests.factories import duty_of, make_problem
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import (
    NotPermitted,
    NotVisible,
    TransitionNotAllowed,
    ValidationFailed,
)
from hengjian.registry.models import Site
from hengjian.registry.tests.factories import make_site
from tests.support.cast import LINYI, account, actor, actor_of
from tests.support.roles import acting

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


def act(name: str, who: Actor, problem: Problem) -> Problem:
    calls = {
        "start": lambda: services.start(actor=who, problem=problem, opinion="", now=NOW),
        "propose": lambda: services.propose(
            actor=who, problem=problem, outcome=Outcome.RECTIFIED, text="已整改到位", now=NOW
        ),
        "return": lambda: services.return_problem(
            actor=who, problem=problem, opinion="缺少照片", now=NOW
        ),
        "close": lambda: services.close(actor=who, problem=problem, opinion="同意", now=NOW),
        "reassign": lambda: services.reassign(
            actor=who,
            problem=problem,
            handler_duty=problem.handler_duty_id,
            due=date(2026, 12, 11),
            reason="现场核查需延期",
            now=NOW,
            today=TODAY,
        ),
    }
    with acting(who):
        return calls[name]()


@pytest.mark.parametrize("state", list(ProblemState))
@pytest.mark.parametrize("step", PROBLEM_STEPS, ids=lambda s: s.action)
def test_every_state_and_every_act(state: ProblemState, step: Step) -> None:
    handler = account(Role.CITY_OFFICER)
    problem = make_problem(make_site(), handler=handler, state=state)
    who = actor_of(handler) if step.action in services.HANDLERS_OWN else actor(Role.CITY_OFFICER)
    if state in step.sources:
        act(step.action, who, problem)
        problem.refresh_from_db()
        assert problem.state == step.target
        assert Entry.objects.filter(
            subject=f"cases.problem:{problem.pk}", verb=step.verb, refused=False
        ).exists()
    else:
        with pytest.raises(TransitionNotAllowed):
            act(step.action, who, problem)
        problem.refresh_from_db()
        assert problem.state == state


@pytest.mark.clause("E1")
def test_nobody_closes_what_he_handled() -> None:
    handler = account(Role.CITY_OFFICER)
    problem = make_problem(make_site(), handler=handler)
    mine = actor_of(handler)
    act("start", mine, problem)
    act("propose", mine, problem)
    for name in ("close", "return"):
        with pytest.raises(NotPermitted):
            act(name, mine, problem)
    closed = act("close", actor(Role.CITY_OFFICER), problem)
    assert (closed.state, closed.outcome) == ("closed", "rectified")


def test_the_database_too_refuses_a_handler_who_closes() -> None:
    handler = account(Role.CITY_OFFICER)
    problem = make_problem(make_site(), handler=handler, state="proposed")
    with pytest.raises(IntegrityError), transaction.atomic():
        Problem.objects.filter(pk=problem.pk).update(
            state="closed", closed_at=NOW, closed_by=handler.pk
        )


def test_only_the_handler_starts_and_proposes() -> None:
    problem = make_problem(make_site())
    with pytest.raises(NotPermitted):
        act("start", actor(Role.CITY_OFFICER), problem)


@pytest.mark.parametrize(
    "role", [Role.ENTERPRISE_REPORTER, Role.OVERSIGHT, Role.GOVERNMENT_APPROVER, Role.SYSTEM_ADMIN]
)
def test_wrong_role(role: Role) -> None:
    problem = make_problem(make_site(), state="proposed")
    with pytest.raises(NotPermitted):
        act("close", actor(role), problem)


def test_a_county_officer_does_not_close() -> None:
    with pytest.raises(NotPermitted):
        act("close", actor(Role.COUNTY_OFFICER), make_problem(make_site(), state="proposed"))


def test_another_city_sees_nothing() -> None:
    problem = make_problem(make_site(), state="proposed")
    stranger = actor(Role.CITY_OFFICER, region=LINYI)
    with pytest.raises(NotVisible):
        act("close", stranger, problem)
    with acting(stranger):
        assert not Problem.objects.exists(), "row security alone"
    with acting(actor(Role.CITY_OFFICER)):
        assert Problem.objects.count() == 1


def test_the_enterprise_reaches_no_problem_by_either_wall() -> None:
    site = make_site()
    make_problem(site)
    reporter = actor(Role.ENTERPRISE_REPORTER, enterprises=[site.enterprise_id])
    assert not Problem.objects.visible_to(reporter).exists()
    with pytest.raises(Exception, match="permission denied"), acting(reporter):
        Problem.objects.exists()


def open_it(site: Site, **changed: Any) -> Problem:
    officer = actor(Role.CITY_OFFICER)
    given: dict[str, Any] = {
        "title": "焦炭单位产品能耗超限额",
        "facts": "11月22日 142.5 kgce/t，限额 135",
        "severity": Severity.ORANGE,
        "origin": "monitoring.alert:x",
        "handler_duty": duty_of(account(Role.COUNTY_OFFICER)).pk,
        "due": date(2026, 12, 5),
        **changed,
    }
    with acting(officer):
        return services.open_problem(actor=officer, site=site, now=NOW, today=TODAY, **given)


def test_opening_moves_the_deadline_to_a_working_day_and_numbers_by_year() -> None:
    site = make_site()
    first, second = open_it(site), open_it(site)
    assert first.deadline == date(2026, 12, 7), "5 December 2026 is a Saturday"
    assert first.number.startswith("WT-2026-")
    assert int(second.number[-4:]) == int(first.number[-4:]) + 1


@pytest.mark.parametrize("due", [None, TODAY, date(2026, 11, 20)])
def test_a_deadline_is_required_and_lies_ahead(due: date | None) -> None:
    with pytest.raises(ValidationFailed):
        open_it(make_site(), due=due)
    assert not Problem.objects.exists()


def test_a_handler_must_reach_the_region() -> None:
    foreign = duty_of(account(Role.CITY_OFFICER, region=LINYI)).pk
    for duty in (None, foreign, duty_of(account(Role.OVERSIGHT)).pk, 10**9):
        with pytest.raises(ValidationFailed):
            open_it(make_site(), handler_duty=duty)
    assert open_it(make_site(), handler_duty=duty_of(account(Role.DRC_OFFICER)).pk).state == "open"
