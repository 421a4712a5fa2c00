"""Which limit of unit consumption is in force on a day, and how a value stands to it.

Three levels of the mandatory standards: 1 advanced, 2 access (new), 3 limit (existing). Levels are
taken as printed: they may be negative (a converter gives back energy), missing (then nothing is
judged by that level) or out of order (level 2 stricter than level 1): each is compared on its own
and the oddity is said.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from hengjian.kernel.text import N_


class LimitKind(StrEnum):
    """Where a limit comes from."""

    GB_LIMIT = "gb_limit"  # mandatory national standard, three levels
    POLICY_BENCHMARK = "policy_benchmark"  # benchmark and baseline levels of a policy document


class Level(StrEnum):
    """A level of a standard or policy; the lower the value the better, always."""

    ADVANCED = "level1"
    ACCESS = "level2"
    LIMIT = "level3"
    BENCHMARK = "benchmark"
    BASELINE = "baseline"


LEVEL_LABELS = {
    Level.ADVANCED: N_("先进值（1级）"),
    Level.ACCESS: N_("准入值（2级）"),
    Level.LIMIT: N_("限定值（3级）"),
    Level.BENCHMARK: N_("标杆水平"),
    Level.BASELINE: N_("基准水平"),
}


@dataclass(frozen=True, slots=True)
class EnergyLimit:
    """One row of a standard: levels by name, missing ones absent."""

    kind: LimitKind
    industry: str
    product: str
    indicator: str
    unit: str
    levels: tuple[tuple[Level, Decimal], ...]
    standard: str
    effective_from: date
    note: str
    confidence: str

    def level(self, level: Level) -> Decimal | None:
        """The value of a level, None when the standard leaves it open."""
        return dict(self.levels).get(level)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A value against one level; `within` is None when the level is not defined.

    `excess` is in the unit of the limit, positive above it; a percentage would be meaningless for
    limits at or below zero.
    """

    level: Level
    bound: Decimal | None
    within: bool | None
    excess: Decimal | None
    notes: tuple[str, ...]


def limit_in_force(
    limits: Iterable[EnergyLimit],
    *,
    kind: LimitKind,
    industry: str,
    product: str,
    indicator: str,
    day: date,
) -> EnergyLimit | None:
    """The edition in force: the one that took effect last, on or before the day.

    None when no edition had taken effect, which is not the same as "within the limit".
    """
    editions = [
        limit
        for limit in limits
        if (limit.kind, limit.industry, limit.product, limit.indicator)
        == (kind, industry, product, indicator)
        and limit.effective_from <= day
    ]
    return max(editions, key=lambda limit: limit.effective_from, default=None)


def level_that_binds(*, commissioned: date | None, effective_from: date) -> Level:
    """Level 3 for what existed when the edition took effect, level 2 for what came after.

    An unknown start counts as existing: the benefit of the doubt.
    """
    if commissioned is not None and commissioned >= effective_from:
        return Level.ACCESS
    return Level.LIMIT


def compare(value: Decimal, limit: EnergyLimit, level: Level) -> Comparison:
    """How a unit consumption stands to a level of a limit; equal counts as within."""
    bound = limit.level(level)
    notes = _oddities(limit)
    if bound is None:
        return Comparison(level, None, None, None, (N_("标准没有规定该等级的数值"), *notes))
    return Comparison(level, bound, value <= bound, value - bound, notes)


def _oddities(limit: EnergyLimit) -> tuple[str, ...]:
    """What a reader must know before taking the printed levels at face value."""
    notes: list[str] = []
    printed = [limit.level(level) for level in (Level.ADVANCED, Level.ACCESS, Level.LIMIT)]
    known = [value for value in printed if value is not None]
    if known != sorted(known):
        notes.append(N_("标准所印各级数值不是由严到宽，按所印数值逐级比较"))
    if any(value < 0 for value in known):
        notes.append(N_("限额为负值：回收的能源多于消耗"))
    if limit.confidence == "to_verify":
        notes.append(N_("限额待核实"))
    return tuple(notes)
