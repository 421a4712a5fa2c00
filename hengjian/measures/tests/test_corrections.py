"""Corrections after cut-off and month lock: who decides, what becomes of the figures, and everything that is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import Error, connection, transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.database.scope import transaction_as
from hengjian.kernel.errors import (
    Conflict,
    DomainError,
    NotPermitted,
    NotVisible,
    TooEarlyOrLate,
    TransitionNotAllowed,
    ValidationFailed,
)
from hengjian.measures.models import Correction, Report
from hengjian.measures.services.corrections import (
    ask_correction,
    decide_correction,
    withdraw_correction,
)
from hengjian.measures.services.submission import submit_report
from hengjian.measures.services.window import ApprovalNeeded
from hengjian.measures.tests.scene import DAY, QUANTITIES, Scene, make_scene
from tests.support.at_once import own_database, run_at_once
from tests.support.cast import LINYI, actor
from tests.support.roles import acting, as_loader_now

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
MORE_COAL = {**QUANTITIES, "raw_coal": ("800", "")}


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI).astimezone(UTC)


IN_TIME, CUT_OFF, LOCKED = date(2026, 11, 23), date(2026, 11, 27), date(2026, 12, 12)


def send(who: Actor, scene: Scene, *, on: date, reason: str = "", **given: Any) -> Report:
    with acting(who):
        return submit_report(
            actor=who, report_id=uuid4(), site_id=scene.site.pk, form="daily", period=DAY,
            source="enterprise", quantities=given.get("quantities", QUANTITIES), reason=reason,
            now=noon(on), today=on,
        )[0]  # fmt: skip


def ask(who: Actor, scene: Scene, *, on: date, **changed: Any) -> Correction:
    given: dict[str, Any] = {
        "form": "daily", "period": DAY, "quantities": MORE_COAL, "reason": "磅单漏计一车煤", **changed,
    }  # fmt: skip
    with acting(who):
        return ask_correction(actor=who, site_id=scene.site.pk, now=noon(on), today=on, **given)


def decide(
    who: Actor, row: Correction, *, on: date, approve: bool = True, reason: str = "磅单属实"
) -> Correction:
    with acting(who):
        return decide_correction(
            actor=who, correction_id=row.pk, approve=approve, reason=reason, now=noon(on), today=on
        )


@pytest.fixture
def scene() -> Scene:
    made = make_scene()
    send(made.reporter, made, on=IN_TIME)
    return made


def figures(scene: Scene) -> list[tuple[int, str]]:
    rows = Report.objects.filter(site=scene.site, source="enterprise").order_by("revision")
    return [(r.revision, f"{r.coal_t.normalize():f}") for r in rows]


@pytest.mark.clause("M2.4")
def test_before_the_cut_off_nobody_is_asked(scene: Scene) -> None:
    send(scene.reporter, scene, on=DAY + timedelta(days=3), reason="漏计", quantities=MORE_COAL)
    assert figures(scene) == [(1, "500"), (2, "800")]
    with pytest.raises(TooEarlyOrLate):
        ask(scene.reporter, scene, on=IN_TIME)


def test_a_first_report_still_comes_late() -> None:
    late = make_scene()
    send(late.reporter, late, on=LOCKED)
    assert figures(late) == [(1, "500")]
    with pytest.raises(TooEarlyOrLate):
        send(late.reporter, late, on=DAY - timedelta(days=1))


@pytest.mark.parametrize(
    ("on", "words", "level"),
    [(CUT_OFF, "县级或市级", "county_city"), (LOCKED, "省级", "province")],
)
def test_after_it_the_refusal_says_whom_to_ask(
    scene: Scene, on: date, words: str, level: str
) -> None:
    with pytest.raises(ApprovalNeeded) as refused:
        send(scene.reporter, scene, on=on, reason="漏计", quantities=MORE_COAL)
    assert words in refused.value.message
    assert "不会丢失" in refused.value.message
    assert refused.value.data["level"] == level
    assert figures(scene) == [(1, "500")]
    assert ask(scene.reporter, scene, on=on).level == level


@pytest.mark.clause("M2.4")
def test_approved_the_next_revision_stands_in_the_name_of_who_asked(scene: Scene) -> None:
    row = ask(scene.reporter, scene, on=CUT_OFF)
    assert figures(scene) == [(1, "500")]
    assert (f"{row.coal_t:f}", row.base_revision) == ("800.000000", 1)
    officer = actor(Role.COUNTY_OFFICER)
    done = decide(officer, row, on=CUT_OFF)
    assert figures(scene) == [(1, "500"), (2, "800")]
    assert done.made_report is not None
    made = Report.objects.get(pk=done.made_report)
    assert (made.reporter_account, made.reason) == (scene.reporter.account_id, "磅单漏计一车煤")
    assert (made.received_at, made.quantities) == (noon(CUT_OFF), row.quantities)
    assert (done.decided_name, done.decision_reason) == (officer.name, "磅单属实")
    verbs = Entry.objects.filter(verb__startswith="measures.correction").order_by("pk")
    assert list(verbs.values_list("verb", "actor_name", "reason")) == [
        ("measures.correction.ask", scene.reporter.name, "磅单漏计一车煤"),
        ("measures.correction.decide", officer.name, "磅单属实"),
        ("measures.correction.decide", officer.name, "磅单属实"),
    ]


@pytest.mark.clause("M2.4")
def test_after_the_month_lock_the_province_alone_decides(scene: Scene) -> None:
    row = ask(scene.reporter, scene, on=LOCKED)
    for role in (Role.CITY_OFFICER, Role.COUNTY_LEAD, Role.COUNTY_OFFICER):
        with pytest.raises(NotPermitted):
            decide(actor(role), row, on=LOCKED)
    assert figures(scene) == [(1, "500")]
    decide(actor(Role.DRC_OFFICER), row, on=LOCKED)
    assert figures(scene) == [(1, "500"), (2, "800")]


def test_asked_before_the_lock_and_decided_after_it_goes_to_the_province(scene: Scene) -> None:
    row = ask(scene.reporter, scene, on=CUT_OFF)
    with pytest.raises(NotPermitted):
        decide(actor(Role.CITY_OFFICER), row, on=LOCKED)
    assert decide(actor(Role.DRC_LEAD), row, on=LOCKED).level == "province"


def test_refused_and_withdrawn_change_no_figure(scene: Scene) -> None:
    officer = actor(Role.CITY_OFFICER)
    row = decide(officer, ask(scene.reporter, scene, on=CUT_OFF), on=CUT_OFF, approve=False)
    assert (row.state, row.made_report) == ("refused", None)
    again = ask(scene.reporter, scene, on=CUT_OFF)
    with acting(scene.reporter):
        withdraw_correction(actor=scene.reporter, correction_id=again.pk, now=noon(CUT_OFF))
    with pytest.raises(TransitionNotAllowed):
        decide(officer, again, on=CUT_OFF)
    with pytest.raises(TransitionNotAllowed):
        decide(officer, row, on=CUT_OFF)
    assert figures(scene) == [(1, "500")]


def test_one_application_at_a_time(scene: Scene) -> None:
    ask(scene.reporter, scene, on=CUT_OFF)
    with pytest.raises(Conflict):
        ask(scene.reporter, scene, on=CUT_OFF)
    assert Correction.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "字" * 501}, "reason"),
        ({"quantities": QUANTITIES}, "quantities"),
        ({"quantities": {**QUANTITIES, "raw_coal": ("很多", "")}}, "quantities.raw_coal"),
        ({"form": "weekly"}, "form"),
    ],
)
def test_each_fault_is_named(scene: Scene, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationFailed) as failed:
        ask(scene.reporter, scene, on=CUT_OFF, **changed)
    assert field in {fault.field for fault in failed.value.errors}
    assert not Correction.objects.exists()


def test_nothing_reported_is_nothing_to_correct() -> None:
    empty = make_scene()
    with pytest.raises(Conflict):
        ask(empty.reporter, empty, on=CUT_OFF)


def test_others_keep_out(scene: Scene) -> None:
    row = ask(scene.reporter, scene, on=CUT_OFF)
    with pytest.raises(NotVisible):
        decide(actor(Role.CITY_OFFICER, region=LINYI), row, on=CUT_OFF)
    for who in (
        actor(Role.DEPARTMENT_OFFICER),
        actor(Role.OVERSIGHT),
        scene.reporter,
        actor(Role.ENTERPRISE_REVIEWER, enterprises=[scene.site.enterprise_id]),
    ):
        with pytest.raises(NotPermitted):
            decide(who, row, on=CUT_OFF)
    with pytest.raises(ValidationFailed):
        decide(actor(Role.CITY_OFFICER), row, on=CUT_OFF, reason=" ")
    stranger = make_scene().reporter
    with pytest.raises(NotVisible):
        ask(stranger, scene, on=CUT_OFF)
    with pytest.raises(NotVisible), acting(stranger):
        withdraw_correction(actor=stranger, correction_id=row.pk, now=noon(CUT_OFF))
    with pytest.raises(NotPermitted):
        ask(actor(Role.CITY_OFFICER), scene, on=CUT_OFF)
    with acting(scene.resident):
        assert not Correction.objects.exists()
    assert figures(scene) == [(1, "500")]


def test_another_revision_in_between_must_be_asked_again(scene: Scene) -> None:
    row = ask(scene.reporter, scene, on=CUT_OFF)
    send(
        scene.reporter,
        scene,
        on=IN_TIME,
        reason="另一处更正",
        quantities={**QUANTITIES, "raw_coal": ("600", "")},
    )
    officer = actor(Role.CITY_OFFICER)
    with pytest.raises(Conflict):
        decide(officer, row, on=CUT_OFF)
    assert figures(scene) == [(1, "500"), (2, "600")]
    decide(officer, row, on=CUT_OFF, approve=False, reason="请按第2版重新申请")
    decide(officer, ask(scene.reporter, scene, on=CUT_OFF), on=CUT_OFF)
    assert figures(scene) == [(1, "500"), (2, "600"), (3, "800")]


def test_the_database_lets_an_official_insert_nothing_else(scene: Scene) -> None:
    """The second wall: the grant that an approval needs is good for nothing but an approval."""
    row = Report.objects.get()
    officer = actor(Role.CITY_OFFICER)
    row.pk, row.revision, row.reason = uuid4(), 2, "自行改数"
    with pytest.raises(Error, match="approved correction"), acting(officer):
        row.save(force_insert=True)
    assert figures(scene) == [(1, "500")]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM measures_correction",
        "UPDATE measures_correction SET reason = 'x'",
        "UPDATE measures_correction SET quantities = '{}'",
        "UPDATE measures_correction SET state = 'approved'",
        (
            "UPDATE measures_correction SET state = 'approved', decided_at = now(), decision_reason = 'x',"
            " decided_account = asked_account, made_report = gen_random_uuid()"
        ),
    ],
)
def test_applications_are_never_rewritten(scene: Scene, statement: str) -> None:
    ask(scene.reporter, scene, on=CUT_OFF)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Correction.objects.get().state == "pending"


@pytest.fixture
def stage(
    django_db_setup: None, django_db_blocker: Any, worker_id: str
) -> Iterator[tuple[str, Correction, list[Actor]]]:
    """A pending application and two officials, committed, in a clone of its own."""
    with django_db_blocker.unblock(), own_database(f"corrections_{worker_id}") as name:
        with transaction.atomic():
            as_loader_now()
            made = make_scene()
            send(made.reporter, made, on=IN_TIME)
            row = ask(made.reporter, made, on=CUT_OFF)
            officers = [actor(Role.CITY_OFFICER), actor(Role.COUNTY_OFFICER)]
        yield name, row, officers


@pytest.mark.slow
def test_two_approve_at_once_and_one_revision_is_made(
    stage: tuple[str, Correction, list[Actor]],
) -> None:
    name, row, officers = stage

    def approve(number: int) -> str:
        who = officers[number % 2]
        try:
            with transaction_as(kind=who.kind, uid=who.account_id, duty=who.duty_id, today=CUT_OFF):
                decide_correction(
                    actor=who, correction_id=row.pk, approve=True, reason="属实",
                    now=noon(CUT_OFF), today=CUT_OFF,
                )  # fmt: skip
        except DomainError as refused:
            return refused.code
        return "approved"

    assert run_at_once(name, 8, approve) == {"approved": 1, "wrong_state": 7}
    with transaction.atomic():
        as_loader_now()
        assert Report.objects.count() == 2
        assert Correction.objects.get().state == "approved"
