"""The forms as data: short enough to fill in, periods named by their first day, stocks that balance."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.measures.reference import (
    MAX_DAILY_FIELDS,
    DailyItem,
    all_items,
    balances,
    closing_of,
    daily_form,
    form_heads,
    form_lines,
    is_rare,
    lines_of,
)
from hengjian.measures.rules.balance import Flow, check_balance
from hengjian.measures.rules.forms import (
    FREQUENCY,
    Form,
    Frequency,
    first_day,
    last_day,
    previous,
    year_before,
)
from hengjian.measures.rules.units import UNITS, unit

INDUSTRIES = sorted({name for line in daily_form() for name in line.industries} - {"*"})


def fields(*industries: str) -> list[DailyItem]:
    """What the daily page of such a site asks for, opening stocks included."""
    return [x for x in lines_of(frozenset(industries)) if not is_rare(x, industries)]


@pytest.mark.clause("G2")
@pytest.mark.parametrize("industry", INDUSTRIES)
def test_the_daily_form_of_an_industry_has_at_most_twenty_fields(industry: str) -> None:
    shown = fields(industry)
    assert 5 <= len(shown) <= MAX_DAILY_FIELDS, [line.item.code for line in shown]
    assert all(not is_rare(line, [industry]) for line in shown if line.required)


def test_sites_of_several_industries_may_have_more_and_we_know_which() -> None:
    """Not a limit but a table: these pairs need more than twenty fields."""
    over = {(a, b) for a, b in combinations(INDUSTRIES, 2) if len(fields(a, b)) > MAX_DAILY_FIELDS}
    assert ("coking", "steel") in over
    assert ("coal_power", "tire") not in over
    print(f"pairs of industries over {MAX_DAILY_FIELDS} fields: {len(over)}: {sorted(over)}")  # noqa: T201


def test_a_line_hidden_for_one_industry_shows_for_another_of_the_same_site() -> None:
    heat = next(line for line in daily_form() if line.item.code == "heat_purchased")
    assert is_rare(heat, ["steel"])
    assert not is_rare(heat, ["steel", "tire"])
    diesel = next(line for line in daily_form() if line.item.code == "diesel")
    assert is_rare(diesel, ["tire"])


def test_every_form_has_its_head_and_its_lines() -> None:
    heads = form_heads()
    assert set(heads) == set(Form)
    for form, head in heads.items():
        assert head.frequency is FREQUENCY[form]
        assert head.title
        assert head.table_number
        assert head.confidence in {"found", "to_verify"}
        codes = [line.item.code for line in form_lines(form)]
        assert len(codes) == len(set(codes)) > 3
        for industry in INDUSTRIES:
            assert any(line.required for line in lines_of(frozenset({industry}), form))
    for line in (line for form in Form for line in form_lines(form)):
        assert line.item.unit in UNITS
        assert line.minimum < line.maximum
        assert all_items()[line.item.code].unit == line.item.unit


def test_a_month_may_hold_the_sum_of_its_days_but_no_larger_stock() -> None:
    month = {line.item.code: line for line in form_lines(Form.MONTH_ENERGY)}
    for line in daily_form():
        times = 1 if line.is_level else 31
        assert month[line.item.code].maximum == line.maximum * times


def test_each_balance_has_opening_and_closing_in_one_dimension() -> None:
    named = {line.balance for line in daily_form() if line.balance}
    assert named == set(balances())
    for code in named:
        lines = [line for line in daily_form() if line.balance == code]
        flows = [line.flow for line in lines]
        assert flows.count(Flow.OPENING) == flows.count(Flow.CLOSING) == 1
        assert Flow.OUT in flows
        assert len({unit(line.item.unit).code for line in lines}) == 1, code
    assert closing_of()["coal_opening"] == "coal_closing"
    assert len(closing_of()) == len(named)


MOVES = [
    ("open", Flow.OPENING), ("bought", Flow.IN), ("burnt", Flow.OUT), ("close", Flow.CLOSING),
]  # fmt: skip


@pytest.mark.parametrize(
    ("closing", "residual", "holds"),
    [("700", "0", True), ("725", "25", True), ("726", "26", False), ("674", "-26", False)],
)
def test_a_balance_holds_within_five_percent_of_the_flow(
    closing: str, residual: str, holds: bool
) -> None:
    amounts = {
        "open": Decimal(1000), "bought": Decimal(200), "burnt": Decimal(500), "close": Decimal(closing),
    }  # fmt: skip
    found = check_balance(amounts, MOVES, Decimal(5))
    assert found is not None
    assert (found.expected, found.residual) == (Decimal(700), Decimal(residual))
    assert found.allowed == 25
    assert found.holds is holds


def test_without_opening_or_closing_nothing_is_checked() -> None:
    some = {"open": Decimal(1), "burnt": Decimal(9)}
    assert check_balance(some, MOVES, Decimal(5)) is None
    assert check_balance({"close": Decimal(1)}, MOVES, Decimal(5)) is None
    still = {"open": Decimal(10), "close": Decimal(10)}
    found = check_balance(still, MOVES, Decimal(5))
    assert found is not None
    assert found.holds
    moved = check_balance({**still, "close": Decimal("9.9")}, MOVES, Decimal(5))
    assert moved is not None
    assert not moved.holds  # nothing flowed, so nothing may be missing


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.sampled_from(list(Form)))
def test_periods_lie_end_to_end(day: date, form: Form) -> None:
    period = first_day(form, day)
    assert period <= day <= last_day(form, period)
    assert first_day(form, last_day(form, period)) == period
    assert (period - last_day(form, previous(form, period))).days == 1
    if FREQUENCY[form] is not Frequency.DAY:
        assert period.day == 1


def test_the_year_before_of_a_leap_day_exists() -> None:
    assert year_before(date(2028, 2, 29)) == date(2027, 2, 28)
    assert year_before(date(2026, 11, 22)) == date(2025, 11, 22)
