"""Who owes which form: by rule, by hand, ended with a reason, never twice on one day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import Error, connection, transaction

from hengjian.kernel.access.actor import Actor, worker
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import (
    Conflict,
    NotPermitted,
    NotVisible,
    TransitionNotAllowed,
    ValidationFailed,
)
from hengjian.measures.models import Obligation
from hengjian.measures.services.obligations import (
    RULE_ENDED,
    Wanted,
    add_obligation,
    assign_obligations,
    end_obligation,
)
from hengjian.measures.tests.scene import NOW, TODAY
from hengjian.registry.models import OutputControl, Site
from hengjian.registry.tests.factories import make_site
from tests.support.cast import LINYI, RIZHAO, actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db
ALL = {("month_energy", "enterprise"), ("year_energy", "enterprise")}
KEY = ALL | {
    ("daily", "enterprise"),
    ("month_finance", "enterprise"),
    ("month_sales", "enterprise"),
    ("month_tax", "enterprise"),
}


def assign(who: Actor | None = None, today: date = TODAY) -> tuple[int, int]:
    who = who or worker("test")
    with acting(who):
        done = assign_obligations(actor=who, now=NOW, today=today)
    return done.added, done.ended


def owed(site: Site) -> set[tuple[str, str]]:
    rows = Obligation.objects.filter(site=site, ended_at=None)
    return set(rows.values_list("form", "source"))


def add(who: Actor, site: Site, **changed: Any) -> Obligation:
    wanted = Wanted(
        **{
            "form": "daily",
            "source": "enterprise",
            "valid_from": TODAY,
            "valid_to": None,
            "basis": "日照市调度通知第1号",
            **changed,
        }
    )
    with acting(who):
        return add_obligation(actor=who, site_id=site.pk, wanted=wanted, now=NOW)


def end(who: Actor, row: Obligation, last: date = TODAY, reason: str = "停产一年") -> Obligation:
    with acting(who):
        return end_obligation(actor=who, obligation_id=row.pk, last=last, reason=reason, now=NOW)


@pytest.mark.clause("M2.4")
@pytest.mark.clause("M2.3")
def test_the_plan_decides_who_owes_what() -> None:
    key_industry, named = make_site(industry="cement"), make_site(industry="flat_glass")
    other, controlled = make_site(industry="flat_glass"), make_site(industry="steel")
    closed = make_site(industry="cement")
    Site.objects.filter(pk=named.pk).update(key_site=True)
    Site.objects.filter(pk=closed.pk).update(status=Site.Status.CLOSED)
    OutputControl.objects.create(
        site=controlled, region_id=controlled.region_id, enterprise_id=controlled.enterprise_id,
        product="crude_steel", valid_from=date(2026, 1, 1), basis="产量控制通知",
    )  # fmt: skip
    assign()
    assert owed(key_industry) == owed(named) == KEY
    assert owed(other) == ALL
    assert owed(controlled) == KEY | {("daily", "resident")}
    assert owed(closed) == set()
    daily = Obligation.objects.get(site=key_industry, form="daily")
    monthly = Obligation.objects.get(site=key_industry, form="month_tax")
    assert (daily.valid_from, monthly.valid_from) == (TODAY, date(2026, 11, 1))
    assert all(Obligation.objects.values_list("basis", flat=True))


def test_assigning_again_changes_nothing_and_is_one_entry_each_time_it_changes() -> None:
    make_site(industry="cement")
    added, ended = assign()
    assert (added > 0, ended) == (True, 0)
    before = list(Obligation.objects.order_by("pk").values())
    assert assign() == (0, 0)
    assert list(Obligation.objects.order_by("pk").values()) == before
    entry = Entry.objects.get(verb="measures.obligation.assign")
    assert f'"added":{added}' in entry.canon


def test_a_site_that_is_key_no_longer_owes_days_no_longer() -> None:
    site = make_site(industry="flat_glass")
    Site.objects.filter(pk=site.pk).update(key_site=True)
    assign(today=TODAY - timedelta(days=10))
    Site.objects.filter(pk=site.pk).update(key_site=False)
    assert assign() == (0, 4)
    row = Obligation.objects.get(site=site, form="daily")
    assert (row.valid_to, row.end_reason) == (TODAY - timedelta(days=1), RULE_ENDED)
    assert owed(site) == ALL
    Site.objects.filter(pk=site.pk).update(key_site=True)
    assert assign() == (4, 0)
    assert owed(site) == KEY


def test_what_an_official_ended_is_not_assigned_again() -> None:
    site, officer = make_site(industry="cement"), actor(Role.CITY_OFFICER)
    assign()
    row = Obligation.objects.get(site=site, form="month_tax")
    ended = end(officer, row, reason="按月转由税务部门直接提供")
    assert (ended.valid_to, ended.ended_name) == (TODAY, officer.name)
    assert assign() == (0, 0)
    assert owed(site) == KEY - {("month_tax", "enterprise")}
    entry = Entry.objects.get(verb="measures.obligation.end")
    assert (entry.reason, entry.region) == ("按月转由税务部门直接提供", site.region_id)


def test_what_an_official_added_stays() -> None:
    site, officer = make_site(industry="flat_glass"), actor(Role.COUNTY_OFFICER)
    add(officer, site, needs_review=True)
    assign()
    assert owed(site) == ALL | {("daily", "enterprise")}
    assert Obligation.objects.get(site=site, form="daily").needs_review


def test_nothing_is_owed_twice_on_one_day() -> None:
    site, officer = make_site(), actor(Role.CITY_OFFICER)
    first = add(officer, site, valid_to=TODAY + timedelta(days=5))
    for start in (TODAY, TODAY + timedelta(days=5), TODAY - timedelta(days=3)):
        with pytest.raises(Conflict):
            add(officer, site, valid_from=start)
    add(officer, site, source="resident")
    add(officer, site, valid_from=TODAY + timedelta(days=6))
    assert Obligation.objects.filter(site=site).count() == 3
    end(officer, first, TODAY + timedelta(days=2))
    add(officer, site, valid_from=TODAY + timedelta(days=3), valid_to=TODAY + timedelta(days=4))


def test_ended_before_it_began_is_void() -> None:
    site, officer = make_site(), actor(Role.CITY_OFFICER)
    row = end(officer, add(officer, site, valid_from=TODAY + timedelta(days=30)))
    assert row.valid_to == TODAY + timedelta(days=29)
    add(officer, site, valid_from=TODAY)


def test_an_end_is_written_once_and_has_a_reason() -> None:
    site, officer = make_site(), actor(Role.CITY_OFFICER)
    row = add(officer, site, valid_to=TODAY + timedelta(days=5))
    with pytest.raises(ValidationFailed):
        end(officer, row, reason="  ")
    with pytest.raises(ValidationFailed):
        end(officer, row, last=TODAY + timedelta(days=6))
    end(officer, row)
    with pytest.raises(TransitionNotAllowed):
        end(officer, row)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"form": "weekly"}, "form"),
        ({"source": "rumour"}, "source"),
        ({"valid_to": TODAY - timedelta(days=1)}, "valid_to"),
        ({"basis": " "}, "basis"),
        ({"basis": "长" * 201}, "basis"),
    ],
)
def test_each_fault_is_named(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationFailed) as failed:
        add(actor(Role.CITY_OFFICER), make_site(), **changed)
    assert [fault.field for fault in failed.value.errors] == [field]
    assert not Obligation.objects.exists()


def test_others_keep_out() -> None:
    site = make_site()
    with pytest.raises(NotVisible):
        add(actor(Role.CITY_OFFICER, region=LINYI), site)
    for role in (Role.DEPARTMENT_OFFICER, Role.OVERSIGHT):
        with pytest.raises(NotPermitted):
            add(actor(role), site)
    with pytest.raises(NotPermitted):
        add(actor(Role.ENTERPRISE_REPORTER, enterprises=[site.enterprise_id]), site)
    row = add(actor(Role.CITY_OFFICER, region=RIZHAO), site)
    with pytest.raises(NotVisible):
        end(actor(Role.CITY_OFFICER, region=LINYI), row)
    with pytest.raises(NotPermitted):
        assign(actor(Role.CITY_OFFICER))


def test_each_side_reads_its_own_obligations() -> None:
    site, officer = make_site(), actor(Role.CITY_OFFICER)
    add(officer, site)
    add(officer, site, source="resident")
    reporter = actor(Role.ENTERPRISE_REPORTER, enterprises=[site.enterprise_id])
    resident = actor(Role.RESIDENT_SUPERVISOR, sites=[site.pk])
    for who, sources in (
        (reporter, {"enterprise"}),
        (resident, {"resident"}),
        (officer, {"enterprise", "resident"}),
        (actor(Role.CITY_OFFICER, region=LINYI), set()),
    ):
        with acting(who):
            first = set(Obligation.objects.visible_to(who).values_list("source", flat=True))
            second = set(Obligation.objects.values_list("source", flat=True))
        assert (first, second) == (sources, sources), who.role


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM measures_obligation",
        "UPDATE measures_obligation SET valid_from = valid_from - 1",
        "UPDATE measures_obligation SET basis = 'x'",
    ],
)
def test_the_list_is_never_rewritten(statement: str) -> None:
    add(actor(Role.CITY_OFFICER), make_site())
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Obligation.objects.count() == 1


def test_obligations_follow_the_region_of_their_site() -> None:
    site = make_site()
    add(actor(Role.CITY_OFFICER), site)
    Site.objects.filter(pk=site.pk).update(region_id=371103)
    assert Obligation.objects.get().region_id == 371103
