"""Streaks, matching, colours, and what may be compared with a limit: pure."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.monitoring.rules import (
    Known,
    LimitChoice,
    Streak,
    colour,
    limit_product,
    match,
    one_in,
    output_in,
    streaks,
    unit_use,
)

START = date(2026, 1, 1)
days = st.sets(st.integers(0, 120)).map(lambda ns: [START + timedelta(days=n) for n in ns])


@given(days, st.integers(1, 10))
def test_streaks_hold_every_day_once_and_lie_apart(given_days: list[date], gap: int) -> None:
    found = streaks(given_days, gap)
    assert [day for streak in found for day in streak.days] == sorted(given_days)
    for before, after in pairwise(found):
        assert (after.first - before.last).days > gap
    for streak in found:
        steps = pairwise(streak.days)
        assert all((b - a).days <= gap for a, b in steps)


@given(days, days, st.integers(1, 10))
def test_every_alert_is_continued_once_or_lost_and_the_same_again(
    now: list[date], before: list[date], gap: int
) -> None:
    known = [Known(UUID(int=n), s.first, s.last) for n, s in enumerate(streaks(before, gap))]
    matched = match(streaks(now, gap), known)
    continued = [alert for _, alert in matched.streaks if alert is not None]
    assert sorted(a.id for a in [*continued, *matched.lost]) == sorted(a.id for a in known)
    assert [s for s, _ in matched.streaks] == list(streaks(now, gap))
    settled = [
        Known(alert.id if alert else UUID(int=1000 + n), s.first, s.last)
        for n, (s, alert) in enumerate(matched.streaks)
    ]
    again = match(streaks(now, gap), settled)
    assert not again.lost
    assert [alert for _, alert in again.streaks] == settled


def test_a_streak_that_joins_two_alerts_continues_the_earlier() -> None:
    first = Known(UUID(int=1), START, START + timedelta(days=2))
    second = Known(UUID(int=2), START + timedelta(days=9), START + timedelta(days=9))
    joined = Streak((START, START + timedelta(days=5), START + timedelta(days=9)))
    matched = match([joined], [second, first])
    assert matched.streaks == ((joined, first),)
    assert matched.lost == (second,)


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [("0.3", "blue"), ("1.3", "yellow"), ("2.9", "yellow"), ("3", "orange"), ("6", "red")],
)
def test_colour(evidence: str, expected: str) -> None:
    bounds = {"red": Decimal(6), "orange": Decimal(3), "yellow": Decimal("1.3")}
    assert colour(Decimal(evidence), **bounds) == expected


WHOLE = [LimitChoice("硅铁", whole_site=True), LimitChoice("锰硅合金", whole_site=True)]
ONE, PART = [LimitChoice("石灰", whole_site=True)], [LimitChoice("烧结矿", whole_site=False)]


@pytest.mark.parametrize(
    ("declared", "choices", "industries", "expected"),
    [
        (["硅铁"], WHOLE, 1, ("硅铁", "")),
        (["alloy", "硅铁"], WHOLE, 1, ("硅铁", "")),
        (["alloy"], WHOLE, 1, ("", "undeclared")),
        (["硅铁", "锰硅合金"], WHOLE, 1, ("", "undeclared")),
        (["硅铁"], WHOLE, 2, ("", "boundary")),
        (["硅铁", "焦炭"], WHOLE, 1, ("", "boundary")),
        (["alloy"], ONE, 1, ("石灰", "")),
        ([], ONE, 1, ("石灰", "")),
        (["烧结矿"], PART, 1, ("", "boundary")),
        (["alloy"], [], 1, ("", "")),
    ],
)
def test_a_whole_site_is_compared_only_where_one_product_takes_all(
    declared: list[str], choices: list[LimitChoice], industries: int, expected: tuple[str, str]
) -> None:
    found = limit_product("alloy", declared=declared, choices=choices, industries=industries)
    assert found == expected


def test_unit_use() -> None:
    assert unit_use(Decimal(475), Decimal(500), "t", "kgce/t") == 950
    assert unit_use(Decimal(1), Decimal(1), "t", "tce/t") == 1
    assert unit_use(Decimal(70), Decimal("0.5"), "1e4weight_case", "kgce/weight_case") == 14
    for output, reported, unit in (
        (None, "t", "kgce/t"),
        (Decimal(0), "t", "kgce/t"),
        (Decimal(5), "t", "kWh/t"),
        (Decimal(5), "1e4tire", "kgce/t"),
        (Decimal(5), "t", "kgce/toe"),
    ):
        assert unit_use(Decimal(1), output, reported, unit) is None
    assert one_in(Decimal(3)) == 1000


@pytest.mark.parametrize(
    ("output", "unit", "denominators", "expected"),
    [
        ("2.5", "1e4weight_case", {"weight_case"}, ("25000", "weight_case")),
        ("1.25", "1e4m2", {"1000m2"}, ("12.5", "1000m2")),
        ("3", "1e4m2", {"m2"}, ("30000", "m2")),
        ("7", "t", {"kg", "t"}, ("7", "t")),
        ("0.0007", "kg", {"t"}, ("0.000001", "t")),
        ("7", "1e4tire", {"t"}, ("7", "1e4tire")),
        ("7", "t", {"toe"}, ("7", "t")),
        ("7", "t", set(), ("7", "t")),
    ],
)
def test_output_takes_the_unit_of_a_limit_that_measures_the_same(
    output: str, unit: str, denominators: set[str], expected: tuple[str, str]
) -> None:
    assert output_in(Decimal(output), unit, denominators) == (Decimal(expected[0]), expected[1])
    assert output_in(None, unit, denominators) == (None, expected[1])
