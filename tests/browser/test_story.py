"""The story of the first issue, as people live it: from my day to a closed problem, and nothing for a colleague elsewhere."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.server import TODAY
from tests.browser.walk import DESK, PHONE, Visitor
from tests.support.database import ROOT

SITE = "砺澄东港焦化厂区"
QUESTION = "请说明十月下旬以来焦炭单位产品能耗升高的原因"
ANSWER = "五号焦炉检修，装炉煤水分偏高，十二月初恢复"
IMAGES = ROOT / "docs/images"


@pytest.mark.clause("E1")
@pytest.mark.clause("G2")
def test_from_my_day_to_a_closed_problem(enter: SignIn) -> None:
    officer, reporter = enter("rizhao-city"), enter("reporter")
    alert = find_the_alert(officer)
    read_why(officer.page)
    picture(officer, "alert")
    inquiry = ask(officer)
    answer(reporter, inquiry)
    report = send_todays_report(reporter)
    problem = open_a_problem(officer, alert)
    handler = enter("rizhao-county")
    handle(handler, problem)
    close(officer, problem)
    site = path_of(officer.page.get_by_role("link", name=SITE).first.get_attribute("href"))
    nothing_for(enter("linyi-city"), [alert, problem, inquiry, site, report], own=officer)
    assert officer.watch.take() == []
    assert reporter.watch.take() == []
    assert handler.watch.take() == []


def find_the_alert(who: Visitor) -> str:
    """From my day to the alert of the site, without knowing its address."""
    link = who.page.locator("main li", has_text=SITE).get_by_role("link").first
    link.click()
    expect(who.page.locator("h1")).to_contain_text("单位产品能耗超过限额")
    return path_of(who.page.url)


def read_why(page: Page) -> None:
    """Observed value, limit with its standard, the rule with its version, and the reports that went in."""
    main = page.locator("main")
    expect(main.get_by_role("link", name=SITE)).to_be_visible()
    for head, sign in (("实测与应为", r"149\.\d+\s*kgce/t"), ("监测规则", r"L101.*GB 21342-2025")):
        card = page.locator("section.card", has=page.get_by_role("heading", name=head))
        assert re.search(sign, card.inner_text(), re.DOTALL), card.inner_text()
    assert "135.00" in main.inner_text()
    rows = page.get_by_role("region", name="所用数据表").locator("tbody tr")
    assert rows.count() >= 20
    expect(rows.first.get_by_role("link")).to_have_attribute(
        "href", re.compile("/measures/reports/")
    )


def ask(who: Visitor) -> str:
    page = who.page
    page.get_by_label("请企业说明", exact=False).first.check()
    page.get_by_label("请企业说明什么").fill(QUESTION)
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_role("status").first).to_contain_text("已要求企业说明")
    return path_of(page.get_by_role("link", name="查看说明").get_attribute("href"))


def answer(who: Visitor, inquiry: str) -> None:
    """The enterprise finds the question on its day, sees its own figures, nothing of the alert, and answers."""
    page = who.page
    who.go("/")
    asked = page.locator("main li", has_text=SITE).locator("a[href^='/cases/inquiries/']")
    asked.first.click()
    assert path_of(page.url) == inquiry
    text = page.locator("main").inner_text()
    assert QUESTION in text
    assert [secret for secret in ("限额", "预警", "YJ-", "135", "驻企") if secret in text] == []
    page.get_by_label("说明", exact=True).fill(ANSWER)
    page.get_by_role("button", name="提交说明").click()
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_text(ANSWER)).to_be_visible()


def send_todays_report(who: Visitor) -> str:
    """By keyboard only: Enter from line to line, the draft kept, Ctrl+Enter sends, a receipt comes back."""
    page = who.page
    who.go("/measures/daily/")
    href = page.get_by_role("link", name=SITE).get_attribute("href") or ""
    who.go(re.sub(r"\d{4}-\d\d-\d\d", TODAY, href))
    lines = page.locator("input[data-amount]")
    lines.first.focus()
    keys = page.keyboard
    for at in range(lines.count()):
        expect(lines.nth(at)).to_be_focused()
        yesterday = lines.nth(at).get_attribute("data-yesterday")
        if yesterday:
            keys.type(yesterday)
        keys.press("Enter")
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿已保存")
    typed = lines.first.input_value()
    page.reload()
    expect(lines.first).to_have_value(typed)
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿已恢复")
    who.size(PHONE)
    page.evaluate("() => scrollTo(0, 0)")
    picture(who, "report-phone")
    who.size(DESK)
    lines.first.focus()
    keys.press("Control+Enter")
    expect(page.get_by_role("status").first).to_contain_text("已收到")
    assert re.search(r"SHA-256\s+[0-9a-f]{64}", page.locator("main").inner_text())
    return path_of(page.url)


def open_a_problem(who: Visitor, alert: str) -> str:
    """The answer is read; the officer opens a problem with handler and deadline all the same."""
    page = who.page
    who.go(alert)
    page.get_by_label("立案", exact=False).check()
    handler = page.get_by_label("承办人", exact=True)
    name = handler.locator("option", has_text="李春生").inner_text()
    handler.select_option(label=name)
    page.locator("[name=deadline]").fill("2026-12-11")
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_role("status").first).to_contain_text("已立案")
    expect(page.locator("main")).to_contain_text("12-11")
    return path_of(page.url)


def handle(who: Visitor, problem: str) -> None:
    page = who.page
    mine = page.locator("main li", has_text=SITE)
    mine.locator("a[href^='/cases/problems/']").first.click()
    assert path_of(page.url) == problem
    decide(page, "开始办理")
    page.get_by_role("radio", name=re.compile("^提出结论")).check()
    page.get_by_label("办理结论").select_option(label="属实")
    page.get_by_label("办理意见").fill("现场核对计量器具与装炉煤台账，能耗超限属实")
    decide(page, "提出结论")
    expect(page.locator(".hero")).to_contain_text("待办结")
    assert page.get_by_role("radio", name=re.compile("^办结")).count() == 0, (
        "nobody closes his own case"
    )


def decide(page: Page, act: str) -> None:
    """Choose an act, send, and confirm."""
    page.get_by_role("radio", name=re.compile(f"^{act}")).check()
    page.get_by_role("button", name="确认").click()
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_role("status").first).to_contain_text(act)


def close(who: Visitor, problem: str) -> None:
    page = who.page
    who.go(problem)
    page.get_by_role("radio", name=re.compile("^办结")).check()
    page.get_by_label("办理意见").fill("同意")
    decide(page, "办结")
    expect(page.locator(".hero")).to_contain_text("已办结")
    told = page.locator(".timeline").inner_text()
    assert [act for act in ("立案", "开始办理", "办结") if act not in told] == []


def nothing_for(who: Visitor, paths: list[str], own: Visitor) -> None:
    """404 on every page and the API, nothing in exports and searches; the same asked by the owner shows it."""
    report = paths[-1].rstrip("/").rpartition("/")[2]
    for path in [*paths, f"/api/v1/reports/{report}"]:
        assert own.page.request.get(who.watch.address + path).status == 200, path
        assert who.page.request.get(who.watch.address + path).status == 404, path
    for export in ("/registry/sites/export/", "/monitoring/alerts/export/?tab=all"):
        assert SITE in cells(own, export)
        assert SITE not in cells(who, export)
    for search in (
        "/registry/sites/?q=lcdg",
        "/monitoring/alerts/?tab=all",
        "/cases/problems/?tab=all",
    ):
        own.go(search)
        expect(own.page.locator("#rows")).to_contain_text(SITE)
        assert who.go(search) == 200
        expect(who.page.locator("#rows")).not_to_contain_text(SITE)


def cells(who: Visitor, path: str) -> str:
    """All texts of a workbook."""
    response = who.page.request.get(who.watch.address + path)
    assert response.status == 200
    book = openpyxl.load_workbook(io.BytesIO(response.body()), read_only=True)
    return "\n".join(
        str(value) for sheet in book for row in sheet.iter_rows(values_only=True) for value in row
    )


def path_of(address: str | None) -> str:
    assert address
    return urlsplit(address).path


def picture(who: Visitor, name: str) -> None:
    """The pictures of the READMEs are what this test saw."""
    if os.environ.get("HENGJIAN_WRITE_SCREENSHOTS") == "1":
        IMAGES.mkdir(parents=True, exist_ok=True)
        who.page.wait_for_timeout(400)  # the chart's first drawing
        who.page.screenshot(path=Path(IMAGES, f"{name}.png"))
