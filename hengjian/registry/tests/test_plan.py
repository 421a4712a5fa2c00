"""Output plans: who sets them, revisions that stay, faults, walls."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import ProgrammingError, transaction

from hengjian.kernel.access.actor import Actor, worker
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import NotPermitted, NotVisible, ValidationFailed
from hengjian.registry.models import OutputPlan, Site
from hengjian.registry.selectors.plan import plan_rows, site_plans
from hengjian.registry.services.plan import set_plan
from hengjian.registry.tests.factories import make_site
from tests.support.cast import LINYI, actor
from tests.support.roles import acting

pytestmark = [pytest.mark.django_db, pytest.mark.clause("M3")]

NOW = datetime(2026, 1, 10, 2, 0, tzinfo=UTC)
PLAN: dict[str, Any] = {
    "product": "coke", "year": 2026, "amount": Decimal(1200000), "basis": "产量控制目标通知",
    "units": {"coking": {"coke": "t"}},
}  # fmt: skip


@pytest.fixture
def site() -> Site:
    return make_site(industry="coking")


@pytest.fixture
def officer() -> Actor:
    return actor(Role.DRC_OFFICER)


def run(who: Actor, site: Site, now: datetime = NOW, **changed: Any) -> OutputPlan:
    with acting(who):
        return set_plan(actor=who, site_id=site.pk, now=now, **PLAN | changed)


def test_a_plan_is_set_and_its_change_is_the_next_revision(site: Site, officer: Actor) -> None:
    first = run(officer, site)
    assert run(officer, site) == first
    later = NOW + timedelta(days=100)
    second = run(officer, site, now=later, amount=Decimal(1100000), reason="核减")
    assert (first.revision, second.revision) == (1, 2)
    assert [e.verb for e in Entry.objects.order_by("pk")] == ["registry.plan.set"] * 2
    said = json.loads(Entry.objects.order_by("pk").last().canon)["data"]  # type: ignore[union-attr]
    assert [Decimal(said[k]) for k in ("before", "after")] == [Decimal(1200000), Decimal(1100000)]
    with acting(officer):
        (shown,) = site_plans(officer, site.pk)
    assert (shown["amount"], shown["revision"]) == (1100000, 2)


def test_the_rules_know_a_plan_from_the_moment_it_was_set(site: Site, officer: Actor) -> None:
    run(officer, site)
    later = NOW + timedelta(days=100)
    run(officer, site, now=later, amount=Decimal(1100000), reason="核减")
    platform = worker("监测")
    with acting(platform):
        for as_of, known in ((NOW - timedelta(1), []), (NOW, [1200000]), (later, [1100000])):
            rows = list(plan_rows(platform, (2026, 2026), as_of))
            assert [row["amount"] for row in rows] == known
        assert not list(plan_rows(platform, (2025, 2025), later))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"product": "clinker"}, "product"),
        ({"amount": Decimal(-1)}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"basis": " "}, "basis"),
        ({"year": 1999}, "year"),
    ],
)
def test_a_faulty_plan_names_the_field(
    site: Site, officer: Actor, changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationFailed) as caught:
        run(officer, site, **changed)
    assert [error.field for error in caught.value.errors] == [field]
    assert not OutputPlan.objects.exists()


def test_a_change_needs_a_reason(site: Site, officer: Actor) -> None:
    run(officer, site)
    with pytest.raises(ValidationFailed) as caught:
        run(officer, site, amount=Decimal(1))
    assert [error.field for error in caught.value.errors] == ["reason"]


def test_no_other_post_sets_one_and_nobody_changes_one(site: Site, officer: Actor) -> None:
    for role in (Role.CITY_OFFICER, Role.COUNTY_OFFICER, Role.OVERSIGHT):
        with pytest.raises(NotPermitted):
            run(actor(role), site)
    plan = run(officer, site)
    with acting(officer), pytest.raises(ProgrammingError), transaction.atomic():
        OutputPlan.objects.filter(pk=plan.pk).update(amount=0)
    with pytest.raises(ProgrammingError), transaction.atomic():
        OutputPlan.objects.filter(pk=plan.pk).update(amount=0)
    with pytest.raises(ProgrammingError), transaction.atomic():
        plan.delete()


def test_enterprise_and_city_read_their_own(site: Site, officer: Actor) -> None:
    run(officer, site)
    own = actor(Role.ENTERPRISE_REPORTER, enterprises=[site.enterprise_id])
    for who, count in (
        (own, 1),
        (actor(Role.CITY_OFFICER), 1),
        (actor(Role.CITY_OFFICER, region=LINYI), 0),
    ):
        with acting(who):
            assert len(site_plans(who, site.pk)) == count
    with acting(officer), pytest.raises(NotVisible):
        set_plan(actor=officer, site_id=uuid4(), now=NOW, **PLAN)
