"""A day's quantities of an invented site, from the recipe of what it makes. Pure: site and day decide everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from hengjian.config.demo.chance import draw, happens, swing
from hengjian.config.demo.plan import Plant, rows, words
from hengjian.measures.reference import DailyItem, daily_form, shipped_factors
from hengjian.measures.rules.conversion import Figure, factor_in_force
from hengjian.measures.rules.units import convert_unit
from hengjian.registry.reference import limit_products, shipped_limits
from hengjian.registry.rules.limits import LimitKind, level_that_binds, limit_in_force

EPOCH = date(2020, 1, 1)
CYCLE = 60
# How far the unit consumption of a day strays from the site's own level; the sign changes from day to day.
DAILY_SPREAD = Decimal("0.008")
MISSING_PERCENT = Decimal("1.2")
CORRECTED_PERCENT = Decimal("0.8")
SLIP = Decimal("1.04")


class RecipeImpossible(ValueError):
    """A level that no amount of the balancing item can meet."""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One line of a recipe.

    ``role``: main (the output itself), ratio (so much per unit of output), level (a property such as calorific
    value, absent on idle days), balance (what closes the day's energy to the site's level). ``spread`` is the
    greatest relative noise of a day; ``idle`` the share of a full day's amount that is used without output.
    """

    item: str
    role: str
    ratio: Decimal
    spread: Decimal
    idle: Decimal
    places: int


@cache
def recipes() -> Mapping[str, Sequence[Ingredient]]:
    """Recipes by name, from data/recipes.csv."""
    found: dict[str, list[Ingredient]] = {}
    for row in rows("recipes.csv"):
        found.setdefault(row["recipe"], []).append(
            Ingredient(
                item=row["item"],
                role=row["role"],
                ratio=Decimal(row["ratio"]),
                spread=Decimal(row["spread"]),
                idle=Decimal(row["idle"]),
                places=int(row["places"]),
            )
        )
    return found


@cache
def seasons() -> Mapping[tuple[str, int], Decimal]:
    """Load as a share of capacity by industry (* for those not named) and month."""
    return {
        (row["industry"], int(row["month"])): Decimal(row["load_percent"]) / 100
        for row in rows("seasons.csv")
    }


@cache
def form_items() -> Mapping[str, DailyItem]:
    """The lines of the daily form by code."""
    return {line.item.code: line for line in daily_form()}


def main_product(plant: Plant) -> DailyItem:
    """The output on which the recipe of the site is built."""
    main = next(part for part in recipes()[plant.recipe] if part.role == "main")
    return form_items()[main.item]


def idle(plant: Plant, day: date) -> bool:
    """Whether the site stands still: ``stop_days`` in a row within each cycle of 60 days."""
    cycle, place = divmod((day - EPOCH).days, CYCLE)
    if not plant.stop_days:
        return False
    first = draw("stop", plant.key, cycle) % (CYCLE - plant.stop_days)
    return first <= place < first + plant.stop_days


def missing(plant: Plant, day: date) -> bool:
    """Whether the enterprise sends no report of the day."""
    return happens(MISSING_PERCENT, "missing", plant.key, day)


def correction(plant: Plant, day: date) -> str:
    """The reason for which the day's first report is corrected; empty for most."""
    if idle(plant, day) or not happens(CORRECTED_PERCENT, "corrected", plant.key, day):
        return ""
    reasons = words("correction")
    return reasons[draw("reason", plant.key, day) % len(reasons)]


def load(plant: Plant, day: date) -> Decimal:
    """Output as a share of capacity: season of the main industry and the day's own swing."""
    if idle(plant, day):
        return Decimal(0)
    industry = plant.industries[0]
    season = seasons().get((industry, day.month)) or seasons()["*", day.month]
    main = next(part for part in recipes()[plant.recipe] if part.role == "main")
    return season * (1 + main.spread * swing("load", plant.key, day))


