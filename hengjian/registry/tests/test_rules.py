"""Credit codes, names, meters and limits."""

from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.registry.reference import limit_products, shipped_industries, shipped_limits
from hengjian.registry.rules.credit_code import (
    ALPHABET,
    CreditCodeRefused,
    check_digit,
    validate_credit_code,
)
from hengjian.registry.rules.limits import (
    EnergyLimit,
    Level,
    LimitKind,
    compare,
    level_that_binds,
    limit_in_force,
)
from hengjian.registry.rules.metering import VerificationState, add_months, verification
from hengjian.registry.rules.names import normalise_name, numbers_in, split_former_names
from tests.support.shared import read_csv, shared

# The worked example of GB 32100-2015 (annex): weights 1, 3, 9 ... and check digit by hand.
EXAMPLE = "91350100M000100Y43"


def test_the_worked_example_of_the_standard() -> None:
    assert validate_credit_code(EXAMPLE) == EXAMPLE
    assert validate_credit_code(" 91350100m000-100y43　") == EXAMPLE
    assert validate_credit_code("９１３５０１００Ｍ０００１００Ｙ４３") == EXAMPLE


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("", "应为18位，现为0位"),
        (EXAMPLE[:-1], "应为18位，现为17位"),
        (EXAMPLE.replace("0Y", "OY"), "不使用字符“O”，疑为“0”"),
        ("91350100I000100Y43", "不使用字符“I”，疑为“1”"),
        ("9135A100M000100Y43", "第3至8位"),
        (EXAMPLE[:-1] + "4", "末位为“4”，按GB 32100应为“3”"),
    ],
)
def test_wrong_codes_are_refused_with_the_cause(code: str, cause: str) -> None:
    with pytest.raises(CreditCodeRefused, match=cause):
        validate_credit_code(code)


BODIES = st.tuples(
    st.text(ALPHABET, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=9, max_size=9),
).map("".join)


@given(BODIES, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_place_never_passes(body: str, place: int, letter: str) -> None:
    code = body + check_digit(body)
    assert validate_credit_code(code) == code
    wrong = code[:place] + letter + code[place + 1 :]
    if wrong != code:
        with pytest.raises(CreditCodeRefused):
            validate_credit_code(wrong)


@given(BODIES, st.integers(8, 15))
def test_swapped_neighbours_never_pass(body: str, place: int) -> None:
    code = body + check_digit(body)
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if wrong != code:
        with pytest.raises(CreditCodeRefused):
            validate_credit_code(wrong)


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("山东省济南市甲乙钢铁有限公司", "济南甲乙钢铁"),
        ("山东济南甲乙钢铁股份有限公司", "济南甲乙钢铁"),
        ("济南甲乙钢铁有限责任公司", "济南甲乙钢铁"),
        ("山东甲乙钢铁集团有限公司", "山东甲乙钢铁"),
        ("甲乙化学（烟台）氯碱热电有限公司", "甲乙化学烟台氯碱热电"),
        ("甲乙焦化有限公司（原名：丙丁焦化厂）", "甲乙焦化"),
        ("ＡＢＣ 水泥", "abc水泥"),
        ("有限公司", "有限公司"),
        ("山东省", "山东省"),
        ("", ""),
    ],
)
def test_names_are_compared_without_form_and_province(name: str, normal: str) -> None:
    assert normalise_name(name) == normal


def test_former_names_are_taken_apart() -> None:
    assert split_former_names("甲乙焦化（原丙丁焦化厂）【曾用名：戊己焦化】") == (
        "甲乙焦化",
        ("丙丁焦化厂", "戊己焦化"),
    )
    assert split_former_names("甲乙(东厂)") == ("甲乙(东厂)", ())
    assert numbers_in("第02电厂 3号") == {"2", "3"}


@given(st.text(max_size=40))
def test_normalising_a_normal_name_changes_nothing_odd(name: str) -> None:
    normal = normalise_name(name)
    assert all(letter.isalnum() for letter in normal)
    assert bool(normal) == any(c.isalnum() for c in split_former_names(name)[0].casefold())


def test_a_meter_is_due_the_day_before_the_interval_ends() -> None:
    def state(today: date) -> tuple[VerificationState, int | None]:
        result = verification(
            last=date(2024, 5, 10),
            interval_months=12,
            certificate_until=None,
            today=today,
            warn_days=30,
        )
        assert result.valid_until == date(2025, 5, 9)
        return result.state, result.days_left

    assert state(date(2025, 4, 8)) == (VerificationState.VALID, 31)
    assert state(date(2025, 4, 9)) == (VerificationState.DUE_SOON, 30)
    assert state(date(2025, 5, 9)) == (VerificationState.DUE_SOON, 0)
    assert state(date(2025, 5, 10)) == (VerificationState.OVERDUE, -1)


