"""Placing quarter-hours, labels at the end of the interval, gaps, and registers by difference."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.measures.rules.intervals import (
    CHINA,
    QUARTER,
    Days,
    DayStart,
    Label,
    LabelRefused,
    MeterEventKind,
    Placed,
    Register,
    consumption,
    ends_of,
    gaps,
)
from hengjian.measures.rules.meter_file import read_label

DAY = date(2026, 11, 22)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("hour", "end", "placed"),
    [
        (0, local(22, 0, 15), Placed(DAY, 1)),
        (0, local(23, 0), Placed(DAY, 96)),
        (8, local(22, 8, 15), Placed(DAY, 1)),
        (8, local(23, 8), Placed(DAY, 96)),
        (8, local(22, 8), Placed(date(2026, 11, 21), 96)),
        # With a start in the evening the day bears the date of the following calendar day.
        (20, local(21, 20, 15), Placed(DAY, 1)),
        (20, local(22, 20), Placed(DAY, 96)),
        (20, local(22, 20, 15), Placed(date(2026, 11, 23), 1)),
    ],
)
def test_the_last_quarter_belongs_to_the_day_that_it_ends(
    hour: int, end: datetime, placed: Placed
) -> None:
    assert Days(hour).place(end) == placed
    assert Days(hour).place(end.astimezone(UTC)) == placed


@given(st.sampled_from([0, 8, 20]), st.dates(date(2000, 1, 1), date(2050, 1, 1)))
def test_a_day_has_96_ends_that_all_belong_to_it(hour: int, day: date) -> None:
    ends = Days(hour).ends(day)
    placed = [Days(hour).place(end) for end in ends]
    assert [p.quarter for p in placed] == list(range(1, 97))
    assert {p.production_day for p in placed} == {day}


@pytest.mark.parametrize(
    ("before", "after", "quarters"), [(0, 8, (128, 96)), (8, 0, (64, 96)), (0, 20, (96, 80))]
)
def test_where_the_start_changes_no_quarter_is_lost_or_counted_twice(
    before: int, after: int, quarters: tuple[int, int]
) -> None:
    days = Days(before, [DayStart(DAY, after)])
    found = [days.ends(DAY + timedelta(days=n)) for n in range(-3, 4)]
    every = [end for ends in found for end in ends]
    assert [b - a for a, b in pairwise(every)] == [QUARTER] * (len(every) - 1)
    assert (len(found[2]), len(found[3])) == quarters


def labels(*texts: str) -> list[Label]:
    return [read_label(text, "dmy") for text in texts]


def ends(*texts: str, at_start: bool = False) -> list[str]:
    found = ends_of(labels(*texts), at_start=at_start)
    return [x.message if isinstance(x, LabelRefused) else f"{x:%d %H:%M}" for x in found]


def test_midnight_last_in_its_day_is_24_00_of_that_day() -> None:
    assert ends("01/01/2018 23:45", "01/01/2018 0:00", "02/01/2018 0:15") == [
        "01 23:45", "02 00:00", "02 00:15",
    ]  # fmt: skip


def test_midnight_first_in_its_day_is_the_end_of_the_day_before() -> None:
    assert ends("01/01/2018 23:45", "02/01/2018 0:00", "02/01/2018 0:15") == [
        "01 23:45", "02 00:00", "02 00:15",
    ]  # fmt: skip
    assert ends("01/01/2018 23:45", "01/01/2018 24:00") == ["01 23:45", "02 00:00"]


def test_a_file_written_backwards_means_the_same() -> None:
    assert ends("02/01/2018 0:15", "02/01/2018 0:00", "01/01/2018 23:45", "01/01/2018 23:30") == [
        "02 00:15", "02 00:00", "01 23:45", "01 23:30",
    ]  # fmt: skip
    assert ends("02/01/2018 0:15", "01/01/2018 0:00", "01/01/2018 23:45") == [
        "02 00:15", "02 00:00", "01 23:45",
    ]  # fmt: skip


def test_midnight_between_rows_of_its_day_is_not_guessed() -> None:
    found = ends("01/01/2018 0:15", "01/01/2018 0:00", "01/01/2018 0:30")
    assert found[1].startswith("0:00 夹在当日各行中间")


def test_labels_at_the_start_and_off_the_grid() -> None:
    assert ends("01/01/2018 0:00", "01/01/2018 23:45", at_start=True) == ["01 00:15", "02 00:00"]
    assert ends("01/01/2018 0:20") == ["不在整刻上，应为 0、15、30、45 分"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-02-01 0:15", Label(date(2018, 2, 1), 15)),
        ("2018/2/1 00:15:00", Label(date(2018, 2, 1), 15)),
        ("2018年2月1日 0:15", Label(date(2018, 2, 1), 15)),
        ("2018-02-01T00:14:59.999", Label(date(2018, 2, 1), 15)),
        ("2018-02-01", Label(date(2018, 2, 1), 0)),
        ("01/02/2018 24:00", Label(date(2018, 2, 1), 1440)),
    ],
)
def test_times_are_read_as_people_and_workbooks_write_them(text: str, expected: Label) -> None:
    assert read_label(text, "dmy") == expected


@pytest.mark.parametrize(
    "text", ["", "0:15", "30/02/2018 0:15", "2018-01-01 24:15", "2018-01-01 0:15:30", "合计"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(LabelRefused):
        read_label(text, "dmy")


def test_gaps_are_runs() -> None:
    expected = Days(0).ends(DAY)
    present = set(expected) - {expected[3], expected[4], expected[95]}
    assert [(g.first, g.last, g.quarters) for g in gaps(expected, present)] == [
        (expected[3], expected[4], 2),
        (expected[95], expected[95], 1),
    ]
    assert gaps(expected, set(expected)) == ()


def registers(*values: str, **changed: object) -> list[Register]:
    at = local(22, 0)
    given: dict[str, object] = {"ratio": Decimal(100), "serial": "A", "digits": 6, **changed}
    return [
        Register(at + n * QUARTER, Decimal(value), **given)  # type: ignore[arg-type]
        for n, value in enumerate(values)
    ]


def test_consumption_is_the_difference_times_the_ratio() -> None:
    found = consumption(registers("10.00", "10.25", "10.25"))
    assert [(c.value, c.event) for c in found] == [(Decimal("25.00"), None), (Decimal(0), None)]


def test_a_register_that_rolls_over_gives_value_and_event() -> None:
    (found,) = consumption(registers("999999.50", "0.25"))
    assert found.value == Decimal("75.00")
    assert found.event is not None
    assert found.event.kind is MeterEventKind.ROLLOVER


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        (registers("500.00", "499.00"), MeterEventKind.REVERSAL),
        (registers("999999.50", "0.25", digits=0), MeterEventKind.REVERSAL),
        (registers("5") + registers("6", "7", serial="B")[1:], MeterEventKind.METER_CHANGE),
        (registers("5") + registers("6", "7", ratio=Decimal(80))[1:], MeterEventKind.RATIO_CHANGE),
        (registers("5", "6", "7")[::2], MeterEventKind.INTERRUPTION),
    ],
)
def test_what_no_quarter_can_bear_is_an_event_and_no_value(
    rows: list[Register], kind: MeterEventKind
) -> None:
    (found,) = consumption(rows)
    assert found.value is None
    assert found.event is not None
    assert found.event.kind is kind
