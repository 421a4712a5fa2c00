"""A file of one meter by its layout: from texts to quarter-hours, with every fault by row and column. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from hengjian.kernel.text import N_
from hengjian.measures.rules.intervals import (
    CHINA,
    FLAGS,
    Days,
    Label,
    LabelRefused,
    MeterEvent,
    Register,
    consumption,
    ends_of,
)
from hengjian.measures.rules.quantity import QuantityRefused, parse_quantity
from hengjian.measures.rules.receipt import plain

FIELDS = (
    "active_kwh",
    "lagging_kvarh",
    "leading_kvarh",
    "power_factor_lagging",
    "power_factor_leading",
    "co2_t",
)
Values = tuple[Decimal | None, ...]
"""One for each of FIELDS."""

_SIXTH = Decimal("0.000001")
_DIGITS = re.compile(r"[0-9]{1,12}(\.[0-9]+)?")
_TIME = re.compile(
    r"([0-9]{1,4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,4})日?"
    r"(?:[T\s]+([0-9]{1,2})[:：时]([0-9]{2})分?(?:[:：]([0-9]{2})(?:\.[0-9]+)?)?)?"
)


@dataclass(frozen=True, slots=True)
class FieldColumn:
    """Where a field comes from: one of ``heads``; ``factor`` turns its unit into the platform's."""

    field: str
    heads: tuple[str, ...]
    factor: Decimal
    minimum: Decimal
    maximum: Decimal
    required: bool


@dataclass(frozen=True, slots=True)
class MeterLayout:
    """A kind of meter file; ``registers``: cumulative readings, else consumption by quarter-hour."""

    code: str
    title: str
    registers: bool
    at_start: bool
    date_order: str
    columns: tuple[FieldColumn, ...]

    def places(self, header: Sequence[str]) -> dict[str, tuple[int, str, FieldColumn]]:
        """Field to index and head of its column in a file with ``header``."""
        return {
            column.field: (header.index(head), head, column)
            for column in self.columns
            if (head := next((h for h in column.heads if h in header), None)) is not None
        }

    def missing(self, header: Collection[str]) -> list[str]:
        """First heads of the required columns that a file lacks."""
        return [c.heads[0] for c in self.columns if c.required and not set(c.heads) & set(header)]


def recognise(header: Sequence[str], layouts: Iterable[MeterLayout]) -> MeterLayout | None:
    """The layout with all its required columns in the file; of several the one that explains most."""
    fitting = [layout for layout in layouts if not layout.missing(header)]
    return max(fitting, key=lambda layout: len(layout.places(header)), default=None)


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in which row (as a person counts) and column; ``message`` is a message id, ``data`` fills it."""

    row: int
    column: str
    message: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuarterRow:
    """One quarter-hour: its end (UTC), place in the production day, flag, and values in the order of FIELDS."""

    at: datetime
    production_day: date
    quarter: int
    flag: str
    values: Values


@dataclass(slots=True)
class MeterFile:
    """What a file says, in time order; ``blank`` rows state nothing, ``repeated`` ones state the same again."""

    rows: list[QuarterRow] = field(default_factory=list)
    events: list[MeterEvent] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    stated: int = 0
    blank: int = 0
    repeated: int = 0
    out_of_order: int = 0


def read_label(text: str, date_order: str) -> Label:
    """The time written in ``text``; a date alone is its midnight (how workbooks store it).

    Raises:
        LabelRefused: no time, or no day of the calendar.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise LabelRefused(N_("不是时间，应写作 2026-11-23 00:15"))
    a, b, c, hour, minute, second = (int(part) if part else 0 for part in found.groups())
    if len(found[1]) == 4:
        year, month, day = a, b, c
    else:
        day, month, year = (a, b, c) if date_order == "dmy" else (b, a, c)
    # 59 s is what a workbook's binary fraction of a day makes of a full minute.
    minutes = hour * 60 + minute + (second == 59)
    if second not in {0, 59} or minute > 59 or minutes > 1440 or not _is_day(year, month, day):
        raise LabelRefused(N_("没有这个时刻"))
    return Label(date(year, month, day), minutes)


def _is_day(year: int, month: int, day: int) -> bool:
    return 1993 <= year <= 9998 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def read_meter_file(
    header: Sequence[str],
    rows: Sequence[tuple[int, Sequence[str]]],
    layout: MeterLayout,
    *,
    days: Days,
    until: datetime,
) -> MeterFile:
    """Read every row; a fault keeps the row out and is listed. ``until`` (aware): nothing may end later."""
    reader = _Reader(layout, layout.places(header), days, until, MeterFile(stated=len(rows)))
    placed = reader.ends(rows)
    if layout.registers:
        reader.read_registers(placed)
    else:
        reader.read_intervals(placed)
    reader.file.rows.sort(key=lambda row: row.at)
    return reader.file


_Placed = list[tuple[int, Sequence[str], datetime]]


