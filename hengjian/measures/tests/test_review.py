"""Reporter and reviewer (填表人→审核人): nobody sends his own where the obligation asks for a review."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import (
    Conflict,
    NotPermitted,
    NotVisible,
    TransitionNotAllowed,
    ValidationFailed,
)
from hengjian.measures.models import Draft, Report
from hengjian.measures.services.drafts import save_draft
from hengjian.measures.services.review import (
    approve_report,
    hand_in,
    return_report,
    withdraw_report,
)
from hengjian.measures.services.submission import Outcome, Sent
from hengjian.measures.tests.scene import (
    DAY,
    NOW,
    QUANTITIES,
    TODAY,
    Scene,
    ask_review,
    make_scene,
    submit,
)
from tests.support.cast import account, actor, actor_of
from tests.support.roles import acting

pytestmark = [pytest.mark.django_db, pytest.mark.clause("G2")]


@pytest.fixture
def scene() -> Scene:
    made = make_scene()
    ask_review(made.site)
    return made


@pytest.fixture
def reviewer(scene: Scene) -> Actor:
    return actor(Role.ENTERPRISE_REVIEWER, enterprises=[scene.site.enterprise_id])


def sent(scene: Scene, *, reason: str = "", period: date = DAY, **changed: str) -> Sent:
    stated = {**QUANTITIES, **{code: (value, "") for code, value in changed.items()}}
    return Sent(uuid4(), scene.site.pk, "daily", period, "enterprise", stated, reason)


def give(who: Actor, what: Sent) -> tuple[Report | Draft, Outcome]:
    with acting(who):
        return hand_in(actor=who, sent=what, now=NOW, today=TODAY)


def approve(who: Actor, what: Sent) -> tuple[Report, Outcome]:
    with acting(who):
        return approve_report(actor=who, report_id=what.report_id, now=NOW, today=TODAY)


def send_back(who: Actor, what: Sent, reason: str = "煤量有误") -> Draft:
    with acting(who):
        return return_report(actor=who, report_id=what.report_id, reason=reason, now=NOW)


def test_what_is_handed_in_waits_and_is_received_with_both_names(
    scene: Scene, reviewer: Actor
) -> None:
    what = sent(scene)
    assert give(scene.reporter, what)[1] is Outcome.AWAITING
    assert give(scene.reporter, what)[1] is Outcome.AWAITING  # a second click
    assert not Report.objects.exists()
    report, outcome = approve(reviewer, what)
    assert outcome is Outcome.CREATED
    assert report.pk == what.report_id
    assert (report.reporter_name, report.reviewed_by_name) == (scene.reporter.name, reviewer.name)
    assert (report.reporter_account, report.reviewed_by_account) == (
        scene.reporter.account_id,
        reviewer.account_id,
    )
    assert not Draft.objects.exists()
    assert approve(reviewer, what) == (report, Outcome.REPLAYED)
    assert Report.objects.count() == 1
    acts = Entry.objects.filter(subject=f"measures.report:{report.pk}").order_by("id")
    assert [entry.verb for entry in acts] == ["measures.report.submit", "measures.report.review"]


def test_the_reporter_cannot_go_round_the_reviewer(scene: Scene) -> None:
    with pytest.raises(TransitionNotAllowed):
        submit(scene.reporter, scene.site)
    assert not Report.objects.exists()


def test_other_days_forms_sources_and_sites_need_no_review(scene: Scene) -> None:
    submit(scene.resident, scene.site, source="resident")
    free = make_scene()
    submit(free.reporter, free.site)
    earlier = sent(scene, period=date(2025, 12, 31))
    assert give(scene.reporter, earlier)[1] is Outcome.CREATED
    assert Report.objects.count() == 3


def test_nobody_reviews_his_own_even_with_both_posts(scene: Scene) -> None:
    what = sent(scene)
    give(scene.reporter, what)
    both = account(Role.ENTERPRISE_REVIEWER, enterprises=[scene.site.enterprise_id])
    Draft.objects.update(account=both)
    for act in (approve, send_back):
        with pytest.raises(NotPermitted):
            act(actor_of(both), what)
    assert not Report.objects.exists()


def test_the_database_refuses_a_reviewer_who_is_the_reporter(scene: Scene, reviewer: Actor) -> None:
    what = sent(scene)
    give(scene.reporter, what)
    report, _outcome = approve(reviewer, what)
    report.pk, report.revision, report.reason = uuid4(), 2, "again"
    report.reviewed_by_account = report.reporter_account
    with pytest.raises(IntegrityError, match="measures_report_reviewed"), transaction.atomic():
        report.save(force_insert=True)


def test_a_returned_report_carries_its_reason_and_may_be_sent_again(
    scene: Scene, reviewer: Actor
) -> None:
    what = sent(scene)
    give(scene.reporter, what)
    with pytest.raises(ValidationFailed):
        send_back(reviewer, what, "  ")
    draft = send_back(reviewer, what)
    assert (draft.state, draft.return_reason) == ("returned", "煤量有误")
    with pytest.raises(NotVisible):
        approve(reviewer, what)  # nothing waits any more
    again = sent(scene, raw_coal="510")
    assert give(scene.reporter, again)[1] is Outcome.AWAITING
    report, _outcome = approve(reviewer, again)
    assert report.quantities["raw_coal"]["value"] == "510"


def test_while_it_waits_nothing_else_is_taken_and_no_draft_is_kept(scene: Scene) -> None:
    what = sent(scene)
    give(scene.reporter, what)
    with pytest.raises(TransitionNotAllowed):
        give(scene.reporter, sent(scene, raw_coal="510"))
    reporter = scene.reporter

    def keep() -> None:
        save_draft(
            actor=reporter,
            site_id=scene.site.pk,
            period=DAY,
            now=NOW,
            payload={"raw_coal": "9"},
        )

    with acting(reporter), pytest.raises(TransitionNotAllowed):
        keep()
    with acting(reporter):
        withdraw_report(actor=reporter, report_id=what.report_id, now=NOW)
        keep()
    assert Draft.objects.get().state == "typed"


def test_wrong_people(scene: Scene, reviewer: Actor) -> None:
    what = sent(scene)
    give(scene.reporter, what)
    stranger = actor(Role.ENTERPRISE_REVIEWER, enterprises=[make_scene().site.enterprise_id])
    with pytest.raises(NotVisible):
        approve(stranger, what)
    colleague = actor(Role.ENTERPRISE_REPORTER, enterprises=[scene.site.enterprise_id])
    for act in (approve, send_back):
        for who in (colleague, scene.resident, actor(Role.CITY_OFFICER)):
            with pytest.raises(NotPermitted):
                act(who, what)
    with acting(colleague), pytest.raises(NotPermitted):
        withdraw_report(actor=colleague, report_id=what.report_id, now=NOW)
    with pytest.raises(NotPermitted):
        give(reviewer, sent(scene))
    assert not Report.objects.exists()


def test_faults_are_told_before_the_reviewer_sees_it(scene: Scene) -> None:
    with pytest.raises(ValidationFailed):
        give(scene.reporter, sent(scene, raw_coal="5万"))
    assert not Draft.objects.exists()


def test_what_became_wrong_meanwhile_is_not_received(scene: Scene, reviewer: Actor) -> None:
    what = sent(scene)
    give(scene.reporter, what)
    other = Draft.objects.get()
    Draft.objects.filter(pk=other.pk).update(account=account(Role.ENTERPRISE_REPORTER))
    second = sent(scene, period=DAY - timedelta(days=1))
    give(scene.reporter, second)
    approve(reviewer, second)
    Draft.objects.filter(pk=other.pk).update(period=DAY - timedelta(days=1))
    with pytest.raises(Conflict):
        approve(reviewer, what)
    assert Report.objects.count() == 1


def test_one_id_names_one_report_before_the_reviewer(scene: Scene) -> None:
    what = sent(scene)
    give(scene.reporter, what)
    other = replace(what, period=DAY - timedelta(days=1))
    with pytest.raises(Conflict):
        give(scene.reporter, other)
    assert Draft.objects.count() == 1