def reported(plant: Plant, day: date, source: str = "enterprise") -> Mapping[str, Decimal]:
    """Item code to amount in the unit of the form.

    Two sources that look at the same day differ by reading error only (0.3 %), never in what is balanced.
    """
    found: dict[str, Decimal] = {}
    output, balance = Decimal(0), None
    share_of_full = load(plant, day)
    for part in recipes()[plant.recipe]:
        if part.role == "main":
            output = _round(plant.capacity * share_of_full, part)
            found[part.item] = output
        elif part.role == "balance":
            balance = part
        elif part.role != "level":
            found[part.item] = _amount(plant, day, part, output)
        elif output:
            noise = 1 + part.spread * swing(part.item, plant.key, day)
            found[part.item] = _round(part.ratio * noise, part)
    if balance is not None:
        found[balance.item] = _balancing(plant, day, balance, found, output)
    if source == "resident":
        found = {code: _read_again(plant, day, code, value) for code, value in found.items()}
    return found


def slipped(plant: Plant, amounts: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
    """What was sent first, before the correction: one reading too high."""
    code = main_product(plant).item.code
    return {**amounts, code: (amounts[code] * SLIP).quantize(amounts[code])}


def bound_tce(plant: Plant, day: date) -> Decimal | None:
    """The limit that binds the site on the day, in tce per unit of its main output; None without one."""
    main = main_product(plant)
    named = [
        p
        for p in limit_products()
        if p.product == plant.limit_product and p.product_code == main.product_code and p.whole_site
    ]
    for product in named:
        limit = limit_in_force(
            shipped_limits(),
            kind=LimitKind.GB_LIMIT,
            industry=product.industry,
            product=product.product,
            indicator=product.indicator,
            day=day,
        )
        if limit is None:
            continue
        which = level_that_binds(
            commissioned=plant.commissioned, effective_from=limit.effective_from
        )
        value = limit.level(which)
        if value is not None:
            energy, per = limit.unit.split("/")
            return convert_unit(value, energy, "tce") * convert_unit(
                Decimal(1), main.item.unit, per
            )
    return None


def _amount(plant: Plant, day: date, part: Ingredient, output: Decimal) -> Decimal:
    noise = 1 + part.spread * swing(part.item, plant.key, day)
    base = output or plant.capacity * part.idle
    return _round(part.ratio * base * noise, part)


def _balancing(
    plant: Plant,
    day: date,
    part: Ingredient,
    others: Mapping[str, Decimal],
    output: Decimal,
) -> Decimal:
    """The amount that makes energy ÷ output the site's level times its limit, give or take the day's noise."""
    if not output:
        return _round(part.ratio * plant.capacity * part.idle, part)
    bound = bound_tce(plant, day)
    if bound is None or plant.level is None:
        return _amount(plant, day, part, output)
    wanted = bound * plant.level * output * (1 + DAILY_SPREAD * swing("unit", plant.key, day))
    known = sum((value * tce_per_unit(code, day) for code, value in others.items()), Decimal(0))
    amount = (wanted - known) / tce_per_unit(part.item, day)
    if amount <= 0:
        raise RecipeImpossible(f"{plant.key} {day}: {part.item} would be {amount}")
    return _round(amount, part)


@cache
def tce_per_unit(code: str, day: date) -> Decimal:
    """Tonnes of coal equivalent per unit of the form, positive when taken in; 0 for what is no energy."""
    item = form_items()[code].item
    if not item.energy_sign:
        return Decimal(0)
    factor = factor_in_force(shipped_factors(), item.subject, Figure.CALORIFIC, day)
    if factor is None:
        raise RecipeImpossible(f"{code}: no factor on {day}")
    return item.energy_sign * factor.value * convert_unit(Decimal(1), item.unit, factor.unit)


def _read_again(plant: Plant, day: date, code: str, value: Decimal) -> Decimal:
    error = 1 + Decimal("0.003") * swing("resident", code, plant.key, day)
    return (value * error).quantize(value)


def _round(value: Decimal, part: Ingredient) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-part.places))
