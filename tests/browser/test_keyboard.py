"""Work without a mouse, and what the address and the browser keep."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import SignIn
from tests.browser.test_story import picture


def test_keys_lead_through_the_ledger(enter: SignIn) -> None:
    who = enter("drc")
    who.go("/registry/sites/")
    picture(who, "ledger")
    page, keys = who.page, who.page.keyboard
    links = page.locator("[data-rows] .main a")
    keys.press("j")
    expect(links.nth(0)).to_be_focused()
    keys.press("j")
    expect(links.nth(1)).to_be_focused()
    keys.press("k")
    expect(links.nth(0)).to_be_focused()
    name = links.nth(0).inner_text()
    keys.press("Enter")
    expect(page.locator("h1")).to_have_text(name)

    keys.press("/")
    expect(page.get_by_role("searchbox", name="搜索企业")).to_be_focused()
    keys.type("lcdg")  # initials of 砺澄东港
    keys.press("Enter")
    expect(page).to_have_url(re.compile(r"/registry/sites/\?q=lcdg"))
    expect(links).to_have_count(1)
    expect(links).to_have_text("砺澄东港焦化厂区")

    keys.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert who.watch.take() == []


def test_a_filter_stays_in_the_address(enter: SignIn) -> None:
    who = enter("drc")
    who.go("/registry/sites/")
    page, rows = who.page, who.page.locator("[data-rows] tr")
    everything = page.locator(".pager").inner_text()
    page.locator("select[name=industry]").select_option(label="焦化")
    expect(page).to_have_url(re.compile("industry=coking"))
    expect(page.locator(".pager")).not_to_have_text(everything)
    shown = rows.count()
    assert 0 < shown < 50
    for row in rows.all():
        expect(row.locator("[data-col=industry]")).to_contain_text("焦化")
    page.reload()
    expect(rows).to_have_count(shown)
    page.go_back()
    expect(page.locator(".pager")).to_have_text(everything)
    assert who.watch.take() == []


def test_columns_that_are_switched_off_stay_off(enter: SignIn) -> None:
    who = enter("drc")
    who.go("/registry/sites/")
    page = who.page
    coal = page.locator("th[data-col=coal]")
    expect(coal).to_be_visible()
    page.get_by_text("列设置").click()
    page.get_by_role("checkbox", name="煤耗").uncheck()
    expect(coal).to_be_hidden()
    expect(page.locator("td[data-col=coal]").first).to_be_hidden()
    page.reload()
    expect(coal).to_be_hidden()
    expect(page.locator("th[data-col=power]")).to_be_visible()


def test_the_skip_link_comes_first_and_leads_to_the_content(enter: SignIn) -> None:
    who = enter("rizhao-city")
    page = who.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到主要内容")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
