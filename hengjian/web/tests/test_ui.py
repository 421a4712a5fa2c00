"""Components of the pages."""

from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from hengjian.web.templatetags.ui import UnknownName, icon, meter, num, spark, tag


def render(source: str, address: str = "/x/", **values: Any) -> str:
    request = RequestFactory().get(address)
    return Template("{% load ui %}" + source).render(Context({"request": request, **values}))


def test_icon_and_tag_refuse_unknown_names() -> None:
    assert "#siren" in icon("siren")
    assert 'class="tag red"' in tag("red", "红色")
    with pytest.raises(UnknownName):
        icon("no-such-icon")
    with pytest.raises(UnknownName):
        tag("green", "正常")


def test_text_is_escaped() -> None:
    assert "<b>" not in tag("red", "<b>")
    assert "<i>" not in render("{% facts items %}", items=[{"label": "<i>", "value": "<i>"}])


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Decimal("1234567.5"), 2, "1,234,567.50"),
        (Decimal("0.005"), 2, "0.01"),
        (None, 1, "—"),
        (0, 0, "0"),
    ],
)
def test_num(value: Decimal | int | None, places: int, text: str) -> None:
    assert num(value, places) == text


def test_query_keeps_the_other_parameters() -> None:
    address = "/x/?city=%E6%97%A5%E7%85%A7&page=2&tag=a&tag=b"
    assert (
        render("{% query page=3 %}", address)
        == "?city=%E6%97%A5%E7%85%A7&amp;page=3&amp;tag=a&amp;tag=b"
    )
    assert "page" not in render("{% query page=None %}", address)


def test_sort_header_turns_round_and_returns_to_the_first_page() -> None:
    first = render('{% sort_header "name" "名称" %}', "/x/?page=4")
    assert 'href="?sort=name"' in first
    assert "aria-sort" not in first
    second = render('{% sort_header "name" "名称" %}', "/x/?sort=name")
    assert 'aria-sort="ascending"' in second
    assert 'href="?sort=-name"' in second


def test_pager_shows_total_and_neighbours_only() -> None:
    page = Paginator(range(1234), 50).page(2)
    text = render('{% pager page "家" %}', "/x/?q=a&page=2", page=page)
    assert "<b>1,234</b> 家" in text
    assert 'href="?q=a&amp;page=1"' in text
    assert 'rel="next"' in text
    single = render('{% pager page "家" %}', page=Paginator(range(3), 50).page(1))
    assert "<nav" not in single


def test_meter_says_over_and_stays_inside() -> None:
    assert 'class="meter over"' in meter(Decimal(500), 100, 88)
    assert 'width="88.0"' in meter(Decimal(500), 100, 88)
    assert 'class="meter"' in meter(100, 100)
    assert 'class="value" y="4" width="0.0"' in meter(Decimal(-3), 100)
    assert meter(None) == ""


def test_spark_needs_two_values_and_survives_a_flat_line() -> None:
    assert spark([1]) == ""
    assert spark([5, 5, 5]).count(",20.0") == 6


class _Form(forms.Form):
    amount = forms.DecimalField(label="产量", help_text="过磅数", min_value=0)


def test_field_links_error_and_help_to_the_input() -> None:
    form = _Form({"amount": "-1"})
    text = render('{% error_summary form %}{% field form.amount unit="吨" %}', form=form)
    assert 'href="#id_amount"' in text
    assert 'aria-describedby="id_amount_helptext id_amount_error"' in text
    assert 'id="id_amount_helptext"' in text
    assert 'id="id_amount_error"' in text
    assert 'aria-invalid="true"' in text
    assert "吨" in text


def test_error_page_needs_no_request() -> None:
    from django.template.loader import render_to_string

    values = {
        "status": 404,
        "title": "没有找到",
        "message": "请返回。",
        "request_id": "abc",
        "static_ok": False,
    }
    text = render_to_string("errors/error.html", values)
    assert "abc" in text
    assert "stylesheet" not in text
    assert "stylesheet" in render_to_string("errors/error.html", {**values, "static_ok": True})
