"""Rows of an uploaded register: read by a layout into the registry's fields, every fault named by its column."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from hengjian.kernel.text import N_
from hengjian.registry.rules.credit_code import CreditCodeRefused, validate_credit_code
from hengjian.registry.rules.facts import SiteFacts
from hengjian.registry.rules.layouts import NOT_OURS, Column, Layout
from hengjian.registry.rules.matching import Entry
from hengjian.registry.rules.names import split_former_names

# As long as the columns of the database; a list counts each of its names.
LENGTHS = {
    "name": 160,
    "name_en": 160,
    "aliases": 160,
    "former_names": 160,
    "enterprise": 120,
    "parent": 400,
    "product": 120,
    "capacity_unit": 20,
    "source_id": 200,
}
# Far above any plant in any unit, far below what the database holds.
LARGEST_CAPACITY = Decimal(10**9)
NAMES = ("name", "name_en", "enterprise")
LISTS = ("aliases", "former_names", "other_industries")


@dataclass(frozen=True, slots=True)
class RowFault:
    """A fault of one cell: column head, the text in it, message id and what fills it."""

    column: str
    value: str
    message: str
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row in the registry's fields: texts, and lists of texts; ``ours`` False for other industries."""

    values: Mapping[str, Any]
    faults: tuple[RowFault, ...]
    ours: bool


class _Broken(Exception):
    def __init__(self, message: str, **data: str) -> None:
        super().__init__(message)
        self.message, self.data = message, tuple(data.items())


def read_row(layout: Layout, cells: Mapping[str, str], industries: Mapping[str, str]) -> ReadRow:
    """Read one row.

    Args:
        layout: which column means what.
        cells: text by column head.
        industries: code by code and by Chinese name.
    """
    values: dict[str, Any] = {}
    faults: list[RowFault] = []
    for column in layout.columns:
        if column.field == "source":
            continue
        text = clean_text(cells.get(column.head, "")) if column.head else column.fixed
        try:
            values[column.field] = _read(layout, column, text, industries)
        except _Broken as broken:
            values[column.field] = [] if column.field in LISTS else ""
            faults.append(RowFault(column.head, text, broken.message, broken.data))
    if values.get("industry") == NOT_OURS:
        return ReadRow({**_named(values), "industry": ""}, (), ours=False)
    _scale(layout, cells, values)
    values = _named(values)
    faults += _together(layout, values)
    return ReadRow(values, tuple(faults), ours=True)


