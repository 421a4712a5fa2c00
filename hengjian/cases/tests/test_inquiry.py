"""Inquiries: every state × every act; the enterprise answers its own and sees nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from hengjian.cases.models import Answer, Inquiry, Problem, ProblemInquiry
from hengjian.cases.services import inquiry as services
from hengjian.cases.states import INQUIRY_STEPS, InquiryState, Step
from hengjian.cases.tests.factories import make_inquiry, make_problem
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import (
    NotPermitted,
    NotVisible,
    TransitionNotAllowed,
    ValidationFailed,
)
from hengjian.registry.tests.factories import make_site
from tests.support.cast import LINYI, actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


def act(name: str, who: Actor, inquiry: Inquiry) -> object:
    calls: dict[str, Callable[[], object]] = {
        "answer": lambda: services.answer(actor=who, inquiry=inquiry, text="检修", now=NOW),
        "accept": lambda: services.accept(actor=who, inquiry=inquiry, remark="", now=NOW),
        "return": lambda: services.return_answer(
            actor=who,
            inquiry=inquiry,
            remark="请附检修记录",
            due=date(2026, 11, 28),
            now=NOW,
            today=TODAY,
        ),
        "withdraw": lambda: services.withdraw(actor=who, inquiry=inquiry, reason="误发", now=NOW),
    }
    with acting(who):
        return calls[name]()


def reporter_of(inquiry: Inquiry) -> Actor:
    return actor(Role.ENTERPRISE_REPORTER, enterprises=[inquiry.enterprise_id])


@pytest.mark.parametrize("state", list(InquiryState))
@pytest.mark.parametrize("step", INQUIRY_STEPS, ids=lambda s: s.action)
def test_every_state_and_every_act(state: InquiryState, step: Step) -> None:
    inquiry = make_inquiry(make_site(), state=state)
    answers = Answer.objects.count()
    who = reporter_of(inquiry) if step.action == "answer" else actor(Role.CITY_OFFICER)
    if state in step.sources:
        act(step.action, who, inquiry)
        inquiry.refresh_from_db()
        assert inquiry.state == step.target
        assert Entry.objects.get(subject=f"cases.inquiry:{inquiry.pk}").verb == step.verb
        assert Answer.objects.count() == answers + (step.action == "answer")
    else:
        with pytest.raises(TransitionNotAllowed):
            act(step.action, who, inquiry)
        inquiry.refresh_from_db()
        assert inquiry.state == state
        assert Answer.objects.count() == answers


def test_a_returned_answer_has_a_new_working_day() -> None:
    inquiry = make_inquiry(make_site(), state="answered")
    act("return", actor(Role.CITY_OFFICER), inquiry)
    inquiry.refresh_from_db()
    assert inquiry.due == date(2026, 11, 30), "28 November 2026 is a Saturday"


@pytest.mark.parametrize("action", ["accept", "return", "withdraw"])
def test_the_enterprise_decides_nothing(action: str) -> None:
    inquiry = make_inquiry(make_site(), state="answered")
    with pytest.raises(NotPermitted):
        act(action, reporter_of(inquiry), inquiry)


@pytest.mark.parametrize("role", [Role.CITY_OFFICER, Role.OVERSIGHT, Role.RESIDENT_SUPERVISOR])
def test_nobody_answers_for_the_enterprise(role: Role) -> None:
    with pytest.raises(NotPermitted):
        act("answer", actor(role), make_inquiry(make_site()))


def test_another_enterprise_and_another_city() -> None:
    inquiry = make_inquiry(make_site())
    other = actor(Role.ENTERPRISE_REPORTER, enterprises=[make_site().enterprise_id])
    with pytest.raises(NotVisible):
        act("answer", other, inquiry)
    far = actor(Role.CITY_OFFICER, region=LINYI)
    with pytest.raises(NotVisible):
        act("withdraw", far, inquiry)
    for stranger in (other, far):
        with acting(stranger):
            assert not Inquiry.objects.exists(), "row security alone"
            assert not Answer.objects.exists()


@pytest.mark.clause("E1")
def test_the_enterprise_writes_no_more_than_its_answer() -> None:
    inquiry = make_inquiry(make_site())
    make_problem(inquiry.site)
    reporter = reporter_of(inquiry)
    with acting(reporter):
        assert Inquiry.objects.count() == 1
    forbidden_acts: tuple[Callable[[], object], ...] = (
        lambda: Inquiry.objects.update(due=date(2027, 1, 1)),
        lambda: Inquiry.objects.update(question="无"),
        Problem.objects.exists,
        ProblemInquiry.objects.exists,
    )
    for forbidden in forbidden_acts:
        with pytest.raises(Exception, match="permission denied"), acting(reporter):
            forbidden()


def test_an_answer_is_never_changed() -> None:
    inquiry = make_inquiry(make_site(), state="answered")
    for who in (reporter_of(inquiry), actor(Role.CITY_OFFICER)):
        with pytest.raises(Exception, match="permission denied"), acting(who):
            Answer.objects.update(text="改")


@pytest.mark.parametrize(
    "wrong",
    [{"question": " "}, {"due": None}, {"due": TODAY}, {"last": date(2026, 11, 1)}, {"title": ""}],
    ids=str,
)
def test_a_question_needs_its_parts(wrong: dict[str, object]) -> None:
    site, officer = make_site(), actor(Role.CITY_OFFICER)
    given: dict[str, object] = {
        "title": "请说明",
        "question": "原因？",
        "first": date(2026, 11, 15),
        "last": date(2026, 11, 22),
        "due": date(2026, 11, 26),
        **wrong,
    }
    with pytest.raises(ValidationFailed), acting(officer):
        services.ask(actor=officer, site=site, now=NOW, today=TODAY, **given)  # type: ignore[arg-type]  # one of them is wrong
    assert not Inquiry.objects.exists()
