"""Tables of a batch, wide (a column an item) or long (a row an item), to rows as any batch holds them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hengjian.kernel.errors import FieldError
from hengjian.kernel.text import N_


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as sent: ``site`` is the id or the full name of a site, ``period`` a day (or month) as text.

    ``quantities``: item code -> (value as typed, unit or empty). ``raw`` is what is kept word for word when the row is
    refused: the JSON value, or the cells of a table. ``faults`` were found before.
    """

    number: int
    site: str
    period: str
    quantities: Mapping[str, tuple[str, str]]
    reason: str = ""
    report_id: str = ""
    raw: object = ""
    faults: tuple[FieldError, ...] = ()


class Meaning(StrEnum):
    """What a column holds, if not the amount of an item."""

    SITE = "*site"
    PERIOD = "*period"
    REASON = "*reason"
    ITEM = "*item"
    VALUE = "*value"
    UNIT = "*unit"
    NOTHING = "*nothing"


MEANING_LABELS: Mapping[Meaning, str] = {
    Meaning.SITE: N_("厂区（编号或全称）"),
    Meaning.PERIOD: N_("日期或报告期"),
    Meaning.REASON: N_("更正理由"),
    Meaning.ITEM: N_("指标"),
    Meaning.VALUE: N_("数值"),
    Meaning.UNIT: N_("计量单位"),
    Meaning.NOTHING: N_("不导入"),
}
_HEADS: Mapping[Meaning, str] = {
    Meaning.SITE: N_("厂区 厂区编号 厂区名称 厂区全称 site site_id"),
    Meaning.PERIOD: N_("日期 报告期 月份 生产日 统计日期 所属期 period date"),
    Meaning.REASON: N_("更正理由 理由 reason"),
    Meaning.ITEM: N_("指标 项目 指标代码 指标名称 item"),
    Meaning.VALUE: N_("数值 数量 值 value"),
    Meaning.UNIT: N_("单位 计量单位 unit"),
}
_UNIT = re.compile(r"(.*?)[(\[]([^()\[\]]+)[)\]]")


class TableRefused(ValueError):
    """The columns make no batch; ``message`` is a message id."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Column:
    """``holds`` is a Meaning or the code of an item; ``unit`` is what its head says, or empty."""

    holds: str
    unit: str = ""


def guess(header: Sequence[str], items: Mapping[str, str]) -> tuple[Column, ...]:
    """What each column seems to hold; ``items``: name or code of an item -> code."""
    return tuple(_guess(head, items) for head in header)


def _guess(head: str, items: Mapping[str, str]) -> Column:
    text = unicodedata.normalize("NFKC", head).strip()
    for meaning, heads in _HEADS.items():
        if text.lower() in heads.split():
            return Column(meaning)
    if text in items:
        return Column(items[text])
    if (found := _UNIT.fullmatch(text)) and found[1].strip() in items:
        return Column(items[found[1].strip()], found[2].strip())
    return Column(Meaning.NOTHING)


def rows_of(
    columns: Sequence[Column], lines: Iterable[tuple[int, Sequence[str]]], items: Mapping[str, str]
) -> list[RawRow]:
    """The rows of a table; ``lines`` are (number as a person sees it, cells).

    Raises:
        TableRefused: no column for the site, the period or any amount, or two for the same.
    """
    at = {column.holds: place for place, column in enumerate(columns)}
    taken = [c.holds for c in columns if c.holds != Meaning.NOTHING]
    if len(taken) != len(set(taken)):
        raise TableRefused(N_("有两列对应同一内容，请调整列的对应关系"))
    if Meaning.SITE not in at or Meaning.PERIOD not in at:
        raise TableRefused(N_("缺少厂区列或日期列，请调整列的对应关系"))
    if Meaning.ITEM in at and Meaning.VALUE in at:
        return _long(at, lines, items)
    amounts = [(p, c) for p, c in enumerate(columns) if not c.holds.startswith("*")]
    if not amounts:
        raise TableRefused(N_("没有认出任何指标列，请调整列的对应关系"))
    return [_wide(at, amounts, number, tuple(cells)) for number, cells in lines]


def _wide(
    at: Mapping[str, int],
    amounts: Sequence[tuple[int, Column]],
    number: int,
    cells: tuple[str, ...],
) -> RawRow:
    reason = at.get(Meaning.REASON)
    return RawRow(
        number=number,
        site=cells[at[Meaning.SITE]],
        period=cells[at[Meaning.PERIOD]],
        quantities={c.holds: (cells[place], c.unit) for place, c in amounts if cells[place]},
        reason="" if reason is None else cells[reason],
        raw=cells,
    )


@dataclass(slots=True)
class _Group:
    number: int
    quantities: dict[str, tuple[str, str]]
    raw: list[tuple[str, ...]]
    faults: list[FieldError]
    reason: str


def _long(
    at: Mapping[str, int], lines: Iterable[tuple[int, Sequence[str]]], items: Mapping[str, str]
) -> list[RawRow]:
    """Rows of one site and period make one report, numbered by the first of them."""
    groups: dict[tuple[str, str], _Group] = {}
    unit_at, reason_at = at.get(Meaning.UNIT), at.get(Meaning.REASON)
    for number, cells in lines:
        key = (cells[at[Meaning.SITE]], cells[at[Meaning.PERIOD]])
        group = groups.setdefault(key, _Group(number, {}, [], [], ""))
        group.raw.append(tuple(cells))
        group.reason = group.reason or ("" if reason_at is None else cells[reason_at])
        name = unicodedata.normalize("NFKC", cells[at[Meaning.ITEM]]).strip()
        code = items.get(name)
        data = {"item": name[:40], "row": number}
        if code is None:
            group.faults.append(
                FieldError("item", N_("第 {row} 行：不认识的指标 {item}"), data=data)
            )
        elif code in group.quantities:
            group.faults.append(FieldError("item", N_("第 {row} 行：指标 {item} 重复"), data=data))
        else:
            given = "" if unit_at is None else cells[unit_at]
            group.quantities[code] = (cells[at[Meaning.VALUE]], given)
    return [
        RawRow(
            number=group.number,
            site=site,
            period=period,
            quantities=group.quantities,
            reason=group.reason,
            raw=group.raw[0] if len(group.raw) == 1 else [list(cells) for cells in group.raw],
            faults=tuple(group.faults),
        )
        for (site, period), group in groups.items()
    ]
