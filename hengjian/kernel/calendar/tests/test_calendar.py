"""Deadlines by the Chinese working calendar, and the clock."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.kernel.calendar import clock
from hengjian.kernel.calendar.rules import (
    WorkCalendar,
    add_calendar_days_then_next_workday,
    add_workdays,
    is_provisional,
    is_workday,
    workdays_between,
)
from hengjian.kernel.calendar.table import shipped_calendar
from tests.support.shared import read_csv, shared

CALENDAR = shipped_calendar()
DAYS = st.dates(date(2022, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("end", "due", "provisional"),
    [  # worked out by hand in ../shared/domain/rules.md section 6
        ("2022-06-30", "2022-07-07", False),
        ("2022-12-31", "2023-01-09", False),
        ("2023-12-31", "2024-01-08", False),
        ("2024-06-30", "2024-07-08", False),
        ("2026-12-31", "2027-01-07", True),
        ("2026-09-24", "2026-10-08", False),
    ],
)
@pytest.mark.clause("M1.7")
def test_one_week_after_the_end(end: str, due: str, provisional: bool) -> None:
    result = add_calendar_days_then_next_workday(date.fromisoformat(end), 7, CALENDAR)
    assert (result.day.isoformat(), result.provisional) == (due, provisional)


def test_every_day_of_the_published_years_agrees_with_the_second_table() -> None:
    rows = read_csv(shared("data/cn_workdays/workdays_2018_2026.csv"))
    published = [
        row for row in rows if not is_provisional(date.fromisoformat(row["date"]), CALENDAR)
    ]
    assert len(published) == 4 * 365 + 366
    wrong = [
        r["date"]
        for r in published
        if is_workday(date.fromisoformat(r["date"]), CALENDAR) != (r["is_workday"] == "1")
    ]
    assert wrong == []


def test_the_shipped_table_is_the_reference_table() -> None:
    from importlib.resources import files

    copy = (files("hengjian.kernel.calendar") / "data" / "holidays.csv").read_bytes()
    assert copy == shared("domain/holidays.csv").read_bytes()


def test_counting_crosses_a_long_holiday_and_its_makeup_days() -> None:
    # 2022-09-30 is a Friday; 1-7 October off, Saturday 8 and Sunday 9 worked.
    assert add_workdays(date(2022, 9, 30), 1, CALENDAR).day == date(2022, 10, 8)
    assert add_workdays(date(2022, 9, 30), 3, CALENDAR).day == date(2022, 10, 10)
    assert add_workdays(date(2022, 10, 10), -3, CALENDAR).day == date(2022, 9, 30)


def test_the_unpublished_year_is_marked_only_when_touched() -> None:
    assert not add_workdays(date(2026, 12, 28), 2, CALENDAR).provisional
    assert add_workdays(date(2026, 12, 30), 2, CALENDAR).provisional
    assert add_workdays(date(2027, 1, 4), -1, CALENDAR).provisional
    assert add_workdays(date(2027, 1, 1), 0, CALENDAR).day == date(2027, 1, 1), "a Friday"


@given(DAYS, st.integers(-60, 60))
def test_adding_and_counting_agree(start: date, count: int) -> None:
    due = add_workdays(start, count, CALENDAR).day
    assert is_workday(due, CALENDAR)
    if count > 0:
        assert workdays_between(start + timedelta(days=1), due, CALENDAR) == count
    if count < 0:
        assert workdays_between(due, start - timedelta(days=1), CALENDAR) == -count


def test_a_december_day_of_the_next_notice_publishes_no_year() -> None:
    calendar = WorkCalendar.of([(date(2029, 12, 31), "holiday"), (date(2030, 10, 1), "holiday")])
    assert is_provisional(date(2029, 12, 30), calendar)
    assert not is_provisional(date(2030, 5, 1), calendar)


@pytest.mark.parametrize("kinds", [["feast"], ["holiday", "makeup_workday"]])
def test_a_contradictory_table_is_refused(kinds: list[str]) -> None:
    with pytest.raises(ValueError, match="holiday table"):
        WorkCalendar.of((date(2025, 1, 1), kind) for kind in kinds)


def test_the_clock_runs_in_utc_and_days_change_in_shanghai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(clock.DEMO_DATE, raising=False)
    before = datetime.now(UTC)  # noqa: TID251 - the clock itself is under test
    assert before <= clock.now() <= datetime.now(UTC)  # noqa: TID251
    assert clock.now().tzinfo is UTC
    assert clock.today() in {
        (clock.now() + timedelta(hours=8, seconds=s)).date() for s in (-5, 0, 5)
    }


def test_the_demo_date_fixes_today_and_the_time_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(clock.DEMO_DATE, "2025-06-03")
    assert clock.today() == date(2025, 6, 3)
    local = clock.now().astimezone(clock.PLAN_ZONE)
    assert local.date() == date(2025, 6, 3)
    assert clock.now() <= clock.now()
    monkeypatch.setenv(clock.DEMO_DATE, "June")
    with pytest.raises(ValueError, match="not an ISO date"):
        clock.today()


def test_the_clock_needs_no_django() -> None:
    code = (
        "import sys; from hengjian.kernel.calendar import clock; assert clock.today().year == 2031; "
        "sys.exit('django' in sys.modules)"
    )
    environment = {**os.environ, clock.DEMO_DATE: "2031-01-01"}
    assert (
        subprocess.run([sys.executable, "-c", code], check=False, env=environment).returncode == 0
    )
