"""Energy, coal and CO2 of a report against figures worked out by hand."""

import itertools
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.measures.reference import daily_form, daily_items, shipped_factors
from hengjian.measures.rules.conversion import (
    MEASURED_NCV,
    ConversionRefused,
    Converted,
    Figure,
    ItemKind,
    convert,
    factor_in_force,
)
from hengjian.measures.rules.units import UNITS, unit

DAY = date(2025, 6, 3)
FACTORS = shipped_factors()
ITEMS = daily_items()


def run(day: date = DAY, **quantities: str | None) -> Converted:
    """Convert quantities given in the unit of the form."""
    given_in_form_units = {
        code: (None if value is None else Decimal(value), ITEMS[code].unit)
        for code, value in quantities.items()
    }
    return convert(given_in_form_units, items=ITEMS, factors=FACTORS, day=day)


# Each expectation is worked out on paper from GB/T 2589-2020 and the 2023 grid factor; the factors
# are written out here and not read from the program's table.
BY_HAND = [
    # 1000 t x 0.7143 = 714.3 tce; 1000 x 2.0715 = 2071.5 t CO2
    ({"raw_coal": "1000"}, "714.3", "714.3", "1000", "2071.5"),
    # 100 x 10^4 kWh = 1,000,000 kWh x 0.1229 kgce = 122.9 tce; x 0.300 = 300 tce; x 0.6191 kg = 619.1 t
    ({"electricity_purchased": "100"}, "122.9", "300", "0", "619.1"),
    # sent out: energy subtracts, carbon of power sold is not given back
    ({"electricity_sent_out": "100"}, "-122.9", "-300", "0", "0"),
    # 10 x 10^4 m3 x 1.2143 kgce/m3 = 121.43 tce; x 21.6219 t/10^4 m3 = 216.219 t
    ({"natural_gas": "10"}, "121.43", "121.43", "0", "216.219"),
    # 1000 GJ x 34.12 kgce = 34.12 tce; x 0.11 = 110 t
    ({"heat_purchased": "1000"}, "34.12", "34.12", "0", "110"),
    # measured 20,000 kJ/kg: 20000/29307.6 = 0.682417 tce/t (6 places), x 1000 t = 682.417
    ({"raw_coal": "1000", "raw_coal_ncv": "20000"}, "682.417", "682.417", "1000", "2071.5"),
    # coking, 1000 t coke: 1330 t x 0.9 = 1197; coke -971.4; gas 20 x 5.929 = -118.58;
    #   tar 40 x 1.1429 = -45.716; power 4 x 1.229 = 4.916 (primary 12) -> 66.22 / 73.304
    #   CO2 1330 x 2.2818 = 3034.794; -2851.8; -171.656; -105.784; +24.764 -> -69.682
    (
        {
            "coke_output": "1000",
            "cleaned_coal": "1330",
            "coke_oven_gas_out": "20",
            "coal_tar_out": "40",
            "electricity_purchased": "4",
        },
        "66.22",
        "73.304",
        "1330",
        "-69.682",
    ),
    # clinker: process CO2 of an output, no energy: 5000 x 0.535 = 2675
    ({"clinker_output": "5000"}, "0", "0", "0", "2675"),
    # water and own generation are information, not energy
    ({"water": "3", "electricity_own": "8"}, "0", "0", "0", "0"),
    # not reported is not zero, and enters nothing
    ({"raw_coal": None}, "0", "0", "0", "0"),
]


@pytest.mark.clause("G2")
@pytest.mark.parametrize(("quantities", "calorific", "primary", "coal", "co2"), BY_HAND)
def test_figures_worked_out_by_hand(
    quantities: dict[str, str | None], calorific: str, primary: str, coal: str, co2: str
) -> None:
    result = run(DAY, **quantities)
    assert (
        result.energy_tce_calorific,
        result.energy_tce_primary,
        result.coal_t,
        result.co2_t,
    ) == (Decimal(calorific), Decimal(primary), Decimal(coal), Decimal(co2))


def test_every_line_can_be_checked_with_a_calculator() -> None:
    (line,) = run(electricity_sent_out="100").lines
    assert line.formulas == (
        "−100 1e4kWh × 1.229 tce/1e4kWh = −122.9 tce",
        "−100 1e4kWh × 3 tce/1e4kWh = −300 tce",
    )
    assert line.factors[0] == (Figure.CALORIFIC, "GB/T 2589-2020", Decimal("1.229"))
    assert "系数待核实" in line.notes


def test_a_factor_belongs_to_the_day_of_the_report() -> None:
    assert run(date(2022, 6, 30), electricity_purchased="100").co2_t == Decimal(641)
    assert run(date(2022, 12, 31), electricity_purchased="1").energy_tce_primary == Decimal("3.05")
    assert run(date(2023, 1, 1), electricity_purchased="1").energy_tce_primary == Decimal(3)
    with pytest.raises(ConversionRefused, match="2021-03-31 没有生效"):
        run(date(2021, 3, 31), raw_coal="1")


