"""Units that reports really use, and conversion within one dimension.

Electricity, heat and mass never convert into each other here: that is a question of factor and
basis (GB/T 2589), answered by `conversion`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from hengjian.kernel.text import N_


class UnitRefused(ValueError):
    """An unknown unit, or two units that measure different things.

    `message` is a message id with {names}, `data` fills them.
    """

    def __init__(self, message: str, **data: str) -> None:
        super().__init__(message.format(**data))
        self.message = message
        self.data = data


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: its code in data, its label on pages, and how many base units it holds."""

    code: str
    label: str
    dimension: str
    in_base: Decimal


def _table(*units: tuple[str, str, str, str]) -> dict[str, Unit]:
    return {code: Unit(code, label, kind, Decimal(base)) for code, label, kind, base in units}


UNITS = _table(
    ("t", N_("吨"), "mass", "1"),
    ("kg", N_("千克"), "mass", "0.001"),
    ("1e4t", N_("万吨"), "mass", "10000"),
    ("kWh", N_("千瓦时"), "electricity", "1"),
    ("MWh", N_("兆瓦时"), "electricity", "1000"),
    ("1e4kWh", N_("万千瓦时"), "electricity", "10000"),
    ("m3", N_("立方米"), "volume", "1"),
    ("1e4m3", N_("万立方米"), "volume", "10000"),
    ("MJ", N_("兆焦"), "heat", "0.001"),
    ("GJ", N_("吉焦"), "heat", "1"),
    ("1e4GJ", N_("万吉焦"), "heat", "10000"),
    ("m2", N_("平方米"), "area", "1"),
    ("1000m2", N_("千平方米"), "area", "1000"),
    ("1e4m2", N_("万平方米"), "area", "10000"),
    ("tire", N_("条"), "tires", "1"),
    ("1e4tire", N_("万条"), "tires", "10000"),
    ("weight_case", N_("重量箱"), "weight_case", "1"),
    ("1e4weight_case", N_("万重量箱"), "weight_case", "10000"),
    ("kJ/kg", N_("千焦/千克"), "net_calorific_value", "1"),
    ("tce", N_("吨标准煤"), "coal_equivalent", "1"),
    ("kgce", N_("千克标准煤"), "coal_equivalent", "0.001"),
    ("tCO2", N_("吨二氧化碳"), "carbon_dioxide", "1"),
    ("1e4yuan", N_("万元"), "money", "1"),
    ("h", N_("小时"), "hours", "1"),
    ("copy", N_("份"), "copies", "1"),
)
_BY_LABEL = {unit.label: unit for unit in UNITS.values()}


def unit(text: str) -> Unit:
    """The unit of a code (`1e4kWh`) or a Chinese label.

    Raises:
        UnitRefused: no such unit.
    """
    found = UNITS.get(text) or _BY_LABEL.get(text.strip())
    if found is None:
        raise UnitRefused(N_("不认识的计量单位：{unit}"), unit=text)
    return found


# What standards divide by and no reader would know as a code; t, kgce or kWh everyone reads.
_UNREAD = frozenset(
    {"weight_case", "tire", "copy", *(code for code in UNITS if code.startswith("1"))}
)


def in_words(code: str, translate: Callable[[str], str] = str) -> str:
    """A unit as pages write it: ``kgce/weight_case`` with the case in words, ``kgce/t`` as it is."""
    parts = [
        translate(UNITS[p].label) if p in _UNREAD and p in UNITS else p for p in code.split("/")
    ]
    return "/".join(parts)


def convert_unit(value: Decimal, source: str, target: str) -> Decimal:
    """The same quantity in another unit of the same dimension, exactly.

    Raises:
        UnitRefused: unknown units, or units of different dimensions.
    """
    if source == target and source in UNITS:
        return value
    given, wanted = unit(source), unit(target)
    if given.dimension != wanted.dimension:
        raise UnitRefused(
            N_("单位不能换算：{source} 与 {target} 计量的不是同一种量"),
            source=given.label,
            target=wanted.label,
        )
    return value * given.in_base / wanted.in_base
