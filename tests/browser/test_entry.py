"""An energy clerk finishes the day's report from an Excel paste, at a desk and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.server import TODAY
from tests.browser.test_story import picture
from tests.browser.walk import DESK, PHONE, Visitor

NO_LINE = "黄金产量\t3"


def open_today(who: Visitor) -> None:
    """The form of a day that nobody has reported yet."""
    who.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    who.go("/measures/daily/")
    if who.page.locator("input[data-amount]").count() == 0:
        who.page.locator("main .what a").first.click()
    who.go(re.sub(r"\d{4}-\d\d-\d\d", TODAY, who.page.url.split(who.watch.address)[1]))


def rows(page: Page) -> list[tuple[str, str]]:
    """What the clerk has in Excel: each line that may be filled in, with yesterday's figure or 1."""
    found: list[tuple[str, str]] = page.evaluate(
        """() => [...document.querySelectorAll("input[data-amount]:not([readonly])")]
            .map((i) => [i.labels[0].textContent, i.dataset.yesterday || "1"])"""
    )
    return [(label, value) for label, value in found if "低位发热量" not in label]


def paste(page: Page, text: str) -> None:
    page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+V")


@pytest.mark.clause("G2")
def test_a_clerk_finishes_the_day_from_an_excel_paste(enter: SignIn) -> None:
    who = enter("linyi-reporter")
    page = who.page
    open_today(who)
    mine = rows(page)
    assert len(mine) >= 5
    page.locator("input[data-amount]:not([readonly])").first.focus()
    lines = [f"{name}\t{value}" for name, value in reversed(mine)]  # order does not matter
    paste(page, "\r\n".join([*lines, NO_LINE]) + "\r\n")
    report = page.locator("[data-paste-report]")
    expect(report).to_contain_text(f"已粘贴 {len(mine)} 项")
    expect(report).to_contain_text("以下 1 行没有对应的指标")
    expect(report.locator("li")).to_contain_text("黄金产量")
    for name, value in mine:
        expect(page.get_by_label(name, exact=True)).to_have_value(value)
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿已保存")
    picture(who, "entry")
    who.size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    picture(who, "entry-phone")
    who.size(DESK)
    page.locator("input[data-amount]:not([readonly])").first.focus()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").first).to_contain_text("已收到")
    assert re.search(r"SHA-256\s+[0-9a-f]{64}", page.locator("main").inner_text())
    page.get_by_role("link", name="打印报表").click()
    expect(page.get_by_role("article")).to_contain_text("单位负责人")
    picture(who, "report-paper")
    assert who.watch.take() == []


def test_one_column_fills_on_from_where_it_is_pasted_and_balances_follow(enter: SignIn) -> None:
    who = enter("linyi-reporter")
    page = who.page
    open_today(who)
    amounts = page.locator("input[data-amount]:not([readonly])")
    amounts.nth(1).focus()
    paste(page, "11\n\n13\n")
    expect(amounts.nth(1)).to_have_value("11")
    expect(amounts.nth(3)).to_have_value("13")
    balance = page.locator("[data-balance]").first
    for part, value in (("opening", "1000"), ("closing", "10")):
        code = (balance.get_attribute(f"data-{part}") or "").split(" ")[0]
        field = page.locator(f"input[data-item={code}]")
        if field.get_attribute("readonly") is None:
            field.fill(value)
    expect(balance.locator("output")).to_contain_text("差额")
    expect(balance).to_have_class(re.compile("off"))
    assert who.watch.take() == []
