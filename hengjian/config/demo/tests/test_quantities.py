"""A day's quantities: repeatable, within the form, physically plausible, at the level that the plan states."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

import pytest

from hengjian.config.demo.plan import Plant, plants
from hengjian.config.demo.quantities import (
    bound_tce,
    correction,
    idle,
    main_product,
    missing,
    recipes,
    reported,
    slipped,
)
from hengjian.config.demo.reports import deliveries, sources, window
from hengjian.measures.reference import lines_of, shipped_factors
from hengjian.measures.services.intake import Sender, read_quantities, reckon

TODAY = date(2026, 11, 23)
FIRST, LAST = window(TODAY)
DAYS = [FIRST + timedelta(days=n) for n in range(60)]
JUDGED = [plant for plant in plants().values() if plant.level is not None]
NAMESPACE = UUID(int=0)


def all_deliveries() -> list[object]:
    from datetime import UTC, datetime

    sites = {key: uuid5(NAMESPACE, key) for key in plants()}
    by = {(k, s): Sender(None, "某", "某岗") for k, p in plants().items() for s in sources(p)}
    now = datetime(2026, 11, 23, 1, tzinfo=UTC)
    return list(deliveries(sites, FIRST, LAST, now, by))


def energy_and_output(plant: Plant, days: list[date]) -> tuple[Decimal, Decimal]:
    energy = output = Decimal(0)
    lines = lines_of(frozenset(plant.industries))
    for day in days:
        stated = {code: (str(value), "") for code, value in reported(plant, day).items()}
        read = read_quantities(stated, lines)
        energy += reckon(read, factors=shipped_factors(), day=day).energy_tce_calorific
        output += read[main_product(plant).item.code][0]
    return energy, output


def test_the_same_day_gives_the_same_reports() -> None:
    assert all_deliveries() == all_deliveries()


def test_a_later_load_continues_the_same_series() -> None:
    plant = plants()["licheng-coke"]
    assert reported(plant, LAST) == reported(plant, LAST)
    assert reported(plant, LAST) != reported(plant, LAST - timedelta(days=1))
    assert window(TODAY + timedelta(days=1)) == (
        FIRST + timedelta(days=1),
        LAST + timedelta(days=1),
    )


@pytest.mark.parametrize("plant", plants().values(), ids=lambda plant: plant.key)
def test_every_report_passes_the_intake_rules_and_its_ratios_hold(plant: Plant) -> None:
    lines = lines_of(frozenset(plant.industries))
    parts = {part.item: part for part in recipes()[plant.recipe]}
    main = main_product(plant).item.code
    for day in DAYS:
        for source in sources(plant):
            amounts = reported(plant, day, source)
            read_quantities({code: (str(v), "") for code, v in amounts.items()}, lines)
        amounts = reported(plant, day)
        assert (amounts[main] == 0) == idle(plant, day)
        for code, part in parts.items():
            if part.role == "ratio" and part.ratio and amounts[main]:
                strayed = amounts[code] / amounts[main] / part.ratio - 1
                # Rounding of small amounts comes on top of the recipe's own spread.
                step = Decimal(1).scaleb(-part.places) / (part.ratio * amounts[main])
                assert abs(strayed) <= part.spread + step, (day, code)


@pytest.mark.parametrize("plant", JUDGED, ids=lambda plant: plant.key)
def test_energy_over_output_meets_the_level_of_the_plan(plant: Plant) -> None:
    energy, output = energy_and_output(plant, DAYS[-30:])
    bound = bound_tce(plant, LAST)
    assert bound is not None
    assert plant.level is not None
    # Idle days burn energy without output, so the ratio may lie above the level, a little.
    assert abs(energy / output / bound - plant.level) < Decimal("0.02")
    assert (energy > bound * output) == plant.over_limit


def test_coke_keeps_the_ratios_of_the_ovens() -> None:
    """1.30-1.42 t coal per t coke; a works that burns more than it may needs more."""
    for plant in JUDGED:
        if plant.recipe == "coke":
            day = reported(plant, LAST)
            ratio = day["cleaned_coal"] / day["coke_output"]
            assert Decimal("1.30") < ratio < Decimal("1.44"), (plant.key, ratio)


def test_truth_names_two_to_three_sites_of_rizhao_one_clear_and_one_narrow() -> None:
    over = [plant for plant in plants().values() if plant.over_limit]
    assert 4 <= len(over) <= 6
    levels = sorted(p.level for p in over if p.county // 100 == 3711 and p.level is not None)
    assert levels[0] < Decimal("1.03")
    assert Decimal("1.08") <= levels[-1] <= Decimal("1.15")
    assert all(p.level is None or p.over_limit or p.level <= Decimal("0.95") for p in JUDGED)


def test_the_sixty_days_hold_stops_gaps_and_corrections() -> None:
    every = [(plant, day) for plant in plants().values() for day in DAYS]
    stops = [(p, d) for p, d in every if idle(p, d)]
    corrected = [(p, d) for p, d in every if correction(p, d) and not missing(p, d)]
    assert len(stops) > 50
    assert 20 < sum(missing(p, d) for p, d in every) < 80
    assert 10 < len(corrected) < 60
    plant, day = stops[0]
    amounts = reported(plant, day)
    assert amounts[main_product(plant).item.code] == 0
    assert amounts["electricity_purchased"] > 0
    plant, day = corrected[0]
    assert slipped(plant, reported(plant, day)) != reported(plant, day)


def test_reports_are_sent_after_their_day_and_never_after_now() -> None:
    from datetime import UTC, datetime

    from hengjian.measures.services.bulk import Delivery

    now = datetime(2026, 11, 23, 1, tzinfo=UTC)
    for one in all_deliveries():
        assert isinstance(one, Delivery)
        assert one.received_at is not None
        assert one.received_at <= now
        assert one.received_at.date() >= one.period
