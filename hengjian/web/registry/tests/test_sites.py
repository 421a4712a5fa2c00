"""Pages of the ledger and of one site: request in, response, database and audit out."""

from __future__ import annotations

from io import BytesIO
from uuid import uuid4

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.registry.models import Enterprise, EnterpriseName, Site
from hengjian.registry.services.enterprise import refresh_search
from hengjian.registry.tests.factories import credit_code, make_line, make_meter, make_site
from tests.support.cast import (
    DONGGANG,
    LANSHAN,
    LANSHAN_LINYI,
    LINYI,
    PROVINCE,
    HouseClient,
    account,
)

pytestmark = pytest.mark.django_db
LEDGER = "/registry/sites/"


def signed_in(role: Role = Role.CITY_OFFICER, **reach: object) -> HouseClient:
    return HouseClient().sign_in(account(role, **reach))  # type: ignore[arg-type]


def text_of(client: HouseClient, url: str, **query: str) -> str:
    response = client.get(url, query)
    assert response.status_code == 200, response.content.decode()[:2000]
    return response.content.decode()


@pytest.mark.clause("W3")
def test_each_sees_the_sites_of_his_area() -> None:
    own = make_site(name="甲乙日照厂区")
    sister = make_site(region=LANSHAN_LINYI, name="甲乙临沂厂区", enterprise=own.enterprise)
    make_line(own)
    for role, reach, seen in (
        (Role.CITY_OFFICER, {}, {own}),
        (Role.CITY_OFFICER, {"region": LINYI}, {sister}),
        (Role.DRC_OFFICER, {}, {own, sister}),
        (Role.OVERSIGHT, {"region": PROVINCE}, {own, sister}),
        (Role.ENTERPRISE_REPORTER, {"enterprises": [own.enterprise_id]}, {own, sister}),
        (Role.ENTERPRISE_REPORTER, {"enterprises": [uuid4()]}, set()),
        (Role.RESIDENT_SUPERVISOR, {"sites": [own.pk]}, {own}),
    ):
        client = signed_in(role, **reach)
        for site in (own, sister):
            for query in ({}, {"q": site.name}):
                page = text_of(client, LEDGER, **query)
                assert (f"/registry/sites/{site.pk}/" in page) == (site in seen), (role, site)
            detail = client.get(f"{LEDGER}{site.pk}/")
            assert detail.status_code == (200 if site in seen else 404), (role, site)


def test_out_of_scope_and_missing_look_the_same() -> None:
    there = make_site(region=LANSHAN_LINYI)
    client = signed_in()
    pages = [
        client.get(f"{LEDGER}{key}/", headers={"X-Request-ID": "same-request"})
        for key in (there.pk, uuid4())
    ]
    assert [page.status_code for page in pages] == [404, 404]
    assert pages[0].content == pages[1].content


def test_experts_and_administrators_see_no_ledger() -> None:
    for role in (Role.EXPERT, Role.SYSTEM_ADMIN, Role.HOTLINE_OPERATOR):
        client = signed_in(role)
        for url in (LEDGER, f"{LEDGER}export/", f"{LEDGER}{uuid4()}/"):
            assert client.get(url).status_code == 403, (role, url)


@pytest.mark.parametrize(
    "typed",
    ["日照钢铁控股", "rzgtkg", "RZGT", "甲乙老厂", "jylc", credit_code(501), "日照钢铁 控股"],
)
def test_search_finds_by_name_former_name_code_and_initials(typed: str) -> None:
    owner = Enterprise(
        name="日照钢铁控股公司", seat_id=DONGGANG, regions=[DONGGANG], credit_code=credit_code(501)
    )
    owner.save()
    EnterpriseName.objects.create(
        enterprise=owner, regions=[DONGGANG], name="甲乙老厂", kind="former"
    )
    refresh_search(owner)
    make_site(name="一号厂区", enterprise=owner)
    make_site(name="别家厂区")
    page = text_of(signed_in(), LEDGER, q=typed)
    assert "一号厂区" in page
    assert "曾用名：甲乙老厂" in page
    assert "别家厂区" not in page


