"""A form as a workbook: the site's own template, a preview that stores nothing, one acceptance."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.measures.models import Draft, Report
from hengjian.measures.tests.scene import DAY, Scene, ask_review, make_scene, submit
from tests.support.cast import HouseClient, account

pytestmark = [pytest.mark.django_db, pytest.mark.clause("G2")]
HEADS = [
    "报告期", "厂区", "水泥熟料产量（吨）", "水泥产量（吨）", "原煤消费量（吨）", "外购电量（万千瓦时）",
    "煤炭期初库存（吨）", "煤炭购进量（吨）", "煤炭期末库存（吨）", "停产类别", "预计结束日", "情况说明",
]  # fmt: skip
SITE = "衡鉴测试水泥厂"
EVE = DAY - timedelta(days=1)
FULL = ["3000", "4000", "500", "20"]


@pytest.fixture
def scene() -> Scene:
    return make_scene(name=SITE)


@pytest.fixture
def clerk(client: HouseClient, scene: Scene) -> HouseClient:
    return client.sign_in(scene.reporter_account)


def url(scene: Scene, form: str = "daily") -> str:
    return f"/measures/excel/{scene.site.pk}/{form}/"


def book(*rows: list[str], heads: list[str] = HEADS) -> SimpleUploadedFile:
    """An .xlsx with these texts; figures as numbers."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as made:
        sheet = made.add_worksheet()
        for at, row in enumerate([heads, *rows]):
            for column, text in enumerate(row):
                if re.fullmatch(r"-?[0-9.]+", text):
                    sheet.write_number(at, column, float(text))
                else:
                    sheet.write_string(at, column, text)
    return SimpleUploadedFile("日报.xlsx", file.getvalue())


def upload(client: HouseClient, where: str, file: SimpleUploadedFile) -> Any:
    return client.post(where, {"action": "upload", "file": file})


def kept(response: Any) -> str:
    found = re.search(r'name="kept" value="([^"]+)"', response.content.decode())
    assert found is not None, response.content.decode()
    return found[1]


def accept(client: HouseClient, where: str, said: str) -> Any:
    return client.post(where, {"action": "accept", "kept": said})


def test_the_template_has_the_lines_of_the_site_and_comes_back_as_it_is(
    clerk: HouseClient, scene: Scene
) -> None:
    body = clerk.get(f"{url(scene)}template/").content
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert set(HEADS) <= set(rows[0])
    assert "焦炭产量（干全焦）（吨）" not in rows[0]
    assert [row[0] for row in rows[1:8]] == [DAY - timedelta(days=6 - n) for n in range(7)]
    assert rows[1][1] == SITE
    empty = upload(clerk, url(scene), SimpleUploadedFile("t.xlsx", body))
    assert empty.status_code == 422
    assert "文件中没有填写数据" in empty.content.decode()


def test_many_days_are_previewed_and_accepted_once(clerk: HouseClient, scene: Scene) -> None:
    file = book(
        [str(EVE), SITE, *FULL, "1000", "300", "800"],
        [str(DAY), SITE, *FULL, "", "200", "500", "", "", ""],
        ["", SITE],
    )
    seen = upload(clerk, url(scene), file)
    assert seen.status_code == 200
    assert "381.73" in seen.content.decode()
    assert not Report.objects.exists()  # a preview stores nothing
    assert not Entry.objects.filter(verb="measures.report.submit").exists()
    said = kept(seen)
    assert accept(clerk, url(scene), said).status_code == 302
    assert accept(clerk, url(scene), said).status_code == 302  # twice
    assert Report.objects.count() == 2
    carried = Report.objects.get(period=DAY)
    assert carried.quantities["coal_opening"] == {"value": "800", "unit": "t"}
    again = upload(clerk, url(scene), file_again())
    assert "没有变化" in again.content.decode()


def file_again() -> SimpleUploadedFile:
    return book([str(DAY), SITE, *FULL, "800", "200", "500"])


