"""Lines, meters, output control and projects under the actor's database role: post, place, twice, dates, walls."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import ProgrammingError, transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.history import timeline
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import (
    NotPermitted,
    NotVisible,
    TransitionNotAllowed,
    ValidationFailed,
)
from hengjian.registry.models import Line, Meter, OutputControl, Project, Site
from hengjian.registry.services import equipment as services
from hengjian.registry.tests.factories import make_line, make_meter, make_site
from tests.support.cast import DONGGANG, LANSHAN_LINYI, LINYI, actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
FORM = {"ferroalloy": ["ferroalloy"]}
Command = Callable[..., Any]
LINE: dict[str, Any] = {
    "name": "1号矿热炉", "industry": "ferroalloy", "product": "锰硅合金", "capacity": Decimal(5),
    "capacity_unit": "万吨/年", "commissioned_on": date(2019, 5, 1), "form_products": FORM,
}  # fmt: skip
METER: dict[str, Any] = {
    "code": "DB-01", "level": 1, "medium": "electricity", "accuracy_class": "0.5",
    "relative_error": Decimal("0.005"), "verified_on": date(2026, 5, 10), "interval_months": 12,
}  # fmt: skip
CONTROL: dict[str, Any] = {
    "product": "ferroalloy", "valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 31),
    "basis": "产量调控通知", "form_products": FORM,
}  # fmt: skip
PROJECT: dict[str, Any] = {
    "name": "2号矿热炉项目", "code": "2411-371102-04-01-100001", "industry": "ferroalloy", "stage": "building",
}  # fmt: skip
COMMANDS: list[tuple[Command, dict[str, Any], Any]] = [
    (services.add_line, LINE, Line),
    (services.add_meter, METER, Meter),
    (services.control_output, CONTROL, OutputControl),
    (services.add_project, PROJECT, Project),
]


@pytest.fixture
def site() -> Site:
    return make_site(industry="ferroalloy")


def run(who: Actor, command: Command, **given: Any) -> Any:
    with acting(who):
        return command(actor=who, now=NOW, **given)


def faults(who: Actor, command: Command, **given: Any) -> set[str]:
    """Fields that the command finds wrong."""
    with pytest.raises(ValidationFailed) as caught:
        run(who, command, **given)
    return {error.field for error in caught.value.errors}


@pytest.fixture
def officer() -> Actor:
    return actor(Role.CITY_OFFICER)


@pytest.mark.clause("W3")
@pytest.mark.parametrize(("command", "facts", "model"), COMMANDS)
def test_an_officer_registers_it_and_the_history_of_the_site_shows_it(
    site: Site, officer: Actor, command: Command, facts: dict[str, Any], model: Any
) -> None:
    made = run(officer, command, site_id=site.pk, **facts)
    row = model.objects.get()
    assert row.pk == made.pk
    assert (row.site_id, row.region_id, row.enterprise_id) == (
        site.pk, DONGGANG, site.enterprise_id,
    )  # fmt: skip
    for name, value in facts.items():
        if name != "form_products":
            assert getattr(row, "industry_id" if name == "industry" else name) == value, name
    entry = Entry.objects.get(verb="registry.site.change")
    assert entry.subject == f"registry.site:{site.pk}"
    assert json.loads(entry.canon)["data"]["thing"] == f"{model._meta.label_lower}:{row.pk}"
    (event,) = timeline(officer, [entry.subject], TODAY)
    assert (facts.get("name") or facts.get("code") or facts["basis"]) in event["quote"]


@pytest.mark.parametrize(("command", "facts", "model"), COMMANDS)
def test_no_other_post_and_no_other_city(
    site: Site, command: Command, facts: dict[str, Any], model: Any
) -> None:
    for role, reach in (
        (Role.COUNTY_OFFICER, {}),
        (Role.ENTERPRISE_REPORTER, {"enterprises": [site.enterprise_id]}),
        (Role.OVERSIGHT, {}),
        (Role.RESIDENT_SUPERVISOR, {"sites": [site.pk]}),
    ):
        with pytest.raises(NotPermitted):
            run(actor(role, **reach), command, site_id=site.pk, **facts)
    for who, key in (
        (actor(Role.CITY_OFFICER, region=LINYI), site.pk),
        (actor(Role.CITY_OFFICER), uuid4()),
    ):
        with pytest.raises(NotVisible):
            run(who, command, site_id=key, **facts)
    assert not model.objects.exists()


def test_lines_and_meters_of_another_city_are_not_there() -> None:
    there = make_site(region=LANSHAN_LINYI, industry="ferroalloy")
    line, meter = make_line(there, industry="ferroalloy"), make_meter(there)
    here = actor(Role.CITY_OFFICER)
    with pytest.raises(NotVisible):
        run(here, services.retire_line, line_id=line.pk, retired_on=TODAY, reason="停产")
    with pytest.raises(NotVisible):
        run(here, services.record_verification, meter_id=meter.pk, verified_on=TODAY, interval_months=12)  # fmt: skip


def test_the_database_alone_keeps_other_cities_and_enterprises_out(site: Site) -> None:
    """The second wall: rows written past the commands."""
    given = {"site_id": site.pk, "region_id": site.region_id, "enterprise_id": site.enterprise_id}
    for who in (
        actor(Role.CITY_OFFICER, region=LINYI),
        actor(Role.ENTERPRISE_REPORTER, enterprises=[site.enterprise_id]),
    ):
        for row in (
            Line(**given, name="x", industry_id="ferroalloy", product="x"),
            Meter(**given, code="x", level=1, medium="x"),
            OutputControl(**given, product="x", valid_from=TODAY, basis="x"),
            Project(**given, name="x", industry_id="ferroalloy", stage="trial"),
        ):
            with pytest.raises(ProgrammingError), transaction.atomic(), acting(who):
                row.save(force_insert=True)
    own = actor(Role.CITY_OFFICER)
    with acting(own):  # the wall is one of place, not one that lets nobody in
        Line(**given, name="x", industry_id="ferroalloy", product="x").save(force_insert=True)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "  "}, "name"),
        ({"industry": "steel"}, "industry"),
        ({"product": "石灰"}, "product"),
        ({"product": "cement"}, "product"),
        ({"capacity": Decimal(-1)}, "capacity"),
        ({"capacity_unit": " "}, "capacity_unit"),
        ({"commissioned_on": date(2026, 11, 24)}, "commissioned_on"),
    ],
)
def test_a_wrong_line_names_its_field(
    site: Site, officer: Actor, changed: dict[str, Any], field: str
) -> None:
    assert faults(officer, services.add_line, site_id=site.pk, **{**LINE, **changed}) == {field}
    assert not Line.objects.exists()
    assert not Entry.objects.filter(verb="registry.site.change").exists()


def test_a_line_names_a_product_of_a_limit_or_of_the_form(site: Site, officer: Actor) -> None:
    for number, product in enumerate(("硅铁", "ferroalloy")):
        given = {**LINE, "name": str(number), "product": product}
        assert run(officer, services.add_line, site_id=site.pk, **given).product == product


def test_a_line_is_there_once_until_it_is_retired(site: Site, officer: Actor) -> None:
    line = run(officer, services.add_line, site_id=site.pk, **LINE)
    assert faults(officer, services.add_line, site_id=site.pk, **LINE) == {"name"}
    given: dict[str, Any] = {"line_id": line.pk, "retired_on": TODAY, "reason": "产能置换"}
    for changed, field in (
        ({"reason": " "}, "reason"),
        ({"retired_on": date(2026, 11, 24)}, "retired_on"),
        ({"retired_on": date(2019, 4, 30)}, "retired_on"),
    ):
        assert faults(officer, services.retire_line, **{**given, **changed}) == {field}
    run(officer, services.retire_line, **given)
    line.refresh_from_db()
    assert line.retired_on == TODAY
    with pytest.raises(TransitionNotAllowed):
        run(officer, services.retire_line, **given)
    run(officer, services.add_line, site_id=site.pk, **LINE)
    assert Line.objects.filter(site=site).count() == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"code": ""}, "code"),
        ({"level": 4}, "level"),
        ({"medium": ""}, "medium"),
        ({"relative_error": Decimal(1)}, "relative_error"),
        ({"verified_on": date(2026, 11, 24)}, "verified_on"),
        ({"interval_months": 0}, "interval_months"),
    ],
)
def test_a_wrong_meter_names_its_field(
    site: Site, officer: Actor, changed: dict[str, Any], field: str
) -> None:
    assert faults(officer, services.add_meter, site_id=site.pk, **{**METER, **changed}) == {field}


def test_a_number_of_a_meter_is_taken_once_in_a_site(site: Site, officer: Actor) -> None:
    run(officer, services.add_meter, site_id=site.pk, **METER)
    assert faults(officer, services.add_meter, site_id=site.pk, **METER) == {"code"}
    other = make_site(industry="ferroalloy")
    run(officer, services.add_meter, site_id=other.pk, **METER)


def test_a_verification_goes_forward_only(site: Site, officer: Actor) -> None:
    meter = run(officer, services.add_meter, site_id=site.pk, **METER)
    given: dict[str, Any] = {"meter_id": meter.pk, "verified_on": TODAY, "interval_months": 24}
    for changed, field in (
        ({"verified_on": date(2026, 11, 24)}, "verified_on"),
        ({"verified_on": date(2026, 5, 9)}, "verified_on"),
        ({"interval_months": 121}, "interval_months"),
    ):
        assert faults(officer, services.record_verification, **{**given, **changed}) == {field}
    for _twice in range(2):
        run(officer, services.record_verification, **given)
    meter.refresh_from_db()
    assert (meter.verified_on, meter.interval_months) == (TODAY, 24)
    assert Entry.objects.filter(verb="registry.site.change").count() == 2  # added, verified once
    Meter.objects.update(retired_on=TODAY)
    with pytest.raises(TransitionNotAllowed):
        run(officer, services.record_verification, **given)


@pytest.mark.clause("M3")
@pytest.mark.parametrize(
    ("first", "last", "overlaps"),
    [
        (date(2026, 12, 31), None, True),
        (date(2025, 1, 1), date(2026, 1, 1), True),
        (date(2025, 1, 1), None, True),
        (date(2026, 3, 1), date(2026, 4, 1), True),
        (date(2027, 1, 1), None, False),
        (date(2025, 1, 1), date(2025, 12, 31), False),
    ],
)
def test_periods_of_one_product_do_not_overlap(
    site: Site, officer: Actor, first: date, last: date | None, overlaps: bool
) -> None:
    run(officer, services.control_output, site_id=site.pk, **CONTROL)
    given = {**CONTROL, "valid_from": first, "valid_to": last}
    other = {**given, "product": "硅铁"}
    run(officer, services.control_output, site_id=site.pk, **other)
    if overlaps:
        assert faults(officer, services.control_output, site_id=site.pk, **given) == {"valid_from"}
    else:
        run(officer, services.control_output, site_id=site.pk, **given)
    assert OutputControl.objects.count() == (2 if overlaps else 3)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"product": "石灰"}, "product"),
        ({"valid_to": date(2025, 12, 31)}, "valid_to"),
        ({"basis": ""}, "basis"),
    ],
)
def test_a_wrong_period_names_its_field(
    site: Site, officer: Actor, changed: dict[str, Any], field: str
) -> None:
    given = {**CONTROL, **changed}
    assert faults(officer, services.control_output, site_id=site.pk, **given) == {field}


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"name": ""}, "name"), ({"industry": "steel"}, "industry"), ({"stage": "x"}, "stage")],
)
def test_a_wrong_project_names_its_field(
    site: Site, officer: Actor, changed: dict[str, Any], field: str
) -> None:
    given = {**PROJECT, **changed}
    assert faults(officer, services.add_project, site_id=site.pk, **given) == {field}


def test_a_project_is_there_once_also_where_nobody_here_may_look(
    site: Site, officer: Actor
) -> None:
    there = make_site(region=LANSHAN_LINYI, industry="ferroalloy")
    colleague = actor(Role.CITY_OFFICER, region=LINYI)
    run(colleague, services.add_project, site_id=there.pk, **PROJECT)
    assert faults(officer, services.add_project, site_id=site.pk, **PROJECT) == {"code"}
    uncoded = {**PROJECT, "code": ""}
    for name in ("甲项目", "乙项目"):  # without a code there may be several
        run(officer, services.add_project, site_id=site.pk, **{**uncoded, "name": name})
    again = {**uncoded, "name": "乙项目"}
    assert faults(officer, services.add_project, site_id=site.pk, **again) == {"name"}
