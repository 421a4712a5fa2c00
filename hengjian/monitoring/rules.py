"""How daily hits become alerts: streaks, which alert a streak continues, and the colour. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from hengjian.cases.states import Severity
from hengjian.kernel.text import N_
from hengjian.measures.rules.units import UnitRefused, convert_unit
from hengjian.monitoring.states import Effect, Measure

RANKS: Mapping[Severity, int] = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Streak:
    """Days that hit and belong together."""

    days: tuple[date, ...]

    @property
    def first(self) -> date:
        """First day that hit."""
        return self.days[0]

    @property
    def last(self) -> date:
        """Last day that hit."""
        return self.days[-1]


@dataclass(frozen=True, slots=True)
class Known:
    """An alert that exists: its id and days."""

    id: UUID
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Matched:
    """What to do: streaks with the alert they continue (None: a new one), and alerts no streak continues."""

    streaks: tuple[tuple[Streak, Known | None], ...]
    lost: tuple[Known, ...]


def streaks(days: Iterable[date], gap: int) -> tuple[Streak, ...]:
    """Days in order, cut where more than ``gap`` days lie between two: idle days do not end a streak."""
    found: list[list[date]] = []
    for day in sorted(set(days)):
        if found and (day - found[-1][-1]).days <= gap:
            found[-1].append(day)
        else:
            found.append([day])
    return tuple(Streak(tuple(run)) for run in found)


def match(present: Sequence[Streak], known: Iterable[Known]) -> Matched:
    """Each streak continues the earliest alert that shares a day of its span; an alert is continued once.

    An alert that only touches a longer alert's streak is lost: the days live on in the other.
    """
    free = sorted(known, key=lambda alert: (alert.first, alert.id))
    pairs: list[tuple[Streak, Known | None]] = []
    for streak in present:
        mine = next((a for a in free if a.first <= streak.last and streak.first <= a.last), None)
        if mine is not None:
            free.remove(mine)
        pairs.append((streak, mine))
    return Matched(tuple(pairs), tuple(free))


def colour(evidence: Decimal, *, red: Decimal, orange: Decimal, yellow: Decimal) -> Severity:
    """The colour of a hit by its evidence (-log10 of a probability); the bounds are parameters."""
    if evidence >= red:
        return Severity.RED
    if evidence >= orange:
        return Severity.ORANGE
    return Severity.YELLOW if evidence >= yellow else Severity.BLUE


class Incomparable(StrEnum):
    """Why the figures of a site may not be compared with a limit at all; stored as its latest verdict."""

    BOUNDARY = "boundary"
    UNDECLARED = "undeclared"


INCOMPARABLE_LABELS: Mapping[str, str] = {
    Incomparable.BOUNDARY: N_("未判定：限额按工序或单一产品核算，全厂能耗不可比"),
    Incomparable.UNDECLARED: N_("未判定：产线未登记限额标准所分的产品类别"),
}


@dataclass(frozen=True, slots=True)
class LimitChoice:
    """A limit product that an item of the daily form may stand for."""

    product: str
    whole_site: bool


def limit_product(
    code: str, *, declared: Iterable[str], choices: Sequence[LimitChoice], industries: int
) -> tuple[str, str]:
    """(limit product, why none): what the reported product ``code`` of a site is compared as.

    ``declared`` are the products of the site's lines, as codes or as names of limits; ``industries`` counts
    the site's industries: the energy of a whole site is comparable only where one product takes it all.
    """
    lines = set(declared)
    whole = [choice.product for choice in choices if choice.whole_site]
    others = lines - {code} - {choice.product for choice in choices}
    if choices and (not whole or others or industries > 1):
        return "", Incomparable.BOUNDARY
    named = [product for product in whole if product in lines]
    if len(named) == 1:
        return named[0], ""
    if len(whole) == 1 and not named:
        return whole[0], ""
    return "", Incomparable.UNDECLARED if whole else ""


MICRO = Decimal("0.000001")
# Numerator of a unit of consumption: how many of it make a tonne of coal equivalent.
PER_TCE: Mapping[str, int] = {"tce": 1, "kgce": 1_000, "gce": 1_000_000}


def output_in(
    output: Decimal | None, unit: str, denominators: Collection[str]
) -> tuple[Decimal | None, str]:
    """(output, unit) in the first denominator that measures the same (万重量箱 → 重量箱), to 10⁻⁶ of it.

    As reported where its unit is a denominator already, or where none measures the same.
    """
    if unit in denominators:
        return output, unit
    for wanted in sorted(denominators):
        try:
            per = convert_unit(Decimal(1), unit, wanted)
        except UnitRefused:  # toe and the like: no unit of any form
            continue
        return None if output is None else (output * per).quantize(MICRO), wanted
    return output, unit


def unit_use(
    energy_tce: Decimal, output: Decimal | None, output_unit: str, unit: str
) -> Decimal | None:
    """Consumption per unit of output in ``unit`` (kgce/t …); None without output or for another unit."""
    numerator, _per, denominator = unit.partition("/")
    factor = PER_TCE.get(numerator)
    made, made_unit = output_in(output, output_unit, (denominator,))
    if factor is None or made is None or made <= 0 or made_unit != denominator:
        return None
    return energy_tce * factor / made


def one_in(evidence: Decimal) -> Decimal:
    """Evidence as odds: an honest enterprise shows this once in so many."""
    return (Decimal(10) ** evidence).quantize(Decimal(1))


# Unit of a parameter: least and most that makes any sense, and whether only whole numbers do.
BOUNDS: Mapping[str, tuple[Decimal, Decimal, bool]] = {
    "d": (Decimal(1), Decimal(1100), True),
    "mo": (Decimal(1), Decimal(120), True),
    N_("期"): (Decimal(0), Decimal(400), True),
    "15min": (Decimal(1), Decimal(2976), True),
    N_("个"): (Decimal(1), Decimal(100_000), True),
    N_("家"): (Decimal(1), Decimal(100_000), True),
    N_("位"): (Decimal(1), Decimal(12), True),
    "%": (Decimal(0), Decimal(100), False),
    "sd": (Decimal(0), Decimal(20), False),
    "-log10(p)": (Decimal(0), Decimal(50), False),
    "1": (Decimal(0), Decimal(1000), False),
}
ANY_AMOUNT = (Decimal(0), Decimal(1_000_000_000), False)
LIST = "list"
MOST_DIGITS = 18
# As the table writes it: Decimal would also read 1_5, full-width digits and 1e-999999.
PLAIN = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)


def parameter_fault(value: str, unit: str, former: str) -> tuple[str, Mapping[str, object]] | None:
    """(why, its data) a proposed value cannot stand, or None. ``former`` is the value it replaces.

    A list may only choose and order what the former one names; a number keeps to the bounds of its unit.
    """
    if value == former:
        return N_("与现行值相同，无需调整"), {}
    if unit == LIST:
        known = set(former.split(";"))
        chosen = value.split(";")
        if len(set(chosen)) != len(chosen) or not set(chosen) <= known:
            return N_("只能从现行取值 {known} 中选取，以分号分隔，不得重复"), {"known": former}
        return None
    if not PLAIN.fullmatch(value) or len(value.replace(".", "")) > MOST_DIGITS:
        return N_("应为数字"), {}
    number = Decimal(value)
    least, most, whole = BOUNDS.get(unit, ANY_AMOUNT)
    if not least <= number <= most:
        return N_("应在 {least} 至 {most} 之间"), {"least": least, "most": most}
    if whole and number != number.to_integral_value():
        return N_("应为整数"), {}
    return None


def measure_of(unit: str) -> Measure:
    """Which use per unit of output says most about a finding in ``unit``."""
    return Measure.ELECTRICITY if "Wh" in unit else Measure.ENERGY


@dataclass(frozen=True, slots=True)
class Trial:
    """An alert that a trial of parameters gives: one streak of one rule, site and subject."""

    site: str
    rule: str
    subject: str
    first: date
    last: date
    hit_days: int
    severity: Severity
    evidence: Decimal

    def overlaps(self, other: Trial) -> bool:
        """Whether the two are of one site, rule and subject and share a day of their spans."""
        same = (self.site, self.rule, self.subject) == (other.site, other.rule, other.subject)
        return same and self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class Difference:
    """What a trial changes: ``shown`` is the alert as it would be, or as it was where it goes."""

    effect: Effect
    shown: Trial
    before: Trial | None
    after: Trial | None


def compared(before: Sequence[Trial], after: Sequence[Trial]) -> tuple[Difference, ...]:
    """The alerts that differ, in order. Each is paired once, with the earliest that it overlaps."""
    free = sorted(before, key=_order)
    found: list[Difference] = []
    for new in sorted(after, key=_order):
        old = next((one for one in free if one.overlaps(new)), None)
        if old is None:
            found.append(Difference(Effect.ADDED, new, None, new))
            continue
        free.remove(old)
        if old != new:
            found.append(Difference(Effect.CHANGED, new, old, new))
    found += [Difference(Effect.GONE, old, old, None) for old in free]
    return tuple(found)


def _order(trial: Trial) -> tuple[str, str, str, date]:
    return trial.site, trial.rule, trial.subject, trial.first