@dataclass(slots=True)
class _Reader:
    layout: MeterLayout
    places: Mapping[str, tuple[int, str, FieldColumn]]
    days: Days
    until: datetime
    file: MeterFile
    seen: dict[datetime, tuple[int, object]] = field(default_factory=dict)

    def ends(self, rows: Sequence[tuple[int, Sequence[str]]]) -> _Placed:
        """Rows with the end (UTC) of their quarter-hour, in the order of the file."""
        index, head, _column = self.places["time"]
        kept, labels = [], []
        for number, cells in rows:
            try:
                label = read_label(cells[index], self.layout.date_order)
            except LabelRefused as refused:
                self._fault(number, head, refused.message)
            else:
                kept.append((number, cells))
                labels.append(label)
        found: _Placed = []
        before = None
        for (number, cells), end in zip(
            kept, ends_of(labels, at_start=self.layout.at_start), strict=True
        ):
            if isinstance(end, LabelRefused):
                self._fault(number, head, end.message)
                continue
            at = end.replace(tzinfo=CHINA).astimezone(UTC)
            if at > self.until:
                self._fault(number, head, N_("不能晚于当前时间"))
                continue
            self.file.out_of_order += before is not None and at < before
            before = at
            found.append((number, cells, at))
        return found

    def read_intervals(self, placed: _Placed) -> None:
        """Each row states its own quarter-hour."""
        for number, cells, at in placed:
            faults = len(self.file.faults)
            values = tuple(self._number(number, cells, name) for name in FIELDS)
            flag = self._flag(number, cells)
            if len(self.file.faults) > faults:
                continue
            if all(value is None for value in values):
                self.file.blank += 1
            elif self._first(number, at, (values, flag)):
                self._add(at, flag, values)

    def read_registers(self, placed: _Placed) -> None:
        """Each row states a register; consumption is the difference to the row before in time."""
        registers: list[tuple[Register, str]] = []
        for number, cells, at in placed:
            faults = len(self.file.faults)
            value, ratio = (self._number(number, cells, name) for name in ("register", "ratio"))
            digits, flag = self._number(number, cells, "digits"), self._flag(number, cells)
            if len(self.file.faults) > faults:
                continue
            if value is None or ratio is None:
                self.file.blank += 1
                continue
            register = Register(at, value, ratio, self._text(cells, "serial"), int(digits or 0))
            if self._first(number, at, (register, flag)):
                registers.append((register, flag))
        registers.sort(key=lambda one: one[0].at)
        flags = {register.at: flag for register, flag in registers}
        for one in consumption([register for register, _flag in registers]):
            if one.event is not None:
                self.file.events.append(one.event)
            if one.value is not None:
                self._add(one.at, flags[one.at], (one.value, *(None,) * (len(FIELDS) - 1)))

    def _add(self, at: datetime, flag: str, values: Values) -> None:
        place = self.days.place(at)
        self.file.rows.append(QuarterRow(at, place.production_day, place.quarter, flag, values))

    def _first(self, number: int, at: datetime, said: object) -> bool:
        """Whether no earlier row states this time; the same again is counted, something else is a fault."""
        earlier = self.seen.get(at)
        if earlier is None:
            self.seen[at] = (number, said)
            return True
        if earlier[1] == said:
            self.file.repeated += 1
        else:
            message = N_("与第 {row} 行时刻相同、数值不同")
            self._fault(number, self.places["time"][1], message, {"row": str(earlier[0])})
        return False

    def _text(self, cells: Sequence[str], name: str) -> str:
        place = self.places.get(name)
        return "" if place is None else cells[place[0]].strip()

    def _flag(self, number: int, cells: Sequence[str]) -> str:
        flag = _FLAG_OF.get(self._text(cells, "flag").upper(), "")
        if not flag:
            message = N_("没有这个数据标记，应为 N、F、M、S、D、C、T、B 之一")
            self._fault(number, self.places["flag"][1], message)
        return flag

    def _number(self, number: int, cells: Sequence[str], name: str) -> Decimal | None:
        place = self.places.get(name)
        if place is None or not (text := cells[place[0]]):
            return None
        _index, head, column = place
        try:
            return _amount(text, column)
        except QuantityRefused as refused:
            data = {key: str(value) for key, value in refused.data.items()}
            self._fault(number, head, refused.message, data)
            return None

    def _fault(
        self, number: int, column: str, message: str, data: Mapping[str, str] | None = None
    ) -> None:
        self.file.faults.append(RowFault(number, column, message, data or {}))


_FLAG_OF: Mapping[str, str] = {
    "": "N",
    **{flag: flag for flag in FLAGS},
    **{label: flag for flag, label in FLAGS.items()},
}


def _amount(text: str, column: FieldColumn) -> Decimal | None:
    """The quantity in the platform's unit, to six places: workbooks carry the tails of binary fractions."""
    if _DIGITS.fullmatch(text):
        value = Decimal(text)
    else:
        given = parse_quantity(text)
        if given is None:
            return None
        value = given
    value = value * column.factor
    if value < column.minimum:
        raise QuantityRefused(N_("不能小于 {minimum}"), minimum=plain(column.minimum))
    if value > column.maximum:
        raise QuantityRefused(N_("不能大于 {maximum}，请核对单位"), maximum=plain(column.maximum))
    return value if value.as_tuple().exponent >= -6 else value.quantize(_SIXTH)  # type: ignore[operator]
