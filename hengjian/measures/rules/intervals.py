"""Quarter-hours, production days and registers of meters. Local time is +08:00 all year: no summer time since 1992."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from hengjian.kernel.text import N_

QUARTER = timedelta(minutes=15)
QUARTERS_A_DAY = 96
CHINA = timezone(timedelta(hours=8))
_DAY = timedelta(days=1)

# Data flags of HJ 212 (protocols 1.4).
FLAGS: Mapping[str, str] = {
    "N": N_("正常"),
    "F": N_("停运"),
    "M": N_("维护"),
    "S": N_("人工录入"),
    "D": N_("故障"),
    "C": N_("校准"),
    "T": N_("超量程"),
    "B": N_("通信中断"),
}
# Counts as measured: a stopped plant's zero is a true reading; typed, calibrated or lost values are not.
MEASURED = frozenset({"N", "F"})


@dataclass(frozen=True, slots=True)
class DayStart:
    """From production day ``valid_from`` on, days start at ``hour`` (0, 8 or 20)."""

    valid_from: date
    hour: int


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a quarter-hour belongs; ``quarter`` is 1 to 96 counted from the start of the production day."""

    production_day: date
    quarter: int


class Days:
    """Production days of one site.

    A day bears the calendar date on which most of its hours lie: with a start at 8 it ends the next morning, with
    a start at 20 it began the evening before.
    """

    def __init__(self, default_hour: int, starts: Sequence[DayStart] = ()) -> None:
        ordered = sorted(starts, key=lambda start: start.valid_from)
        self._from = [start.valid_from for start in ordered]
        self._hours = [default_hour, *(start.hour for start in ordered)]

    def hour_on(self, day: date) -> int:
        """The hour in force on a calendar day."""
        return self._hours[bisect_right(self._from, day)]

    def place(self, end: datetime) -> Placed:
        """Production day and quarter of the quarter-hour that ends at ``end`` (aware, or naive local)."""
        local = end.astimezone(CHINA).replace(tzinfo=None) if end.tzinfo else end
        begins = local - QUARTER
        hour = self.hour_on(begins.date())
        within = begins - timedelta(hours=_shift(hour))
        return Placed(within.date(), (within.hour * 60 + within.minute) // 15 + 1)

    def ends(self, day: date) -> list[datetime]:
        """The ends (UTC) of all quarter-hours of a production day: 96, more or fewer only when the hour changes."""
        hours = {self.hour_on(day + offset * _DAY) for offset in (-1, 0, 1)}
        midnight = datetime.combine(day, time(), CHINA)
        if len(hours) == 1:
            begin = midnight + timedelta(hours=_shift(hours.pop()))
            found = [begin + n * QUARTER for n in range(1, QUARTERS_A_DAY + 1)]
        else:
            around = (midnight + n * QUARTER for n in range(1 - 96, 2 * 96 + 1))
            found = [end for end in around if self.place(end).production_day == day]
        return [end.astimezone(UTC) for end in found]


def _shift(hour: int) -> int:
    """Hours from midnight of the day's date to the start of the day; negative: the evening before."""
    return hour if hour < 12 else hour - 24


@dataclass(frozen=True, slots=True)
class Gap:
    """Quarter-hours in a row that are missing; ends of the first and the last."""

    first: datetime
    last: datetime
    quarters: int


def gaps(expected: Sequence[datetime], present: Collection[datetime]) -> tuple[Gap, ...]:
    """Runs of ``expected`` (ascending) that are not ``present``."""
    return tuple(_runs([end for end in expected if end not in present]))


def _runs(missing: Sequence[datetime]) -> Iterator[Gap]:
    start = 0
    for at in range(1, len(missing) + 1):
        if at == len(missing) or missing[at] - missing[at - 1] != QUARTER:
            yield Gap(missing[start], missing[at - 1], at - start)
            start = at


@dataclass(frozen=True, slots=True)
class Label:
    """A time as written: a date and minutes after its midnight, 0 to 1440 (24:00)."""

    day: date
    minutes: int


class LabelRefused(ValueError):
    """A label that places no quarter-hour; ``message`` is a message id."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def ends_of(labels: Sequence[Label], *, at_start: bool = False) -> list[datetime | LabelRefused]:
    """The end (naive local) of each row's quarter-hour, in the order of the file.

    Labels mark the end of the interval (``at_start``: its start). A row labelled 0:00 that stands last among the
    rows of its date is 24:00 of that date, as dispatch systems write it; one that stands first is midnight, the end
    of the day before. A file written backwards is read backwards.
    """
    rows = range(len(labels))
    if _descends(labels):
        rows = rows[::-1]
    seen: dict[date, tuple[int, int]] = {}
    for position, row in enumerate(rows):
        if labels[row].minutes:
            first, _last = seen.get(labels[row].day, (position, position))
            seen[labels[row].day] = (first, position)
    found: list[datetime | LabelRefused] = [LabelRefused("")] * len(labels)
    for position, row in enumerate(rows):
        found[row] = _end(labels[row], position, None if at_start else seen, at_start=at_start)
    return found


def _descends(labels: Sequence[Label]) -> bool:
    """Whether the dates of the file run backwards, and within one date the minutes."""
    days = [b.day.toordinal() - a.day.toordinal() for a, b in pairwise(labels)]
    change = sum((d > 0) - (d < 0) for d in days)
    if change:
        return change < 0
    minutes = [label.minutes for label in labels if label.minutes]
    steps = pairwise(minutes)
    return sum((b > a) - (b < a) for a, b in steps) < 0


def _end(
    label: Label, position: int, seen: Mapping[date, tuple[int, int]] | None, *, at_start: bool
) -> datetime | LabelRefused:
    if label.minutes % 15:
        return LabelRefused(N_("不在整刻上，应为 0、15、30、45 分"))
    end = datetime.combine(label.day, time()) + timedelta(minutes=label.minutes)
    if at_start:
        return end + QUARTER
    if label.minutes or seen is None or label.day not in seen:
        return end
    first, last = seen[label.day]
    if position > last:
        return end + _DAY
    if position < first:
        return end
    return LabelRefused(N_("0:00 夹在当日各行中间，无法判断是当日零点还是 24:00"))


class MeterEventKind(StrEnum):
    """What breaks the row of a cumulative register."""

    ROLLOVER = "rollover"
    METER_CHANGE = "meter_change"
    RATIO_CHANGE = "ratio_change"
    REVERSAL = "reversal"
    INTERRUPTION = "interruption"


EVENT_LABELS: Mapping[MeterEventKind, str] = {
    MeterEventKind.ROLLOVER: N_("示数翻转"),
    MeterEventKind.METER_CHANGE: N_("换表"),
    MeterEventKind.RATIO_CHANGE: N_("倍率变更"),
    MeterEventKind.REVERSAL: N_("示数倒退"),
    MeterEventKind.INTERRUPTION: N_("示数中断"),
}


@dataclass(frozen=True, slots=True)
class Register:
    """A cumulative reading: register (kWh before the ratio), CT x PT ratio, serial, whole digits (0: unknown)."""

    at: datetime
    value: Decimal
    ratio: Decimal
    serial: str = ""
    digits: int = 0


@dataclass(frozen=True, slots=True)
class MeterEvent:
    """An event between two readings, at the later one; ``before`` and ``after`` as texts."""

    at: datetime
    kind: MeterEventKind
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Consumption:
    """What two successive readings say of the quarter-hour between them; None: an event, no value."""

    at: datetime
    value: Decimal | None
    event: MeterEvent | None


def consumption(registers: Sequence[Register]) -> list[Consumption]:
    """Consumption (kWh) by difference of readings in time order; the first reading is only a base.

    A difference that no quarter-hour can bear (another instrument, another ratio, a register that went back, more
    than a quarter-hour) is an event and no value. A register known to roll over gives both.
    """
    return [_between(a, b) for a, b in pairwise(registers)]


def _between(a: Register, b: Register) -> Consumption:
    def event(kind: MeterEventKind, before: object, after: object) -> MeterEvent:
        return MeterEvent(b.at, kind, str(before), str(after))

    if a.serial != b.serial:
        return Consumption(b.at, None, event(MeterEventKind.METER_CHANGE, a.serial, b.serial))
    if a.ratio != b.ratio:
        return Consumption(b.at, None, event(MeterEventKind.RATIO_CHANGE, a.ratio, b.ratio))
    if b.at - a.at != QUARTER:
        return Consumption(b.at, None, event(MeterEventKind.INTERRUPTION, a.value, b.value))
    difference = b.value - a.value
    if difference >= 0:
        return Consumption(b.at, difference * b.ratio, None)
    end = Decimal(10) ** b.digits
    if b.digits and a.value >= end * Decimal("0.9") and b.value <= end * Decimal("0.1"):
        value = (difference + end) * b.ratio
        return Consumption(b.at, value, event(MeterEventKind.ROLLOVER, a.value, b.value))
    return Consumption(b.at, None, event(MeterEventKind.REVERSAL, a.value, b.value))