def test_filters_sort_and_pages() -> None:
    steel = make_site(name="甲钢厂", industry="steel", region=LANSHAN)
    make_site(name="乙水泥厂", industry="cement", status="suspended")
    client = signed_in()
    for query in ({"industry": "steel"}, {"county": str(LANSHAN)}, {"status": "operating"}):
        page = text_of(client, LEDGER, **query)
        assert "甲钢厂" in page, query
        assert "乙水泥厂" not in page, query
    assert "甲钢厂" in text_of(client, LEDGER, gap="point", city="371100")
    Site.objects.filter(pk=steel.pk).update(lat="35.1", lon="119.2")
    assert "甲钢厂" not in text_of(client, LEDGER, gap="point")
    first, second = (text_of(client, LEDGER, sort=s) for s in ("industry", "-industry"))
    assert (first.index("甲钢厂") < first.index("乙水泥厂")) != (
        second.index("甲钢厂") < second.index("乙水泥厂")
    )
    for wrong in (
        {"city": "x"},
        {"page": "-1"},
        {"gap": "?"},
        {"q": "|||"},
        {"county": "9" * 30},
        {"city": "²"},
    ):
        assert client.get(LEDGER, wrong).status_code == 200, wrong
    for nul in ({"status": "\x00"}, {"industry": "a\x00"}):
        assert client.get(LEDGER, nul).status_code == 400, "refused at the door, on every page"


def test_htmx_gets_the_rows_alone() -> None:
    make_site(name="甲乙厂区")
    response = signed_in().get(LEDGER, headers={"HX-Request": "true"})
    assert "甲乙厂区" in response.content.decode()
    assert "<html" not in response.content.decode()


def test_query_counts_do_not_grow_with_rows() -> None:
    client = signed_in()
    counts = []
    for total in (5, 45):
        for _ in range(total):
            make_line(make_site())
        client.get(LEDGER, {"q": "衡鉴"})
        with CaptureQueriesContext(
            connection,
        ) as queries:
            text_of(client, LEDGER, q="衡鉴")
        counts.append(len(queries))
    assert Site.objects.count() == 50
    assert counts[0] == counts[1]


def test_one_site_costs_the_same_with_one_line_or_many() -> None:
    site, client = make_site(), signed_in()
    counts, page = [], ""
    for total in (1, 20):
        for at in range(total):
            make_line(site, name=f"{total}-{at}")
            make_meter(site, code=f"{total}-{at}")
        client.get(f"{LEDGER}{site.pk}/")
        with CaptureQueriesContext(connection) as queries:
            page = text_of(client, f"{LEDGER}{site.pk}/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "没有检定记录" in page
    assert "转炉钢" in page
    assert "GB 21256" in page


def test_the_workbook_holds_what_the_reader_sees_and_no_formula() -> None:
    make_site(name='=HYPERLINK("http://x")')
    make_site(name="甲乙临沂厂区", region=LANSHAN_LINYI)
    response = signed_in().get(f"{LEDGER}export/", {"industry": "steel"})
    assert response.status_code == 200
    sheet = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content))).active  # type: ignore[attr-defined]
    assert sheet.cell(1, 1).value == "企业台账"
    assert "共 1 家" in sheet.cell(2, 1).value
    assert [sheet.cell(3, 1).value, sheet.cell(4, 1).value] == ["厂区", '=HYPERLINK("http://x")']
    assert sheet.cell(4, 1).data_type == "s"
    assert sheet.cell(4, 1).hyperlink is None
    assert sheet.max_row == 4
    entry = Entry.objects.get(verb="registry.site.export")
    assert '"rows":1' in entry.canon


def test_too_many_rows_are_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hengjian.registry.services.export.MAX_ROWS", 1)
    make_site()
    make_site()
    response = signed_in().get(f"{LEDGER}export/")
    assert response.status_code == 413
    assert "一次最多导出 1 家" in response.content.decode()
    assert not Entry.objects.filter(verb="registry.site.export").exists()


def test_enterprises_do_not_export() -> None:
    site = make_site()
    client = signed_in(Role.ENTERPRISE_REPORTER, enterprises=[site.enterprise_id])
    assert client.get(f"{LEDGER}export/").status_code == 403
    assert "/registry/sites/export/" not in text_of(client, LEDGER)