def test_every_fault_is_named_by_row_column_and_cause(clerk: HouseClient, scene: Scene) -> None:
    file = book(
        ["2026-13-01", SITE, *FULL],
        [str(EVE), "别的厂", *FULL],
        [str(DAY), SITE, "3000", "", "5万", "20"],
        [str(DAY), SITE, *FULL],
        ["2026-12-31", SITE, *FULL],
        [str(DAY - timedelta(days=2)), SITE, "", "", "", "", "", "", "", "放假"],
    )
    response = upload(clerk, url(scene), file)
    page = response.content.decode()
    assert response.status_code == 422
    faults = [
        tuple(re.sub(r"<[^>]+>", "", c) for c in re.findall(r"<td.*?</td>", row))
        for row in re.findall(
            r"<tr>.*?</tr>", page.split("尚未接收任何数据")[1].split("</table>")[0]
        )
    ]
    told = {(row, column): text for row, column, text in (f for f in faults if f)}
    assert told["2", "报告期"].startswith("不是日期")
    assert "其他厂区" in told["3", "厂区"]
    assert "不要写" in told["4", "原煤消费量（吨）"]
    assert "必填" in told["4", "水泥产量（吨）"]
    assert told["5", "报告期"] == "与第 4 行重复"
    assert told["6", "报告期"] == "不能填报未来日期"
    assert "只能填停产或检修" in told["7", "停产类别"]
    assert 'name="kept"' not in page
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("heads", "text"),
    [
        (["厂区", "水泥产量（吨）"], "缺少这一列"),
        (["报告期", "黄金产量"], "没有这一列"),
        (["报告期", "水泥产量", "cement_output"], "出现了两次"),
    ],
)
def test_unknown_columns_are_refused_not_dropped(
    clerk: HouseClient, scene: Scene, heads: list[str], text: str
) -> None:
    response = upload(clerk, url(scene), book([str(DAY), "1", "1"][: len(heads)], heads=heads))
    assert response.status_code == 422
    assert text in response.content.decode()


def test_a_stop_needs_no_figures(clerk: HouseClient, scene: Scene) -> None:
    file = book([str(DAY), SITE, "", "", "", "", "", "", "", "检修", "2026-11-30"])
    accept(clerk, url(scene), kept(upload(clerk, url(scene), file)))
    report = Report.objects.get()
    assert (report.stop_kind, report.expected_end) == ("maintenance", date(2026, 11, 30))


def test_months_are_named_as_people_write_them(clerk: HouseClient, scene: Scene) -> None:
    file = book(
        ["2026年10月", "1200", "1300", "-100"], heads=["报告期", "营业收入", "营业成本", "利润总额"]
    )
    where = url(scene, "month_finance")
    accept(clerk, where, kept(upload(clerk, where, file)))
    assert Report.objects.get().period == date(2026, 10, 1)


def test_what_was_previewed_goes_to_the_reviewer_where_one_is_asked_for(
    clerk: HouseClient, scene: Scene
) -> None:
    ask_review(scene.site)
    seen = upload(clerk, url(scene), book([str(DAY), SITE, *FULL]))
    assert "提交审核" in seen.content.decode()
    assert not Draft.objects.exists()
    accept(clerk, url(scene), kept(seen))
    assert Draft.objects.get().state == "submitted"
    assert not Report.objects.exists()


def test_a_changed_day_is_refused_and_others_wait_for_it(clerk: HouseClient, scene: Scene) -> None:
    submit(scene.reporter, scene.site, period=EVE)
    response = upload(clerk, url(scene), book([str(EVE), SITE, *FULL], [str(DAY), SITE, *FULL]))
    assert response.status_code == 422
    assert "已有日报" in response.content.decode()
    assert Report.objects.count() == 1


def test_what_is_no_table_or_not_ones_own_is_refused(clerk: HouseClient, scene: Scene) -> None:
    assert upload(clerk, url(scene), SimpleUploadedFile("a.xlsx", b"MZ")).status_code == 422
    assert clerk.post(url(scene), {"action": "upload"}).status_code == 422
    assert accept(clerk, url(scene), "forged").status_code == 422
    said = kept(upload(clerk, url(scene), book([str(DAY), SITE, *FULL])))
    stranger = make_scene()
    assert accept(clerk, url(stranger), said).status_code == 404
    clerk.sign_in(stranger.reporter_account)
    assert accept(clerk, url(stranger), said).status_code == 404
    assert accept(clerk, url(scene), said).status_code == 404
    clerk.sign_in(account(Role.CITY_OFFICER))
    assert clerk.get(url(scene)).status_code == 403
    assert clerk.get(f"{url(scene)}template/").status_code == 403
    assert accept(clerk, url(scene), said).status_code == 403
    assert not Report.objects.exists()
