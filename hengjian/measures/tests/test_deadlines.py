"""Due, cut-off, lock: worked out by hand from the calendar of 2026."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.kernel.calendar.clock import PLAN_ZONE
from hengjian.measures.deadline_table import deadline_rules, deadlines_of, due_day, window_of
from hengjian.measures.reference import form_heads
from hengjian.measures.rules.deadlines import (
    NoDeadline,
    approval_for,
    higher,
    periods_ending_by,
    rule_of,
)
from hengjian.measures.rules.forms import Form, first_day, last_day
from hengjian.measures.states import Approval, Window

FORMS, DAYS = st.sampled_from(Form), st.dates(date(2022, 2, 1), date(2031, 12, 31))


def at(text: str) -> datetime:
    """A moment of the province."""
    return datetime.fromisoformat(text).replace(tzinfo=PLAN_ZONE)


def stands(form: Form, period: date, moment: str) -> Window:
    now = at(moment)
    return window_of(form, period, now=now.astimezone(UTC), today=now.date())


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-10-31T23:59", Window.FUTURE),
        ("2026-11-01T00:00", Window.OPEN),
        ("2026-11-02T10:00", Window.OPEN),
        ("2026-11-02T10:01", Window.LATE),
        ("2026-11-04T23:59", Window.LATE),
        ("2026-11-05T00:01", Window.CUT_OFF),
        ("2026-12-11T00:00", Window.CUT_OFF),
        ("2026-12-11T00:01", Window.LOCKED),
    ],
)
@pytest.mark.clause("M2.4")
def test_a_sunday_is_reported_like_any_day(moment: str, expected: Window) -> None:
    """1 November 2026 is a Sunday; daily reports know no holidays."""
    assert stands(Form.DAILY, date(2026, 11, 1), moment) is expected


def test_a_monthly_form_waits_for_a_working_day() -> None:
    """January 2026: 8 February is a Sunday; 12 a Thursday; 15 falls into the Spring Festival (15-23 February)."""
    moments = deadlines_of(Form.MONTH_ENERGY, date(2026, 1, 1))
    assert moments.opens == date(2026, 1, 31)
    assert moments.due == at("2026-02-10T00:00")  # the end of Monday 9
    assert moments.cut_off == at("2026-02-13T00:00")
    assert moments.lock == at("2026-02-25T00:00")
    assert not moments.provisional
    assert not moments.is_late(moments.due)
    assert moments.is_late(moments.due + timedelta(seconds=1))


def test_a_year_without_holiday_notice_is_provisional() -> None:
    assert deadlines_of(Form.MONTH_ENERGY, date(2030, 3, 1)).provisional
    assert not deadlines_of(Form.DAILY, date(2030, 3, 1)).provisional


def test_whose_leave_a_correction_needs() -> None:
    assert {state: approval_for(state) for state in Window} == {
        Window.FUTURE: Approval.NONE,
        Window.OPEN: Approval.NONE,
        Window.LATE: Approval.NONE,
        Window.CUT_OFF: Approval.COUNTY_CITY,
        Window.LOCKED: Approval.PROVINCE,
    }
    assert higher(Approval.COUNTY_CITY, Approval.PROVINCE) is Approval.PROVINCE
    assert higher(Approval.COUNTY_CITY, Approval.NONE) is Approval.COUNTY_CITY


def test_every_form_has_one_rule_on_every_day_and_says_why() -> None:
    assert {rule.form for rule in deadline_rules()} == set(form_heads()) == set(Form)
    for rule in deadline_rules():
        assert rule.basis
        assert rule.confidence in {"found", "to_verify"}
    for form in Form:
        for day in (date(2022, 1, 1), date(2026, 11, 22)):
            assert sum(r.form is form and r.in_force(day) for r in deadline_rules()) == 1
    with pytest.raises(NoDeadline):
        rule_of(deadline_rules(), Form.DAILY, date(2021, 12, 31))


def test_the_newest_day_that_is_due() -> None:
    assert due_day(date(2026, 11, 23)) == date(2026, 11, 22)


@given(FORMS, DAYS)
def test_a_period_is_due_before_it_is_cut_off_before_it_is_locked(form: Form, day: date) -> None:
    moments = deadlines_of(form, first_day(form, day))
    opens = datetime.combine(moments.opens, datetime.min.time(), PLAN_ZONE)
    assert opens < moments.due <= moments.cut_off <= moments.lock < moments.accepted_until


@given(FORMS, DAYS, st.integers(1, 40))
def test_periods_follow_each_other_and_are_over(form: Form, day: date, count: int) -> None:
    periods = periods_ending_by(form, day, count)
    assert len(periods) == count
    assert last_day(form, periods[-1]) <= day
    for before, after in pairwise(periods):
        assert last_day(form, before) + timedelta(days=1) == after
    following = last_day(form, periods[-1]) + timedelta(days=1)
    assert last_day(form, following) > day