def test_a_meter_without_record_or_interval_is_said_to_be_so() -> None:
    def state(last: date | None, months: int | None, until: date | None) -> VerificationState:
        return verification(
            last=last,
            interval_months=months,
            certificate_until=until,
            today=date(2025, 1, 1),
            warn_days=30,
        ).state

    assert state(None, 12, None) is VerificationState.NEVER
    assert state(date(2024, 12, 1), None, None) is VerificationState.UNKNOWN_INTERVAL
    assert state(date(2020, 1, 1), 12, date(2026, 1, 1)) is VerificationState.VALID


def test_months_end_in_short_months() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2024, 12, 31), 6) == date(2025, 6, 30)
    assert add_months(date(2025, 3, 31), -1) == date(2025, 2, 28)


def _limit(product: str, day: date, industry: str = "steel") -> EnergyLimit | None:
    indicator = "process_energy" if industry == "steel" else "comprehensive_energy"
    return limit_in_force(
        shipped_limits(),
        kind=LimitKind.GB_LIMIT,
        industry=industry,
        product=product,
        indicator=indicator,
        day=day,
    )


def test_the_edition_of_the_day_is_taken() -> None:
    before = _limit("焦炭（顶装焦炉）", date(2026, 4, 30), "coking")
    after = _limit("焦炭（顶装焦炉）", date(2026, 5, 1), "coking")
    assert before is not None
    assert after is not None
    assert (before.standard, before.level(Level.LIMIT)) == ("GB 21342-2013", Decimal(150))
    assert (after.standard, after.level(Level.LIMIT)) == ("GB 21342-2025", Decimal(135))
    assert _limit("焦炭（顶装焦炉）", date(2014, 9, 30), "coking") is None
    assert _limit("石灰", date(2026, 1, 1), "lime") is None


def test_negative_levels_compare_as_numbers() -> None:
    limit = _limit("转炉钢", date(2026, 8, 1))
    assert limit is not None
    good = compare(Decimal(-20), limit, Level.LIMIT)
    bad = compare(Decimal(-5), limit, Level.LIMIT)
    assert (good.within, good.excess) == (True, Decimal(-8))
    assert (bad.within, bad.excess) == (False, Decimal(7))
    assert "限额为负值：回收的能源多于消耗" in bad.notes
    assert compare(Decimal(-12), limit, Level.LIMIT).within is True


def test_a_missing_level_is_no_verdict() -> None:
    limit = _limit("电炉钢（容量<50 t）", date(2026, 8, 1))
    assert limit is not None
    result = compare(Decimal(1000), limit, Level.ACCESS)
    assert (result.within, result.bound, result.excess) == (None, None, None)
    assert result.notes[0] == "标准没有规定该等级的数值"


def test_levels_out_of_order_are_said_and_compared_one_by_one() -> None:
    limit = next(x for x in shipped_limits() if x.product == "超临界 600 MW" and x.levels)
    result = compare(Decimal("285.5"), limit, Level.ACCESS)
    assert result.within is False
    assert compare(Decimal("285.5"), limit, Level.ADVANCED).within is True
    assert any("不是由严到宽" in note for note in result.notes)


def test_new_units_are_held_to_level_two() -> None:
    effective = date(2026, 7, 1)
    assert level_that_binds(commissioned=effective, effective_from=effective) is Level.ACCESS
    before = effective - timedelta(days=1)
    assert level_that_binds(commissioned=before, effective_from=effective) is Level.LIMIT
    assert level_that_binds(commissioned=None, effective_from=effective) is Level.LIMIT


def test_reference_tables_are_whole() -> None:
    industries = shipped_industries()
    assert [i.seq for i in industries] == list(range(1, 17))
    assert {i.code for i in industries if i.is_key} == {
        "steel", "coking", "refining", "coal_power", "cement",
    }  # fmt: skip
    assert {i.code for i in industries if i.is_output_controlled} == {"steel", "coking"}
    limits = shipped_limits()
    assert len(limits) == 192
    assert {limit.industry for limit in limits} <= {i.code for i in industries}
    keys = [(x.kind, x.industry, x.product, x.indicator, x.effective_from, x.unit) for x in limits]
    assert len(set(keys)) == len(keys), "two rows for the same product and day"


@pytest.mark.parametrize("name", ["industries.csv", "energy_limits.csv"])
def test_copies_are_exact(name: str) -> None:
    copy = (files("hengjian.registry") / "data" / name).read_bytes()
    assert copy == shared(f"domain/{name}").read_bytes()


def test_every_limit_product_exists_and_is_reported_in_the_daily_form() -> None:
    table = Path(__file__).parents[2] / "measures" / "data" / "daily_form.csv"
    reported = {
        (industry, row["product_code"])
        for row in read_csv(table)
        for industry in row["industries"].split(";")
    }
    limits = {(x.industry, x.product, x.indicator) for x in shipped_limits()}
    products = limit_products()
    assert len({(x.industry, x.product, x.indicator) for x in products}) == len(products)
    for product in products:
        assert (product.industry, product.product, product.indicator) in limits
        assert (product.industry, product.product_code) in reported
        assert not product.whole_site or product.indicator == "comprehensive_energy"
