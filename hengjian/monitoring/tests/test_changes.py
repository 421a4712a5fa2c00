"""Parameters by approval: proposed, tried on last month's data, decided by another; the past keeps its values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from hengjian.cases.states import Severity
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import (
    Conflict,
    NotPermitted,
    TooEarlyOrLate,
    TransitionNotAllowed,
    ValidationFailed,
)
from hengjian.monitoring.models import Alert, Hit, ParameterChange, PreviewAlert, Run
from hengjian.monitoring.parameters import Parameter, Parameters, load
from hengjian.monitoring.rules import Trial, compared, parameter_fault
from hengjian.monitoring.selectors.in_force import overlaid, parameters_in_force
from hengjian.monitoring.services import parameters as services
from hengjian.monitoring.services.proposals import Proposal, propose
from hengjian.monitoring.states import Effect
from hengjian.monitoring.tasks import try_change
from hengjian.monitoring.tests.scene import OVER, days_to, make_works, report
from tests.support.cast import RIZHAO, account, actor, actor_of
from tests.support.roles import acting, as_loader_now

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
GIVEN = Proposal(
    rule="L101",
    name="min_days",
    scope="nation",
    value="15",
    unit="d",
    effective_from=date(2026, 12, 1),
    basis="省厅会议纪要〔2026〕12号",
)


def put(who: Actor, proposal: Proposal = GIVEN) -> ParameterChange:
    with acting(who):
        return propose(actor=who, proposal=proposal, now=NOW, today=TODAY)


def tried(change: ParameterChange) -> ParameterChange:
    ParameterChange.objects.filter(pk=change.pk).update(preview_state="done", preview_progress=100)
    return change


def decide(who: Actor, change: ParameterChange, today: date = TODAY) -> ParameterChange:
    with acting(who):
        return services.approve(actor=who, change_id=change.pk, remark="同意", now=NOW, today=today)


def row(value: str, since: str, until: str = "", scope: str = "nation") -> Parameter:
    end = date.fromisoformat(until) if until else None
    return Parameter("X", "p", scope, value, "1", date.fromisoformat(since), end, "b", "found")


def test_a_change_ends_the_row_before_it_and_leaves_the_past() -> None:
    seed = Parameters((row("1", "2000-01-01", "2026-01-01"), row("2", "2026-01-01")))
    both = overlaid(seed, [row("3", "2026-06-01"), row("9", "2026-06-01", scope="industry:cement")])
    for day, value in (("2025-12-31", "1"), ("2026-05-31", "2"), ("2026-06-01", "3")):
        found = [r.value for r in both.on("X", date.fromisoformat(day)).rows if r.scope == "nation"]
        assert found == [value]
    assert len(both.on("X", date(2026, 5, 31)).rows) == 1
    assert len(both.on("X", date(2026, 6, 1)).rows) == 2
    assert overlaid(seed, []) == seed
    replaced = overlaid(seed, [row("7", "2026-01-01")])
    assert [r.value for r in replaced.on("X", date(2026, 1, 1)).rows] == ["7"]


@pytest.mark.parametrize(
    ("value", "unit", "former", "refused"),
    [
        ("15", "d", "20", False),
        ("20", "d", "20", True),
        ("0", "d", "20", True),
        ("1.5", "d", "20", True),
        ("NaN", "1", "2", True),
        ("1e400", "1", "2", True),
        ("1e-999999", "1", "2", True),
        ("1_5", "d", "20", True),
        ("１５", "d", "20", True),
        ("0.25", "1", "2", False),
        ("x", "1", "2", True),
        ("101", "%", "2", True),
        ("-1", "tce", "2", True),
        ("b;a", "list", "a;b", False),
        ("a;a", "list", "a;b", True),
        ("c", "list", "a;b", True),
        ("", "list", "a;b", True),
    ],
)
def test_nonsense_is_refused_by_its_unit(
    value: str, unit: str, former: str, *, refused: bool
) -> None:
    assert (parameter_fault(value, unit, former) is not None) is refused


def one(first: int, last: int, days: int = 3, site: str = "a") -> Trial:
    begin, end = date(2026, 10, first), date(2026, 10, last)
    return Trial(site, "L101", "x", begin, end, days, Severity.BLUE, Decimal(1))


def test_what_a_trial_changes() -> None:
    found = compared(
        [one(1, 3), one(10, 12), one(1, 3, site="b")], [one(2, 5), one(10, 12), one(20, 22)]
    )
    assert [(d.effect, d.shown.first.day, d.shown.site) for d in found] == [
        (Effect.CHANGED, 2, "a"),
        (Effect.ADDED, 20, "a"),
        (Effect.GONE, 1, "b"),
    ]


@pytest.mark.clause("E1")
def test_proposed_approved_and_in_force_from_its_day_only() -> None:
    officer, lead = actor(Role.DRC_OFFICER), actor(Role.DRC_LEAD)
    change = put(officer)
    assert (change.state, change.former_value, change.preview_state) == ("proposed", "20", "queued")
    job = ProcrastinateJob.objects.get(task_name="monitoring.trial")
    assert job.args == {"change_id": str(change.pk)}
    assert parameters_in_force() == load()
    assert decide(lead, tried(change)).state == "approved"
    values = parameters_in_force()
    assert values.on("L101", date(2026, 11, 30)).number("min_days") == 20
    assert values.on("L101", date(2026, 12, 1)).number("min_days") == 15
    verbs = Entry.objects.filter(subject=f"monitoring.parameter:{change.pk}").values_list(
        "verb", flat=True
    )
    assert set(verbs) == {"monitoring.parameter.propose", "monitoring.parameter.approve"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "nonsense"}, "name"),
        ({"rule": "X999"}, "name"),
        ({"unit": "h"}, "unit"),
        ({"value": "20"}, "value"),
        ({"value": "-3"}, "value"),
        ({"scope": "galaxy"}, "scope"),
        ({"scope": "industry:nonsense"}, "scope"),
        ({"scope": "region:999999"}, "scope"),
        ({"scope": "enterprise:00000000-0000-7000-8000-00000000dead"}, "scope"),
        ({"scope": "enterprise:1'); DROP TABLE"}, "scope"),
        ({"scope": "nation:x"}, "scope"),
        ({"scope": f"region:{RIZHAO}"}, "scope"),
        ({"effective_from": date(2026, 11, 22)}, "effective_from"),
        ({"effective_from": None}, "effective_from"),
        ({"effective_from": date(2099, 1, 1)}, "effective_from"),
        ({"basis": " "}, "basis"),
        ({"basis": "x" * 1001}, "basis"),
        ({"confidence": "sure"}, "confidence"),
    ],
    ids=str,
)
def test_nonsense_is_refused_with_its_field(given: dict[str, object], field: str) -> None:
    officer = actor(Role.DRC_OFFICER)
    with pytest.raises(ValidationFailed) as caught:
        put(officer, replace(GIVEN, **given))  # type: ignore[arg-type]  # also what no type allows
    assert [error.field for error in caught.value.errors] == [field]
    as_loader_now()
    assert not ParameterChange.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_a_scope_that_the_rule_allows() -> None:
    change = put(
        actor(Role.DRC_OFFICER),
        replace(GIVEN, name="energy_accuracy", scope=f"region:{RIZHAO}", value="3", unit="%"),
    )
    assert change.former_value == ""


def test_one_at_a_time() -> None:
    officer = actor(Role.DRC_OFFICER)
    put(officer)
    with pytest.raises(Conflict):
        put(officer, replace(GIVEN, value="16"))


@pytest.mark.parametrize(
    "role", [Role.DRC_LEAD, Role.CITY_OFFICER, Role.ENTERPRISE_REPORTER, Role.OVERSIGHT]
)
def test_only_the_commissions_officer_proposes(role: Role) -> None:
    with pytest.raises(NotPermitted):
        put(actor(role))


def test_nobody_decides_his_own_not_even_past_the_service() -> None:
    person = account(Role.DRC_OFFICER)
    officer = actor_of(person)
    change = tried(put(officer))
    both = replace(officer, role=Role.DRC_LEAD)
    with pytest.raises(NotPermitted):
        decide(both, change)
    as_loader_now()
    with pytest.raises(IntegrityError, match="other_person"), transaction.atomic():
        ParameterChange.objects.filter(pk=change.pk).update(
            state="approved", decided_account=person.pk, decided_name="x", decided_at=NOW
        )


def test_not_before_its_trial_nor_after_its_day_nor_twice() -> None:
    officer, lead = actor(Role.DRC_OFFICER), actor(Role.DRC_LEAD)
    change = put(officer)
    with pytest.raises(TransitionNotAllowed):
        decide(lead, change)
    as_loader_now()
    tried(change)
    with pytest.raises(TooEarlyOrLate):
        decide(lead, change, today=date(2026, 12, 2))
    as_loader_now()
    with acting(lead), pytest.raises(ValidationFailed):
        services.send_back(actor=lead, change_id=change.pk, reason=" ", now=NOW)
    as_loader_now()
    with acting(lead):
        services.send_back(actor=lead, change_id=change.pk, reason="依据不足", now=NOW)
    with pytest.raises(TransitionNotAllowed):
        decide(lead, change)
    as_loader_now()
    assert parameters_in_force() == load()
    assert put(officer, replace(GIVEN, value="16")).pk != change.pk, "returned: he may propose anew"


def test_withdrawn_by_the_proposer_only() -> None:
    officer, other = actor(Role.DRC_OFFICER), actor(Role.DRC_OFFICER)
    change = put(officer)
    with pytest.raises(NotPermitted), acting(other):
        services.withdraw(actor=other, change_id=change.pk, reason="", now=NOW)
    with acting(officer):
        assert (
            services.withdraw(actor=officer, change_id=change.pk, reason="", now=NOW).state
            == "withdrawn"
        )


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM monitoring_parameter_change",
        "UPDATE monitoring_parameter_change SET value = '1'",
        "UPDATE monitoring_parameter_change SET state = 'returned', decision_reason = 'x'",
        "TRUNCATE monitoring_parameter_change CASCADE",
    ],
)
def test_what_was_decided_is_never_edited_nor_deleted(sql: str) -> None:
    change = tried(put(actor(Role.DRC_OFFICER)))
    decide(actor(Role.DRC_LEAD), change)
    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(sql)


@pytest.mark.clause("E1")
def test_the_trial_says_what_last_month_would_have_alerted(
    settings: object, tmp_path: Path
) -> None:
    settings.LAKE_DIR = tmp_path  # type: ignore[attr-defined]
    site = make_works()
    report(site, days_to(date(2026, 10, 31), 17), OVER)
    change = put(actor(Role.DRC_OFFICER))
    with time_machine.travel(NOW + timedelta(hours=1)):
        try_change(change.pk)
        as_loader_now()
        try_change(change.pk)  # the queue may run a job twice
        as_loader_now()
    change.refresh_from_db()
    assert (change.preview_state, change.preview_progress) == ("done", 100)
    assert (change.preview_first, change.preview_last) == (date(2026, 10, 1), date(2026, 10, 31))
    assert change.preview_counts == {"before": 0, "after": 1, "added": 1, "gone": 0, "changed": 0}
    found = PreviewAlert.objects.get()
    assert (found.effect, found.site_id, found.hit_days_before, found.hit_days_after) == (
        "added",
        site.pk,
        0,
        3,
    )
    assert (found.first, found.last) == (date(2026, 10, 29), date(2026, 10, 31))
    assert not Hit.objects.exists()
    assert not Run.objects.exists()
    assert not Alert.objects.exists()


def test_a_trial_that_fails_says_so_and_may_be_made_again(settings: object, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    settings.LAKE_DIR = tmp_path / "file" / "lake"  # type: ignore[attr-defined]
    officer = actor(Role.DRC_OFFICER)
    change = put(officer)
    report(make_works(), days_to(date(2026, 10, 31), 1), OVER)
    with time_machine.travel(NOW), pytest.raises(NotADirectoryError):
        try_change(change.pk)
    as_loader_now()
    change.refresh_from_db()
    assert (change.preview_state, bool(change.preview_error)) == ("failed", True)
    with acting(officer):
        services.try_again(actor=officer, change_id=change.pk, now=NOW)
    change.refresh_from_db()
    assert change.preview_state == "queued"
    with acting(officer), pytest.raises(TransitionNotAllowed):
        services.try_again(actor=officer, change_id=change.pk, now=NOW)