NEW = {
    "enterprise": "",
    "enterprise_name": "甲乙新材料有限公司",
    "credit_code": credit_code(900),
    "name": "甲乙新厂",
    "region": "",
    "main": "steel",
    "others": ["coking"],
    "status": "building",
    "lon": "119.25",
    "lat": "35.15",
    "datum": "wgs84",
    "day_start": "8",
}


def test_an_officer_registers_a_site_confirms_its_region_and_changes_it() -> None:
    client = signed_in()
    assert client.get(f"{LEDGER}new/").status_code == 200
    response = client.post(f"{LEDGER}new/", NEW)
    assert response.status_code == 302, response.content.decode()
    site = Site.objects.get(name="甲乙新厂")
    assert (site.region_id, site.region_confirmed_at) == (LANSHAN, None)
    assert "属地待确认" in text_of(client, f"{LEDGER}{site.pk}/")
    response = client.post(
        f"{LEDGER}{site.pk}/region/", {"region": str(DONGGANG), "reason": "现场核对"}
    )
    assert response.status_code == 302
    site.refresh_from_db()
    assert site.region_id == DONGGANG
    assert site.region_confirmed_at is not None
    assert client.get(f"{LEDGER}{site.pk}/change/").status_code == 200
    changed = {**NEW, "name": "甲乙改名厂", "others": []}
    assert client.post(f"{LEDGER}{site.pk}/change/", changed).status_code == 302
    named = {"name": "戊己旧厂", "kind": "former"}
    assert client.post(f"{LEDGER}{site.pk}/names/", named).status_code == 302
    page = text_of(client, f"{LEDGER}{site.pk}/")
    for text in (
        "甲乙改名厂",
        "曾用名：戊己旧厂",
        "已确认",
        "现场核对",
        "登记厂区",
        "修改厂区信息",
    ):
        assert text in page
    assert list(Entry.objects.order_by("id").values_list("verb", flat=True)) == [
        "registry.enterprise.create",
        "registry.site.create",
        "registry.site.confirm_region",
        "registry.site.change",
        "registry.enterprise.name",
    ]


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("credit_code", credit_code(900)[:-1] + "I", "不使用字符“I”"),
        ("lon", "10", "经度应在 73 至 136 之间"),
        ("region", str(LANSHAN_LINYI), "选择一个有效的选项"),
        ("enterprise_name", "", "二者选一"),
        ("lat", "", "有经度而没有纬度"),
    ],
)
def test_a_faulty_form_says_what_and_keeps_nothing(field: str, value: str, text: str) -> None:
    response = signed_in().post(f"{LEDGER}new/", {**NEW, field: value})
    assert response.status_code == 422
    assert text in response.content.decode()
    assert not Enterprise.objects.exists()
    assert not Site.objects.exists()


def test_who_may_not_keep_the_registry_cannot_write() -> None:
    site = make_site()
    reporter = {"enterprises": [site.enterprise_id]}
    for role, reach in (
        (Role.DEPARTMENT_OFFICER, {}),
        (Role.OVERSIGHT, {}),
        (Role.ENTERPRISE_REPORTER, reporter),
    ):
        client = signed_in(role, **reach)
        for path in ("new/", f"{site.pk}/change/", f"{site.pk}/region/", f"{site.pk}/names/"):
            assert client.post(f"{LEDGER}{path}", NEW).status_code == 403, (role, path)
    stranger = signed_in(region=LINYI)
    region = {"region": str(LANSHAN_LINYI), "reason": "x"}
    assert stranger.post(f"{LEDGER}{site.pk}/region/", region).status_code == 404
    assert stranger.post(f"{LEDGER}{site.pk}/change/", NEW).status_code == 404
    assert (
        stranger.post(f"{LEDGER}{site.pk}/names/", {"name": "x", "kind": "alias"}).status_code
        == 404
    )
    assert Entry.objects.filter(refused=True).count() == 12
    assert not Entry.objects.filter(refused=False).exists()
