"""Triage: every state × every act, right person, both walls, twice, wrong time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from hengjian.cases.models import Inquiry, Problem
from hengjian.cases.states import Step
from hengjian.cases.tests.factories import duty_of
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import (
    NotPermitted,
    NotVisible,
    TransitionNotAllowed,
    ValidationFailed,
)
from hengjian.monitoring.models import Alert
from hengjian.monitoring.services import triage
from hengjian.monitoring.states import ALERT_STEPS, AlertState
from hengjian.monitoring.tests.factories import make_alert
from hengjian.registry.tests.factories import make_site
from tests.support.cast import LINYI, account, actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
DUE = date(2026, 11, 26)
PERSONS = [step for step in ALERT_STEPS if step.action in {"dismiss", "ask", "open", "reopen"}]


def act(name: str, who: Actor, alert: Alert, due: date | None = DUE) -> object:
    handler = duty_of(account(Role.CITY_OFFICER)).pk
    calls: dict[str, Callable[[], object]] = {
        "dismiss": lambda: triage.dismiss(actor=who, alert=alert, reason="检修", now=NOW),
        "reopen": lambda: triage.reopen(actor=who, alert=alert, reason="再看一次", now=NOW),
        "ask": lambda: triage.ask_explanation(
            actor=who,
            alert=alert,
            title="请说明能耗情况",
            question="原因？",
            due=due,
            now=NOW,
            today=TODAY,
        ),
        "open": lambda: triage.open_problem(
            actor=who,
            alert=alert,
            title="单耗超限额",
            handler_duty=handler,
            due=due,
            now=NOW,
            today=TODAY,
        ),
    }
    with acting(who):
        return calls[name]()


@pytest.mark.parametrize("state", list(AlertState))
@pytest.mark.parametrize("step", PERSONS, ids=lambda s: s.action)
def test_every_state_and_every_act(state: AlertState, step: Step) -> None:
    alert = make_alert(make_site(), state=state)
    officer = actor(Role.CITY_OFFICER)
    if state in step.sources:
        act(step.action, officer, alert)
        alert.refresh_from_db()
        assert alert.state == step.target
        assert alert.decided_by.startswith(officer.name)
        entry = Entry.objects.get(subject=f"monitoring.alert:{alert.pk}")
        assert (entry.verb, bool(entry.reason)) == (step.verb, True)
    else:
        with pytest.raises(TransitionNotAllowed):
            act(step.action, officer, alert)
        alert.refresh_from_db()
        assert alert.state == state
        assert not Entry.objects.filter(subject=f"monitoring.alert:{alert.pk}").exists()


@pytest.mark.parametrize("action", ["dismiss", "ask", "open"])
def test_twice_is_refused(action: str) -> None:
    alert = make_alert(make_site())
    act(action, actor(Role.CITY_OFFICER), alert)
    with pytest.raises(TransitionNotAllowed):
        act(action, actor(Role.CITY_OFFICER), alert)


@pytest.mark.parametrize(
    "role",
    [
        Role.ENTERPRISE_REPORTER,
        Role.RESIDENT_SUPERVISOR,
        Role.OVERSIGHT,
        Role.DEPARTMENT_OFFICER,
        Role.AUDIT_ADMIN,
    ],
)
@pytest.mark.parametrize("action", ["dismiss", "ask", "open"])
def test_wrong_role(role: Role, action: str) -> None:
    alert = make_alert(make_site())
    with pytest.raises(NotPermitted):
        act(action, actor(role), alert)


@pytest.mark.parametrize("action", ["dismiss", "ask", "open"])
def test_another_city(action: str) -> None:
    alert = make_alert(make_site())
    with pytest.raises(NotVisible):
        act(action, actor(Role.CITY_OFFICER, region=LINYI), alert)
    alert.refresh_from_db()
    assert alert.state == "new"


@pytest.mark.parametrize("action", ["ask", "open"])
@pytest.mark.parametrize("due", [None, TODAY])
def test_a_day_that_is_no_deadline(action: str, due: date | None) -> None:
    alert = make_alert(make_site())
    with pytest.raises(ValidationFailed):
        act(action, actor(Role.CITY_OFFICER), alert, due)
    alert.refresh_from_db()
    assert (alert.state, alert.inquiry_id, alert.problem_id) == ("new", None, None)


@pytest.mark.clause("E1")
def test_what_the_enterprise_gets_holds_nothing_of_the_alert() -> None:
    alert = make_alert(make_site())
    act("ask", actor(Role.CITY_OFFICER), alert)
    inquiry = Inquiry.objects.get()
    stored = " ".join(str(value) for value in Inquiry.objects.values().get().values())
    for secret in (str(alert.pk), alert.number, alert.text, alert.basis, "142.5", "135"):
        assert secret not in stored
    assert (inquiry.first, inquiry.last, inquiry.due) == (alert.first, alert.last, DUE)


def test_a_problem_takes_facts_severity_and_the_inquiry_along() -> None:
    alert = make_alert(make_site(), state="asked")
    act("open", actor(Role.CITY_OFFICER), alert)
    problem = Problem.objects.get()
    assert (problem.facts, problem.severity) == (alert.text, alert.severity)
    assert problem.origin == f"monitoring.alert:{alert.pk}"
    assert problem.inquiry_links.get().inquiry_id == alert.inquiry_id


@pytest.mark.parametrize(
    ("before", "after"),
    [("asked", "withdrawn"), ("answered", "accepted"), ("returned", "withdrawn")],
)
def test_dismissing_settles_what_was_asked(before: str, after: str) -> None:
    alert = make_alert(make_site(), state="asked")
    now = NOW if before == "answered" else None
    Inquiry.objects.update(state=before, answered_at=now)
    act("dismiss", actor(Role.CITY_OFFICER), alert)
    assert Inquiry.objects.get().state == after


def test_many_are_dismissed_with_one_reason_or_none_is() -> None:
    site = make_site()
    rows = [make_alert(site, first=date(2026, 11, day)) for day in (1, 5, 9)]
    foreign = make_alert(make_site(region=371302))
    officer = actor(Role.CITY_OFFICER)
    for ids in ([*rows, foreign], [*rows, make_alert(site, state="problem")], []):
        with (
            pytest.raises((NotVisible, TransitionNotAllowed, ValidationFailed)),
            acting(officer),
        ):
            triage.dismiss_all(
                actor=officer, alerts=[a.pk for a in ids], reason="仪表检定", now=NOW
            )
        assert Alert.objects.filter(state="dismissed").count() == 0
    with acting(officer):
        done = triage.dismiss_all(
            actor=officer, alerts=[a.pk for a in rows], reason="仪表检定", now=NOW
        )
    assert done == 3
    assert set(Alert.objects.filter(state="dismissed").values_list("reason", flat=True)) == {
        "仪表检定"
    }


def test_a_reason_is_needed() -> None:
    alert, officer = make_alert(make_site()), actor(Role.CITY_OFFICER)
    with pytest.raises(ValidationFailed), acting(officer):
        triage.dismiss(actor=officer, alert=alert, reason="  ", now=NOW)
