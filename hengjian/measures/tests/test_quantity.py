"""What people type as a quantity, and units."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.kernel.text import number
from hengjian.measures.rules.quantity import QuantityRefused, parse_quantity
from hengjian.measures.rules.units import UNITS, UnitRefused, convert_unit, unit

FINITE = st.decimals(
    min_value=-999_999_999_999, max_value=999_999_999_999, places=6, allow_nan=False
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("１，２３４．５", "1234.5"),
        (" 12 ", "12"),
        ("\u00a012\u3000", "12"),
        ("-30", "-30"),
        ("−30", "-30"),
        ("－３０", "-30"),
        ("+7", "7"),
        ("0", "0"),
        ("000123", "123"),
        ("1.10000000000", "1.1"),
        ("999999999999", "999999999999"),
    ],
)
def test_quantities_that_are_read(text: str, value: str) -> None:
    assert parse_quantity(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "  ", "\u3000", "\t\n"])
def test_blank_means_not_reported(text: str) -> None:
    assert parse_quantity(text) is None


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("1.2万", "不要写“万”"),
        ("3亿", "不要写“万”"),
        ("NaN", "不是数字"),
        ("inf", "不是数字"),
        ("-Infinity", "不是数字"),
        ("1e999", "科学计数法"),
        ("1E+3", "科学计数法"),
        ("1,23", "千分位"),
        ("1,2345", "千分位"),
        ("12,34.5", "千分位"),
        ("1.2.3", "不是数字"),
        ("12吨", "不是数字"),
        ("一百", "不是数字"),
        ("٣", "不是数字"),
        ("0x10", "不是数字"),
        ("1_000", "不是数字"),
        ("1 000", "不是数字"),
        ("=1+1", "不是数字"),
        (".5", "不是数字"),
        ("5.", "不是数字"),
        ("-", "留空"),
        ("——", "留空"),
        ("/", "留空"),
        ("1234567890123", "最多 12 位"),
        ("0.1234567", "最多 6 位"),
        ("9" * 10_000, "最多 12 位"),
    ],
)
def test_quantities_that_are_refused_with_the_cause(text: str, cause: str) -> None:
    with pytest.raises(QuantityRefused, match=cause) as refusal:
        parse_quantity(text)
    assert str(refusal.value) == refusal.value.message.format(**refusal.value.data)


def test_bounds_are_in_the_unit_of_the_field() -> None:
    assert parse_quantity("0", minimum=Decimal(0)) == 0
    with pytest.raises(QuantityRefused, match="不能小于 0"):
        parse_quantity("-0.1", minimum=Decimal(0))
    with pytest.raises(QuantityRefused, match="不能大于 500"):
        parse_quantity("500.000001", maximum=Decimal(500))


@given(FINITE)
def test_what_a_page_shows_reads_back_as_the_same_value(value: Decimal) -> None:
    assert parse_quantity(number(value)) == value
    assert parse_quantity(f"{value:f}") == value


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        value = parse_quantity(text)
    except QuantityRefused:
        return
    assert value is None or (value.is_finite() and abs(value) < Decimal(10) ** 12)


def test_units_are_known_by_code_and_by_label() -> None:
    assert unit("1e4kWh") is unit("万千瓦时")
    assert len({u.label for u in UNITS.values()}) == len(UNITS)
    with pytest.raises(UnitRefused, match="不认识的计量单位：斤"):
        unit("斤")


@pytest.mark.parametrize(
    ("value", "source", "target", "result"),
    [
        ("1.5", "1e4kWh", "kWh", "15000"),
        ("1", "MWh", "1e4kWh", "0.1"),
        ("250", "kg", "t", "0.25"),
        ("3", "1e4m3", "m3", "30000"),
        ("34120", "MJ", "GJ", "34.12"),
    ],
)
def test_units_convert_exactly(value: str, source: str, target: str, result: str) -> None:
    assert convert_unit(Decimal(value), source, target) == Decimal(result)


@given(FINITE, st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)))
def test_units_of_different_kind_never_mix(value: Decimal, source: str, target: str) -> None:
    if UNITS[source].dimension == UNITS[target].dimension:
        back = convert_unit(convert_unit(value, source, target), target, source)
        assert abs(back - value) <= abs(value) * Decimal("1e-20")
    else:
        with pytest.raises(UnitRefused, match="不是同一种量"):
            convert_unit(value, source, target)