def clean_text(text: str) -> str:
    """Trimmed, composed, without invisible marks (zero-width joiners come with copied names)."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(c for c in composed if unicodedata.category(c) not in {"Cf", "Cc"}).strip()


def _read(layout: Layout, column: Column, text: str, industries: Mapping[str, str]) -> Any:
    field = column.field
    if layout.codes(field):
        found = layout.values.get((field, text))
        if found is None:
            raise _Broken(N_("不能识别的内容"))
        return found.value
    parts = _parts(text, column.split) if column.split else []
    if field in LISTS:
        return [_industry(p, industries) for p in parts] if "industries" in field else parts
    if field in NAMES and column.split:
        return "|".join(parts)
    if field == "industry":
        return _industry(text, industries)
    reader = _READERS.get(field)
    return reader(text) if reader and text else text


def _parts(text: str, separator: str) -> list[str]:
    """Names separated outside of brackets: "A(1, 2), B" is two."""
    pieces = re.split(re.escape(separator) + r"(?![^(（]*[)）])", text)
    return [piece for raw in pieces if (piece := raw.strip())]


def _industry(text: str, industries: Mapping[str, str]) -> str:
    if text not in industries:
        raise _Broken(N_("不是16个“两高”行业的名称或代码"))
    return industries[text]


def _number(text: str) -> str:
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise _Broken(N_("应为数字")) from error
    if not value.is_finite() or abs(value.adjusted()) > 20:
        raise _Broken(N_("应为数字"))
    return format(value, "f")


def _capacity(text: str) -> str:
    if Decimal(_number(text)) < 0:
        raise _Broken(N_("产能不能为负"))
    return _number(text)


def _degrees(lowest: int, highest: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        value = Decimal(_number(text))
        if not lowest <= value <= highest:
            raise _Broken(
                N_("应在 {lowest} 至 {highest} 之间"), lowest=str(lowest), highest=str(highest)
            )
        return format(value.quantize(Decimal("0.000001")), "f")

    return read


def _day(text: str) -> str:
    """An ISO date, with or without time; a year alone counts from its first day."""
    year = text.removesuffix(".0")
    if len(year) == 4 and year.isascii() and year.isdigit():
        return f"{year}-01-01"
    try:
        return date.fromisoformat(text[:10].replace("/", "-")).isoformat()
    except ValueError as error:
        raise _Broken(N_("日期应写作 2024-05-01，或只写年份")) from error


def _code(text: str) -> str:
    try:
        return validate_credit_code(text)
    except CreditCodeRefused as refused:
        raise _Broken(refused.message, **refused.data) from refused


def _region(text: str) -> str:
    if len(text) != 6 or not (text.isascii() and text.isdigit()):
        raise _Broken(N_("应为六位行政区划代码"))
    return text


_READERS: Mapping[str, Callable[[str], str]] = {
    "credit_code": _code,
    "capacity": _capacity,
    "lon": _degrees(73, 136),
    "lat": _degrees(3, 54),
    "commissioned_on": _day,
    "region": _region,
}


def _scale(layout: Layout, cells: Mapping[str, str], values: dict[str, Any]) -> None:
    """Bring a capacity to the platform's unit."""
    if not values.get("capacity"):
        return
    for column in layout.columns:
        if column.field == "capacity_unit" and column.head:
            given = clean_text(cells.get(column.head, ""))
            found = layout.values.get(("capacity_unit", given))
            if found is not None and found.factor is not None:
                total = Decimal(values["capacity"]) * found.factor
                values["capacity"] = format(total.normalize() + 0, "f")


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settle the names: the first is the name, further ones and former ones in brackets are aliases."""
    first, *others = str(values.get("name", "")).split("|")
    name, formers = split_former_names(first)
    aliases = [*values.get("aliases", []), *others, *formers]
    name = name or str(values.get("name_en", ""))
    return {
        **values,
        "name": name,
        "aliases": list(dict.fromkeys(a for a in aliases if a and a != name)),
        "enterprise": values.get("enterprise") or name,
        "source_id": values.get("source_id") or f"{values.get('credit_code', '')}:{name}",
    }


def _together(layout: Layout, values: Mapping[str, Any]) -> Iterable[RowFault]:
    """Faults that need more than one field."""
    heads = {column.field: column.head for column in layout.columns}
    if not values["name"]:
        yield RowFault(heads.get("name") or heads.get("name_en", ""), "", N_("厂区名称不能为空"))
    for field, limit in LENGTHS.items():
        given = values.get(field) or ""
        for text in given if isinstance(given, list) else [given]:
            if len(text) > limit:
                cause = (("limit", str(limit)),)
                yield RowFault(heads.get(field, ""), text[:40], N_("最多 {limit} 字"), cause)
    if Decimal(values.get("capacity") or 0) > LARGEST_CAPACITY:
        yield RowFault(
            heads.get("capacity", ""), values["capacity"][:40], N_("产能过大，请核对单位")
        )
    if values.get("lon") and not values.get("lat"):
        yield RowFault(heads.get("lat", ""), "", N_("有经度而没有纬度"))


def entry_of(key: str, values: Mapping[str, Any], county: int | None) -> Entry:
    """A row as the matcher compares it."""
    names = (
        values["name"],
        values.get("name_en", ""),
        *values.get("aliases", ()),
        *values.get("former_names", ()),
    )
    owners = (values.get("enterprise", ""), *owner_names(values.get("parent", "")))
    return Entry(
        key=key,
        names=tuple(dict.fromkeys(name for name in names if name)),
        owners=tuple(owner for owner in owners if owner and owner not in names),
        capacity=Decimal(values["capacity"]) if values.get("capacity") else None,
        capacity_unit=values.get("capacity_unit", ""),
        lon=float(values["lon"]) if values.get("lon") else None,
        lat=float(values["lat"]) if values.get("lat") else None,
        county=county,
        credit_code=values.get("credit_code", ""),
    )


def owner_names(text: str) -> tuple[str, ...]:
    """Names of owners without their shares: "A Group [60.0%]; B [40.0%]"."""
    return tuple(p for part in text.split(";") if (p := part.split("[")[0].strip()))


def facts_of_row(values: Mapping[str, Any]) -> SiteFacts:
    """What a read row states of the site."""
    day = values.get("commissioned_on")
    return SiteFacts(
        name=values["name"],
        name_en=values.get("name_en", ""),
        aliases=tuple(values.get("aliases", ())),
        lon=Decimal(values["lon"]) if values.get("lon") else None,
        lat=Decimal(values["lat"]) if values.get("lat") else None,
        datum=values.get("datum") or "wgs84",
        status=values.get("status") or "operating",
        commissioned_on=date.fromisoformat(day) if day else None,
        day_start=int(values.get("day_start") or 0),
        key_site=bool(values.get("key_site")),
    )


def industries_of_row(values: Mapping[str, Any]) -> list[str]:
    """Industries of a read row, the main one first."""
    return list(dict.fromkeys([values["industry"], *values.get("other_industries", ())]))


def capacity_of_row(values: Mapping[str, Any]) -> Decimal | None:
    """Capacity of a read row in the unit it names."""
    return Decimal(values["capacity"]) if values.get("capacity") else None
