"""Commands of the registry under the actor's database role: right and wrong post, place and time."""

import io
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import ProgrammingError, transaction
from pytest_django.fixtures import Settings

from hengjian.kernel.access.actor import Actor, worker
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.calendar.clock import now
from hengjian.kernel.errors import Conflict, NotPermitted, NotVisible, ValidationFailed
from hengjian.kernel.files.services import store
from hengjian.registry.models import Enterprise, EnterpriseName, Line, Meter, Site, SiteIndustry
from hengjian.registry.rules.facts import NewLine, NewSite, SiteFacts
from hengjian.registry.selectors.site import facts_of
from hengjian.registry.services.enterprise import add_name, register_enterprise
from hengjian.registry.services.site import change_site, register_site
from hengjian.registry.services.supervision import confirm_region
from hengjian.registry.tests.factories import credit_code, make_line, make_meter, make_site
from tests.support.cast import DONGGANG, LANSHAN, LANSHAN_LINYI, LINYI, PROVINCE, actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db

# In the middle of Lanshan district of Rizhao, from the map of counties.
LON, LAT = Decimal("119.250000"), Decimal("35.150000")
FACTS = SiteFacts(name="甲乙特钢厂区", lon=LON, lat=LAT)


def entries(verb: str) -> list[Entry]:
    return list(Entry.objects.filter(verb=verb))


def data_of(entry: Entry) -> dict[str, object]:
    data: dict[str, object] = json.loads(entry.canon)["data"]
    return data


def enterprise_by(who: Actor, **fields: object) -> Enterprise:
    given: dict[str, object] = {"name": "甲乙特钢有限公司", "seat": DONGGANG, **fields}
    with acting(who):
        return register_enterprise(actor=who, now=now(), **given)  # type: ignore[arg-type]


def errors_of(caught: pytest.ExceptionInfo[ValidationFailed]) -> list[str]:
    return [error.message.format(**error.data) for error in caught.value.errors]


@pytest.mark.clause("W3")
def test_an_enterprise_has_sites_in_two_cities_and_each_city_sees_its_own() -> None:
    province = actor(Role.DRC_OFFICER)
    enterprise = enterprise_by(province, credit_code=credit_code(77))
    with acting(province):
        here = register_site(
            actor=province,
            enterprise_id=enterprise.pk,
            new=NewSite(FACTS, ["steel", "coking"]),
            now=now(),
        )
        there = register_site(
            actor=province,
            enterprise_id=enterprise.pk,
            new=NewSite(SiteFacts(name="甲乙临沂厂区"), ["lime"], region=LANSHAN_LINYI),
            now=now(),
        )
    enterprise.refresh_from_db()
    assert enterprise.regions == [DONGGANG, LANSHAN, LANSHAN_LINYI]
    for region, expected in ((371100, {here.pk}), (LINYI, {there.pk})):
        officer = actor(Role.CITY_OFFICER, region=region)
        with acting(officer):
            assert set(Site.objects.values_list("pk", flat=True)) == expected
            assert set(Enterprise.objects.values_list("pk", flat=True)) == {enterprise.pk}
            seen = SiteIndustry.objects.values_list("site_id", flat=True)
            assert set(seen) == expected


def test_the_region_is_proposed_by_the_point_and_not_confirmed() -> None:
    officer = actor(Role.CITY_OFFICER)
    enterprise = enterprise_by(officer)
    with acting(officer):
        site = register_site(
            actor=officer,
            enterprise_id=enterprise.pk,
            new=NewSite(
                FACTS,
                ["steel", "coking"],
                lines=[NewLine("1号高炉", "steel", "pig_iron", Decimal(150), "万吨/年")],
            ),
            now=now(),
        )
    assert (site.region_id, site.proposed_region_id, site.region_confirmed_at) == (
        LANSHAN, LANSHAN, None,
    )  # fmt: skip
    assert "jyt" in site.search
    assert list(site.industries.order_by("-main").values_list("industry_id", "main")) == [
        ("steel", True),
        ("coking", False),
    ]
    assert Line.objects.get(site=site).region_id == LANSHAN
    (entry,) = entries("registry.site.create")
    assert (entry.region, data_of(entry)["lon"]) == (LANSHAN, "119.250000")


