"""Figures and search keys as people read and type them."""

import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.kernel.text import (
    N_,
    number,
    percent,
    pinyin_initials,
    pinyin_variants,
    quantity,
    search_key,
    search_term,
)


def test_marking_returns_the_message_and_imports_nothing_heavy() -> None:
    assert N_("甲") == "甲"
    code = (
        "import sys; from hengjian.kernel.text import N_; "
        "sys.exit(any(m.split('.')[0] in ('django', 'pypinyin') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (None, None, "—"),
        (Decimal("NaN"), 2, "—"),
        (Decimal("-Infinity"), None, "—"),
        (0, None, "0"),
        (Decimal("-0.004"), 2, "0.00"),
        (Decimal(-30), None, "−30"),
        (Decimal("1234567.890000"), None, "1,234,567.89"),
        (Decimal("1E+6"), None, "1,000,000"),
        (Decimal("2.345"), 2, "2.35"),
        (Decimal("-2.345"), 2, "−2.35"),
        (Decimal("99999999999999999999999999999.5"), 0, "100,000,000,000,000,000,000,000,000,000"),
        (1200, 1, "1,200.0"),
    ],
)
def test_numbers_are_grouped(value: Decimal | int | None, places: int | None, text: str) -> None:
    assert number(value, places) == text


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15), max_value=10**15
    )
)
def test_a_shown_number_reads_back_as_the_same_value(value: Decimal) -> None:
    assert Decimal(number(value).replace(",", "").replace("−", "-")) == value


def test_quantities_and_percentages() -> None:
    assert quantity(Decimal("1234.5"), "吨", 2) == "1,234.50\u00a0吨"
    assert quantity(None, "吨") == "—"
    assert quantity(Decimal(3), "") == "3"
    assert percent(Decimal("0.1234")) == "12.3%"
    assert percent(Decimal("-0.05"), 0) == "−5%"
    assert percent(None) == "—"


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("日照钢铁", "rzgt"),
        ("重庆", "cq"),
        ("中国重汽", "zgzq"),
        ("乐陵市", "lls"),
        ("莘县热电", "sxrd"),
        ("单县", "sx"),
        ("ABC钢铁２号（东厂）", "abcgt2hdc"),
        ("", ""),
        ("——", ""),
    ],
)
def test_initials(name: str, initials: str) -> None:
    assert pinyin_initials(name) == initials


def test_doubtful_readings_are_all_found_and_few() -> None:
    assert pinyin_variants("长乐")[0] == pinyin_initials("长乐")
    assert {"cl", "zl", "cy", "zy"} == set(pinyin_variants("长乐"))
    assert len(pinyin_variants("长重乐单行石会朝")) <= 8


def test_search_key_finds_by_name_code_and_initials() -> None:
    key = search_key(names=["日照钢铁（集团）", "日钢"], codes=["91370000MA3C 0000X"])
    for typed in ("日照钢铁", "日 钢", "RZGT", "ｒｚｇｔ", "91370000ma3c0000x", "钢铁(集团"):
        assert search_term(typed) in key
    assert search_term("集团日钢") not in key, "a hit must not span two names"
    assert search_key(names=["", "甲"], codes=[""]) == "甲|j"


@given(st.text(max_size=60))
def test_any_text_has_a_key_without_stray_separators(text: str) -> None:
    assert "|" not in search_term(text)
    assert all(part.isalnum() for part in search_key(names=[text]).split("|") if part)
