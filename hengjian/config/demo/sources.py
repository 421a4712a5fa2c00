"""What instruments say of a day, and what a few invented enterprises report instead. Pure: site and day decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from hengjian.config.demo.chance import swing
from hengjian.config.demo.plan import Plant, rows
from hengjian.config.demo.quantities import form_items, recipes, reported, tce_per_unit

POWER, FUEL = "electricity_purchased", frozenset({"raw_coal", "cleaned_coal"})
CO2 = "co2_measured"
# Share of the true figure that is reported, and how far an instrument of the class strays (GB 17167; HJ 76).
HIDDEN = {
    "power_hidden": (Decimal("0.82"), frozenset({POWER})),
    "fuel_hidden": (Decimal("0.80"), FUEL),
}
METER_ERROR, STACK_ERROR = Decimal("0.004"), Decimal("0.03")
COPY_ERROR = Decimal("0.0008")
TONNES_PER_TCE = Decimal("2.66")
NO_FUEL = frozenset({"electricity", "heat"})
MANIPULATED_DAYS = 22


@cache
def manipulations() -> Mapping[str, tuple[str, str]]:
    """Site → kind of falsification and the rule that ought to say so first."""
    return {row["site"]: (row["kind"], row["rule"]) for row in rows("manipulations.csv")}


def told(plant: Plant, day: date, last: date) -> Mapping[str, Decimal]:
    """What the enterprise reports of a day; falsified in the ``MANIPULATED_DAYS`` days up to ``last``."""
    kind, _rule = manipulations().get(plant.key, ("", ""))
    true = reported(plant, day)
    if not kind or day <= last - timedelta(days=MANIPULATED_DAYS):
        return true
    if kind == "copied":
        first = last - timedelta(days=MANIPULATED_DAYS)
        return {
            code: _stray(value, COPY_ERROR, "copy", code, plant.key, day)
            for code, value in reported(plant, first).items()
        }
    share, items = HIDDEN[kind]
    return {
        code: (value * share).quantize(value) if code in items else value
        for code, value in true.items()
    }


def has_stack(plant: Plant) -> bool:
    """Whether a monitor in the stack sees the site's fuel: sites that burn coal."""
    return any(part.item in FUEL for part in recipes()[plant.recipe])


def buys_power(plant: Plant) -> bool:
    """Whether the grid company sells to the site."""
    return any(part.item == POWER for part in recipes()[plant.recipe])


def measured(plant: Plant, day: date, source: str) -> Mapping[str, Decimal]:
    """What the grid company (``grid``) or the monitor in the stack (``cems``) gives: the truth, and its error."""
    true = reported(plant, day)
    if source == "grid":
        return {POWER: _stray(true.get(POWER, Decimal(0)), METER_ERROR, "grid", plant.key, day)}
    burnt = sum((value * _burnt_tce(code, day) for code, value in true.items()), Decimal(0))
    return {
        CO2: _stray(
            (burnt * TONNES_PER_TCE).quantize(Decimal("0.01")), STACK_ERROR, "cems", plant.key, day
        )
    }


def _burnt_tce(code: str, day: date) -> Decimal:
    """Tonnes of coal equivalent of a unit of what is burnt; nothing of electricity, heat and products."""
    item = form_items()[code].item
    if item.energy_sign != 1 or item.subject in NO_FUEL:
        return Decimal(0)
    return tce_per_unit(code, day)


def _stray(value: Decimal, error: Decimal, *words: object) -> Decimal:
    return (value * (1 + error * swing(*words))).quantize(value)
