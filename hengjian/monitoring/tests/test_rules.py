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
    assert unit_use(Decimal(475), Decimal(500), "kgce/t") == 950
    assert unit_use(Decimal(1), Decimal(1), "tce/t") == 1
    for output, unit in ((None, "kgce/t"), (Decimal(0), "kgce/t"), (Decimal(5), "kWh/t")):
        assert unit_use(Decimal(1), output, unit) is None
    assert one_in(Decimal(3)) == 1000
