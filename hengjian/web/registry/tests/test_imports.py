"""Importing over HTTP: preview, decisions, one transaction, and files that mean harm."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.registry.models import (
    Enterprise,
    EnterpriseName,
    ImportBatch,
    ImportRow,
    Line,
    Site,
    SiteSource,
)
from hengjian.registry.tests.factories import credit_code, make_line, make_site
from tests.support.cast import DONGGANG, LANSHAN, LANSHAN_LINYI, LINYI, HouseClient, account

pytestmark = pytest.mark.django_db
URL = "/registry/imports/"
ROW = {
    "登记编号": "A-1",
    "企业名称": "甲乙钢铁有限公司",
    "统一社会信用代码": credit_code(321),
    "曾用名": "甲乙老厂、甲乙轧钢",
    "厂区名称": "甲乙岚山厂区",
    "主要行业": "钢铁",
    "其他行业": "焦化、石灰",
    "产能": "120.5",
    "产能单位": "万吨/年",
    "状态": "在产",
    "投产日期": "2013-05-01",
    "经度": "119.25",
    "纬度": "35.15",
    "生产日起点": "8",
    "重点企业": "是",
}


def client_of(role: Role = Role.CITY_OFFICER, **reach: Any) -> HouseClient:
    return HouseClient().sign_in(account(role, **reach))


def table(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(k for row in rows for k in row)))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def upload(client: HouseClient, body: bytes, name: str = "register.csv") -> Any:
    return client.post(URL, {"file": SimpleUploadedFile(name, body)})


def previewed(client: HouseClient, *rows: dict[str, str]) -> str:
    response = upload(client, table(*rows))
    assert response.status_code == 302, response.content.decode()
    return str(response.headers["Location"])


def page_of(client: HouseClient, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def commit(client: HouseClient, url: str, **decisions: str) -> Any:
    return client.post(url, {"action": "commit", **decisions})


SECOND = {
    **ROW,
    "登记编号": "A-2",
    "厂区名称": "甲乙东港厂区",
    "监管属地代码": str(DONGGANG),
    "经度": "",
    "纬度": "",
    "曾用名": "",
}


@pytest.mark.clause("W3", "G1")
def test_a_register_is_previewed_and_then_applied_in_one_go() -> None:
    client = client_of()
    url = previewed(client, ROW, SECOND)
    assert not Site.objects.exists()
    assert "确认入库" in page_of(client, url)
    assert commit(client, url).status_code == 302
    site = Site.objects.get(name="甲乙岚山厂区")
    regions = (site.region_id, site.proposed_region_id, site.region_confirmed_at)
    assert regions == (LANSHAN, LANSHAN, None)
    assert (site.day_start, site.key_site) == (8, True)
    assert str(site.commissioned_on) == "2013-05-01"
    industries = site.industries.order_by("-main", "industry__seq")
    assert list(industries.values_list("industry_id", flat=True)) == ["steel", "coking", "lime"]
    line = Line.objects.get(site=site)
    assert (str(line.capacity), line.capacity_unit) == ("120.5000", "万吨/年")
    assert Site.objects.get(name="甲乙东港厂区").lon is None
    entry = Entry.objects.get(verb="registry.import.run")
    assert ImportBatch.objects.get().sha256 in entry.canon
    assert '"created":2' in entry.canon


@pytest.mark.clause("W3")
def test_two_rows_of_one_legal_person_make_one_enterprise_with_two_sites() -> None:
    client = client_of()
    commit(client, previewed(client, ROW, SECOND))
    owner = Enterprise.objects.get()
    assert owner.sites.count() == 2
    assert owner.regions == [DONGGANG, LANSHAN]
    assert "jyzg" in owner.search
    names = set(EnterpriseName.objects.values_list("name", "kind"))
    assert names == {("甲乙老厂", "former"), ("甲乙轧钢", "former")}
    ledger = page_of(client, "/registry/sites/?q=jylc")
    assert "甲乙岚山厂区" in ledger
    assert "待补坐标" in ledger


def test_the_same_file_twice_changes_nothing_and_says_so() -> None:
    client = client_of()
    url = previewed(client, ROW)
    for _ in range(2):  # the button pressed twice
        commit(client, url)
    again = upload(client, table(ROW))
    assert again.headers["Location"] == url
    assert "以前导入过，台账没有变化" in page_of(client, url)
    # The same rows in a file with other bytes.
    other = previewed(client, {**ROW, "备注": "x"})
    assert other != url
    commit(client, other)
    batch = ImportBatch.objects.get(pk=other.split("/")[-2])
    assert (batch.created_sites, batch.updated_sites, batch.unchanged_sites) == (0, 0, 1)
    assert (Site.objects.count(), Enterprise.objects.count(), ImportBatch.objects.count()) == (
        1,
        1,
        2,
    )


def test_a_changed_register_changes_only_what_it_changed() -> None:
    client = client_of()
    commit(client, previewed(client, ROW))
    Site.objects.update(name="人工改过的名称", datum="cgcs2000")
    commit(client, previewed(client, {**ROW, "状态": "停产", "产能": "130"}))
    site = Site.objects.get()
    assert (site.name, site.datum, site.status) == ("人工改过的名称", "cgcs2000", "suspended")
    assert str(Line.objects.get().capacity) == "130.0000"
    entry = Entry.objects.filter(verb="registry.import.run").order_by("at").last()
    assert entry is not None
    assert '"after":{"status":"suspended"},"before":{"status":"operating"}' in entry.canon


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("统一社会信用代码", credit_code(321)[:-1] + "I", "不使用字符“I”"),
        ("主要行业", "茶叶", "不是16个“两高”行业的名称或代码"),
        ("其他行业", "焦化、茶叶", "不是16个“两高”行业的名称或代码"),
        ("产能", "一百", "应为数字"),
        ("产能", "-1", "产能不能为负"),
        ("产能", "NaN", "应为数字"),
        ("投产日期", "去年", "日期应写作"),
        ("经度", "35.15", "应在 73 至 136 之间"),
        ("纬度", "", "有经度而没有纬度"),
        ("状态", "睡觉", "不能识别的内容"),
        ("厂区名称", "", "厂区名称不能为空"),
        ("厂区名称", "甲" * 161, "最多 160 字"),
        ("监管属地代码", str(LANSHAN_LINYI), "不在本岗位辖区内"),
        ("监管属地代码", "999999", "没有这个区划代码"),
        ("生产日起点", "7", "不能识别的内容"),
    ],
)
def test_every_fault_is_named_by_row_and_column(column: str, value: str, text: str) -> None:
    client = client_of()
    url = previewed(
        client,
        {**ROW, "登记编号": "B-1", "监管属地代码": ""},
        {**ROW, "监管属地代码": "", column: value},
    )
    page = page_of(client, url)
    assert column in page
    assert text in page
    (bad,) = ImportRow.objects.exclude(faults=[])
    assert bad.number == 3
    refused = commit(client, url)
    assert refused.status_code == 422
    assert "整批未导入" in refused.content.decode()
    assert not Site.objects.exists()
    assert not Enterprise.objects.exists()
    # A faulty row may be left out by decision; the good one comes in.
    client.post(url, {"action": "save", f"row-{bad.pk}": "skip"})
    commit(client, url)
    assert ImportBatch.objects.get().skipped_rows == 1
    assert Site.objects.count() == 1


def test_rows_that_repeat_each_other_are_faults() -> None:
    client = client_of()
    url = previewed(client, ROW, {**ROW, "厂区名称": "另一厂区"})
    assert "与第 2 行重复" in page_of(client, url)


def test_rows_outside_the_area_or_without_any_place_are_faults_of_a_city() -> None:
    nowhere = {**ROW, "登记编号": "A-2", "经度": "", "纬度": ""}
    elsewhere = {**ROW, "登记编号": "A-3", "经度": "118.35", "纬度": "35.05"}
    city = client_of()
    page = page_of(city, previewed(city, nowhere, elsewhere))
    assert "没有坐标和属地，只能由省级导入" in page
    assert "不在本岗位辖区内" in page
    province = client_of(Role.DRC_OFFICER)
    url = previewed(province, nowhere)
    commit(province, url)
    site = Site.objects.get()
    assert (site.region_id, site.proposed_region_id) == (370000, None)
    assert "待补属地" in page_of(province, "/registry/sites/")


def likely(client: HouseClient) -> tuple[Site, str, ImportRow]:
    """A registered plant, and a row of a register that is likely the same."""
    site = make_site(name="甲乙岚山厂区", region=LANSHAN, lon=None)
    make_line(site, capacity=None)
    Enterprise.objects.update(credit_code=credit_code(321))
    url = previewed(client, {**ROW, "厂区其他名称": "甲乙二号门"})
    return site, url, ImportRow.objects.get()


def test_a_likely_same_site_must_be_decided() -> None:
    client = client_of()
    site, url, row = likely(client)
    assert row.candidate_site == site.pk
    page = page_of(client, url)
    assert "统一社会信用代码相同" in page
    assert "名称相似度 100%" in page
    refused = commit(client, url)
    assert refused.status_code == 422
    assert Site.objects.count() == 1
    commit(client, url, **{f"row-{row.pk}": f"same:{site.pk}"})
    site.refresh_from_db()
    assert Site.objects.count() == 1
    assert (site.name, str(site.lon), site.aliases) == (
        "甲乙岚山厂区",
        "119.250000",
        ["甲乙二号门"],
    )
    assert SiteSource.objects.get().site_id == site.pk
    assert "甲乙二号门" in page_of(client, f"/registry/sites/{site.pk}/")


def test_a_likely_same_site_may_be_another_site_of_the_enterprise() -> None:
    client = client_of()
    site, url, _row = likely(client)
    client.post(url, {"action": "rest_new"})
    commit(client, url)
    assert set(Site.objects.values_list("enterprise_id", flat=True)) == {site.enterprise_id}
    assert Site.objects.count() == 2


def test_decisions_belong_to_rows_of_the_batch_and_are_known_words() -> None:
    client = client_of()
    _site, url, row = likely(client)
    for decision in ("perhaps", "same' OR 1=1", f"same:{row.batch_id}"):
        wrong = client.post(url, {"action": "save", f"row-{row.pk}": decision})
        assert wrong.status_code == 422
    client.post(url, {"action": "cancel"})
    assert commit(client, url).status_code == 409
    row.refresh_from_db()
    assert row.decision == ""
    told = Entry.objects.filter(subject=f"registry.import:{row.batch_id}", refused=False)
    assert {e.verb for e in told} == {"registry.import.upload", "registry.import.cancel"}


def test_a_code_taken_where_the_importer_does_not_see_it_stops_the_whole_batch() -> None:
    there = make_site(region=LANSHAN_LINYI)
    Enterprise.objects.filter(pk=there.enterprise_id).update(credit_code=credit_code(321))
    client = client_of()
    good = {
        **ROW,
        "登记编号": "A-0",
        "统一社会信用代码": "",
        "企业名称": "另一家",
        "厂区名称": "另一家厂区",
    }
    url = previewed(client, good, ROW)
    ImportRow.objects.update(decision="new")
    response = commit(client, url)
    assert response.status_code == 409
    assert "整批未导入" in response.content.decode()
    assert Site.objects.count() == 1


def test_batches_stay_within_the_region_and_the_posts() -> None:
    url = previewed(client_of(), ROW)
    stranger = client_of(region=LINYI)
    assert stranger.get(url).status_code == 404
    assert commit(stranger, url).status_code == 404
    assert url not in page_of(stranger, URL)
    for role in (Role.COUNTY_OFFICER, Role.ENTERPRISE_REPORTER, Role.DEPARTMENT_OFFICER):
        client = client_of(role)
        assert client.get(URL).status_code == 403
        assert client.get(url).status_code == 403
        assert upload(client, table(ROW)).status_code == 403
        assert client.get(f"{URL}template.csv").status_code == 403
    oversight = client_of(Role.OVERSIGHT)
    assert oversight.get(url).status_code == 200
    assert commit(oversight, url).status_code == 403


def test_the_template_is_what_the_import_reads() -> None:
    client = client_of()
    heads = next(
        csv.reader(io.StringIO(client.get(f"{URL}template.csv").content.decode("utf-8-sig")))
    )
    assert set(ROW) <= set(heads)
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{URL}template.xlsx").content))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == heads
    for column, head in enumerate(heads, start=1):
        sheet.cell(2, column, ROW.get(head, ""))
    filled = io.BytesIO()
    book.save(filled)
    response = upload(client, filled.getvalue(), "filled.xlsx")
    commit(client, response.headers["Location"])
    assert Site.objects.get().name == "甲乙岚山厂区"
    assert client.get(f"{URL}template.exe").status_code == 404


def bomb() -> bytes:
    """A workbook whose sheet inflates to 300 MB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(300):
                sheet.write(b" " * 2**20)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "make", "status", "text"),
    [
        ("a.xlsx", bomb, 422, "解压后太大"),
        ("a.xlsx", lambda: b"PK\x03\x04" + b"\x00" * 500, 422, "已损坏"),
        ("a.xlsx", lambda: table(ROW), 422, "与所选格式不符"),
        ("a.csv", lambda: b"a,b\x00\n1,2\n", 422, "空字符"),
        ("a.csv", lambda: b"\xff\xfe\xfa\xfb" * 10, 422, "编码无法识别"),
        ("a.csv", lambda: b"name,color\nx,red\n", 422, "表头与模板不符"),
        ("a.csv", lambda: b"x" * (10 * 2**20 + 1), 413, "文件超过 10 MB"),
        ("a.csv", lambda: b"", 422, ""),
    ],
)
def test_hostile_files_are_refused_with_the_cause(
    name: str, make: Any, status: int, text: str
) -> None:
    client = client_of()
    response = upload(client, make(), name)
    assert response.status_code == status
    assert text in response.content.decode()
    assert not ImportBatch.objects.exists()
    assert page_of(client, URL)