def test_a_site_without_a_point_stays_with_the_province() -> None:
    province, city = actor(Role.DRC_OFFICER), actor(Role.CITY_OFFICER)
    enterprise = enterprise_by(province)
    new = NewSite(SiteFacts(name="甲乙二厂"), ["steel"])
    with acting(province):
        site = register_site(actor=province, enterprise_id=enterprise.pk, new=new, now=now())
    assert site.region_id == PROVINCE
    with acting(city), pytest.raises(ValidationFailed) as caught:
        register_site(actor=city, enterprise_id=enterprise.pk, new=new, now=now())
    assert errors_of(caught) == ["请选择监管属地或填写省内坐标，属地不明的厂区由省级登记"]


def test_credit_codes_are_checked_and_unique() -> None:
    officer = actor(Role.CITY_OFFICER)
    enterprise_by(officer, credit_code=credit_code(5))
    with pytest.raises(ValidationFailed) as caught:
        enterprise_by(officer, name="丙丁有限公司", credit_code=credit_code(5))
    assert errors_of(caught) == ["该统一社会信用代码已登记为“甲乙特钢有限公司”"]
    with pytest.raises(ValidationFailed) as caught:
        enterprise_by(officer, credit_code=credit_code(6)[:-1] + "I")
    assert errors_of(caught) == ["统一社会信用代码不使用字符“I”，疑为“1”"]
    stranger = actor(Role.CITY_OFFICER, region=LINYI)
    with pytest.raises(ValidationFailed) as caught:
        enterprise_by(stranger, seat=LANSHAN_LINYI, credit_code=credit_code(5))
    assert errors_of(caught) == ["该统一社会信用代码已在其他地区登记，请由省级办理"]
    assert Enterprise.objects.count() == 1


@pytest.mark.parametrize(
    "role", [Role.COUNTY_OFFICER, Role.DEPARTMENT_OFFICER, Role.OVERSIGHT, Role.ENTERPRISE_REPORTER]
)
def test_only_keepers_register(role: Role) -> None:
    with pytest.raises(NotPermitted):
        enterprise_by(actor(role))
    assert not Enterprise.objects.exists()


def test_facts_that_break_a_rule_are_named_together() -> None:
    who = worker("test")
    enterprise = enterprise_by(who)
    facts = SiteFacts(name=" ", lon=Decimal(10), day_start=7, status="sleeping")
    with acting(who), pytest.raises(ValidationFailed) as caught:
        register_site(
            actor=who, enterprise_id=enterprise.pk, new=NewSite(facts, ["tea"]), now=now()
        )
    assert {error.field for error in caught.value.errors} == {
        "name", "lat", "lon", "status", "day_start", "industries",
    }  # fmt: skip


def test_a_change_is_recorded_once_with_before_and_after() -> None:
    site = make_site(name="甲乙一厂")
    officer = actor(Role.CITY_OFFICER)
    facts = replace(facts_of(site), name="甲乙新厂", lon=LON, lat=LAT)
    for _ in range(2):
        with acting(officer):
            change_site(
                actor=officer, site_id=site.pk, facts=facts, industries=["coking"], now=now()
            )
    site.refresh_from_db()
    assert (site.name, site.region_id, site.proposed_region_id) == ("甲乙新厂", DONGGANG, LANSHAN)
    assert "jyxc" in site.search
    assert list(site.industries.values_list("industry_id", "main")) == [("coking", True)]
    (entry,) = entries("registry.site.change")
    assert data_of(entry)["before"] == {
        "industries": ["steel"], "lat": None, "lon": None, "name": "甲乙一厂",
    }  # fmt: skip


def test_nobody_changes_a_site_of_another_city() -> None:
    site = make_site()
    stranger = actor(Role.CITY_OFFICER, region=LINYI)
    with acting(stranger):
        with pytest.raises(NotVisible):
            change_site(actor=stranger, site_id=site.pk, facts=FACTS, now=now())
        with pytest.raises(NotVisible):
            register_site(
                actor=stranger,
                enterprise_id=site.enterprise_id,
                new=NewSite(FACTS, ["steel"]),
                now=now(),
            )
        for key in (site.pk, uuid4()):
            with pytest.raises(NotVisible):
                confirm_region(actor=stranger, site_id=key, region=LANSHAN_LINYI, now=now())
    site.refresh_from_db()
    assert site.region_id == DONGGANG
    assert site.name != FACTS.name