def test_missing_parameters_are_said_and_not_guessed() -> None:
    assert "等价值没有生效的参数，按当量值计算" in run(heat_purchased="1").lines[0].notes
    known = [f for f in FACTORS if (f.subject, f.figure) != ("raw_coal", Figure.CO2)]
    quantities = {"raw_coal": (Decimal(1), "t")}
    result = convert(quantities, items=ITEMS, factors=known, day=DAY)
    assert result.co2_t == 0
    assert "没有排放因子，未计入二氧化碳" in result.lines[0].notes


def test_measured_calorific_value_is_named_as_the_version() -> None:
    result = run(raw_coal="1", raw_coal_ncv="21000")
    assert MEASURED_NCV in result.versions


@pytest.mark.parametrize(
    ("quantities", "cause"),
    [
        ({"gold": (Decimal(1), "t")}, "没有这一项"),
        ({"raw_coal": (Decimal(1), "1e4kWh")}, "不是同一种量"),
        ({"raw_coal": (Decimal(1), "斤")}, "不认识的计量单位"),
        ({"raw_coal": (Decimal("NaN"), "t")}, "不是有限的数字"),
        ({"raw_coal": (Decimal("Infinity"), "t")}, "不是有限的数字"),
        ({"raw_coal_ncv": (Decimal(0), "kJ/kg")}, "热值必须大于零"),
    ],
)
def test_quantities_without_meaning_are_refused(
    quantities: dict[str, tuple[Decimal | None, str]], cause: str
) -> None:
    with pytest.raises(ConversionRefused, match=cause):
        convert(quantities, items=ITEMS, factors=FACTORS, day=DAY)


AMOUNTS = st.decimals(min_value=0, max_value=100_000, places=3, allow_nan=False)
CODES = sorted(code for code, item in ITEMS.items() if item.kind != ItemKind.NCV)


@given(st.dictionaries(st.sampled_from(CODES), AMOUNTS, max_size=12))
def test_a_report_is_the_sum_of_its_items(amounts: dict[str, Decimal]) -> None:
    whole = run(DAY, **{code: str(value) for code, value in amounts.items()})
    parts = [run(DAY, **{code: str(value)}) for code, value in amounts.items()]
    assert whole.energy_tce_calorific == sum((p.energy_tce_calorific for p in parts), Decimal(0))
    assert whole.co2_t == sum((p.co2_t for p in parts), Decimal(0))
    assert whole.coal_t == sum((p.coal_t for p in parts), Decimal(0))


@given(AMOUNTS)
def test_the_unit_given_makes_no_difference(value: Decimal) -> None:
    in_kwh = {"electricity_purchased": (value * 10_000, "kWh")}
    result = convert(in_kwh, items=ITEMS, factors=FACTORS, day=DAY)
    assert result.energy_tce_calorific == run(electricity_purchased=str(value)).energy_tce_calorific


def test_no_two_factors_are_in_force_at_once() -> None:
    for factor in FACTORS:
        same = [f for f in FACTORS if (f.subject, f.figure) == (factor.subject, factor.figure)]
        found = factor_in_force(FACTORS, factor.subject, factor.figure, factor.valid_from)
        assert found is factor
        ends = sorted((f.valid_from, f.valid_to or date.max) for f in same)
        assert all(first[1] < second[0] for first, second in itertools.pairwise(ends))


def test_every_industry_has_its_lines_and_every_line_can_be_converted() -> None:
    industries = {
        "refining", "coking", "coal_to_liquids", "basic_chemicals", "fertilizer", "tire", "cement",
        "lime", "bitumen_waterproofing", "flat_glass", "ceramics", "steel", "ferroalloy",
        "nonferrous", "foundry", "coal_power",
    }  # fmt: skip
    named = {name for line in daily_form() for name in line.industries}
    assert named - {"*", "@cems"} == industries, "@: a source that has the line to itself"
    for industry in industries:
        lines = [line for line in daily_form() if line.belongs_to(industry)]
        assert len(lines) >= 5, industry
        assert any(line.item.kind == ItemKind.OUTPUT for line in lines), industry
    for line in daily_form():
        assert line.item.unit in UNITS
        assert line.minimum < line.maximum
        if line.item.energy_sign:
            factor = factor_in_force(FACTORS, line.item.subject, Figure.CALORIFIC, DAY)
            assert factor is not None, line.item.code
            assert unit(factor.unit).dimension == unit(line.item.unit).dimension
        if line.item.kind is ItemKind.STOCK:
            assert (line.item.subject, line.item.energy_sign, line.item.carbon_sign) == ("", 0, 0)
