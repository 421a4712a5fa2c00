"""Both walls of the scope, each alone: the selectors' conditions, and row security without them."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from django.db import ProgrammingError, transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import Role
from hengjian.kernel.calendar.clock import now, today
from hengjian.kernel.errors import NotPermitted, NotVisible
from hengjian.registry.models import Enterprise, EnterpriseName, Line, Meter, Site, SiteIndustry
from hengjian.registry.selectors.imports import batch_page
from hengjian.registry.selectors.ledger import LedgerQuery, count_sites, find_sites, site_page
from hengjian.registry.selectors.site import limits_of, site_detail
from hengjian.registry.tests.factories import make_line, make_meter, make_site
from tests.support.cast import DONGGANG, LANSHAN_LINYI, actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db
TABLES = (Site, SiteIndustry, Line, Meter)


def two_cities() -> tuple[Site, Site]:
    """One legal person with a site in each of two cities (W3)."""
    own = make_site(name="甲乙东港厂区")
    other = make_site(region=LANSHAN_LINYI, name="甲乙兰山厂区", enterprise=own.enterprise)
    for site in (own, other):
        make_line(site)
        make_meter(site)
    return own, other


def people(own: Site) -> list[Actor]:
    """Those who see the own site and not the other."""
    return [
        actor(Role.CITY_OFFICER),
        actor(Role.COUNTY_OFFICER, region=DONGGANG),
        actor(Role.OVERSIGHT, region=371100),
        actor(Role.RESIDENT_SUPERVISOR, sites=[own.pk]),
    ]


@pytest.mark.clause("W3")
def test_row_security_alone_keeps_the_other_city_away() -> None:
    own, _other = two_cities()
    for who in people(own):
        with acting(who):
            for table in TABLES:
                key = "pk" if table is Site else "site_id"
                assert set(table.objects.values_list(key, flat=True)) == {own.pk}, (who.role, table)
    stranger = actor(Role.ENTERPRISE_REPORTER, enterprises=[uuid4()])
    with acting(stranger):
        assert [table.objects.count() for table in (*TABLES, Enterprise)] == [0] * 5


@pytest.mark.clause("W3")
def test_the_selectors_alone_keep_the_other_city_away() -> None:
    """The test's own role sees every row: what is left out here, the selectors left out."""
    own, other = two_cities()
    assert Site.objects.count() == 2
    for who in people(own):
        assert [site.pk for site in find_sites(who, LedgerQuery())] == [own.pk]
        assert count_sites(who) == 1
        assert [
            row.id for row in site_page(who, LedgerQuery(text="甲乙"), today=today()).object_list
        ] == [own.pk]
        assert site_detail(who, own.pk, today()).lines
        for key in (other.pk, uuid4()):
            with pytest.raises(NotVisible):
                site_detail(who, key, today())


def test_a_resident_has_no_way_to_the_table_of_legal_persons() -> None:
    own, _other = two_cities()
    who = actor(Role.RESIDENT_SUPERVISOR, sites=[own.pk])
    EnterpriseName.objects.create(
        enterprise=own.enterprise, regions=[DONGGANG], name="旧名", kind="former"
    )
    with acting(who):
        (row,) = site_page(who, LedgerQuery(text="甲乙", gap="code"), today=today()).object_list
        assert (row.name, row.enterprise, row.code) == (own.name, "", "")
        assert site_detail(who, own.pk, today()).head["enterprise"] == ""
        with pytest.raises(ProgrammingError), transaction.atomic():
            Enterprise.objects.count()


def test_who_holds_no_verb_is_refused_before_any_look() -> None:
    for role in (Role.EXPERT, Role.SECURITY_ADMIN):
        with pytest.raises(NotPermitted):
            site_page(actor(role), LedgerQuery(), today=today())
    with pytest.raises(NotPermitted):
        batch_page(actor(Role.COUNTY_OFFICER), uuid4())


def test_limits_are_those_of_the_edition_in_force() -> None:
    def coke(day: date, commissioned: date | None = None) -> list[tuple[str, str, str]]:
        return [
            (row["standard"], row["value"], row["level"])
            for row in limits_of(["coking"], commissioned, day)
            if row["product"] == "焦炭（顶装焦炉）" and row["standard"].startswith("GB 21342-")
        ]

    assert coke(date(2026, 4, 30)) == [("GB 21342-2013", "150", "限定值（3级）")]
    assert coke(date(2026, 5, 1)) == [("GB 21342-2025", "135", "限定值（3级）")]
    ((_standard, _value, level),) = coke(date(2026, 6, 1), commissioned=date(2026, 5, 2))
    assert level == "准入值（2级）"
    assert coke(date(2010, 1, 1)) == []


def test_a_meter_shows_where_its_verification_stands() -> None:
    site = make_site()
    day = now().date()
    make_meter(site, code="1", verified_on=day, interval_months=12, accuracy_class="0.5S")
    make_meter(site, code="2", verified_on=date(2020, 1, 1), interval_months=12)
    make_meter(site, code="3")
    shown = site_detail(actor(Role.CITY_OFFICER), site.pk, today()).meters
    assert [(m["state"], m["late"]) for m in shown] == [
        ("valid", False),
        ("overdue", True),
        ("never", True),
    ]
    assert shown[0]["accuracy"] == "0.5S"
    assert shown[1]["valid_until"] == "超期未检 2020-12-31"