@pytest.mark.clause("W3", "G1")
def test_confirming_the_region_moves_everything_that_hangs_on_the_site(
    settings: Settings, tmp_path: Path
) -> None:
    settings.FILES_DIR = tmp_path
    site = make_site(region=DONGGANG)
    sister = make_site(region=DONGGANG, enterprise=site.enterprise)
    make_line(site)
    make_meter(site)
    file = store(
        actor=worker("test"), subject=f"registry.site:{site.pk}", name="照片.pdf",
        stream=io.BytesIO(b"%PDF-1.7\n%%EOF\n"), region=DONGGANG, enterprise=None, site=site.pk, now=now(),
    )  # fmt: skip
    EnterpriseName.objects.create(
        enterprise=site.enterprise, regions=[DONGGANG], name="甲乙老厂", kind="former"
    )
    officer = actor(Role.CITY_OFFICER)
    for _ in range(2):
        with acting(officer):
            confirm_region(
                actor=officer, site_id=site.pk, region=LANSHAN, now=now(), reason="现场核对"
            )
    for model in (SiteIndustry, Line, Meter):
        assert model.objects.get(site=site).region_id == LANSHAN
    file.refresh_from_db()
    assert file.region_id == LANSHAN
    assert sister.industries.get().region_id == DONGGANG
    enterprise = Enterprise.objects.get()
    assert enterprise.regions == [DONGGANG, LANSHAN]
    assert enterprise.names.get().regions == [DONGGANG, LANSHAN]
    (entry,) = entries("registry.site.confirm_region")
    assert data_of(entry) == {"before": DONGGANG, "after": LANSHAN, "proposed": None}
    assert entry.reason == "现场核对"
    donggang, lanshan = (actor(Role.COUNTY_OFFICER, region=r) for r in (DONGGANG, LANSHAN))
    with acting(donggang):
        assert set(Site.objects.values_list("pk", flat=True)) == {sister.pk}
    with acting(lanshan):
        assert set(Site.objects.values_list("pk", flat=True)) == {site.pk}


def test_an_enterprise_leaves_a_region_with_its_last_site() -> None:
    site = make_site(region=LANSHAN)
    Enterprise.objects.update(seat_id=DONGGANG, regions=[DONGGANG, LANSHAN])
    officer = actor(Role.CITY_OFFICER)
    with acting(officer):
        confirm_region(actor=officer, site_id=site.pk, region=DONGGANG, now=now())
    assert Enterprise.objects.get().regions == [DONGGANG]


def test_a_region_is_a_county_within_the_area_of_the_post() -> None:
    site = make_site()
    officer, county = actor(Role.CITY_OFFICER), actor(Role.COUNTY_OFFICER)
    cases = (
        (officer, LANSHAN_LINYI, "该区划不在本岗位辖区内，请由上级或所在地办理"),
        (officer, 371100, "监管属地应为县（市、区）或功能区"),
        (officer, 999999, "没有区划代码 999999"),
        (county, LANSHAN, "该区划不在本岗位辖区内，请由上级或所在地办理"),
    )
    for who, region, text in cases:
        with acting(who), pytest.raises(ValidationFailed) as caught:
            confirm_region(actor=who, site_id=site.pk, region=region, now=now())
        assert errors_of(caught) == [text]
    with acting(officer), pytest.raises(ProgrammingError), transaction.atomic():
        # The second wall alone: the row may not leave the officer's city.
        Site.objects.filter(pk=site.pk).update(region_id=LANSHAN_LINYI)


def test_a_former_name_is_searched_and_kept_once() -> None:
    site = make_site()
    officer = actor(Role.CITY_OFFICER)
    given = {"enterprise_id": site.enterprise_id, "name": "戊己轧钢厂", "kind": "former"}
    with acting(officer):
        add_name(actor=officer, now=now(), **given)  # type: ignore[arg-type]
    assert "wjzgc" in Enterprise.objects.get().search
    with acting(officer), pytest.raises(Conflict):
        add_name(actor=officer, now=now(), **given)  # type: ignore[arg-type]
    assert len(entries("registry.enterprise.name")) == 1
    stranger = actor(Role.CITY_OFFICER, region=LINYI)
    with acting(stranger), pytest.raises(NotVisible):
        add_name(actor=stranger, now=now(), **given)  # type: ignore[arg-type]
