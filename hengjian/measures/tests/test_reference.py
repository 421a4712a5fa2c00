"""The shipped tables are the reference tables, and the factors follow from them."""

from decimal import Decimal
from importlib.resources import files

import pytest

from hengjian.measures.reference import daily_form, lines_of, lines_of_source
from tests.support.shared import read_csv, shared

DATA = files("hengjian.measures") / "data"
PER_UNIT = {
    "t": 1,
    "1e4m3": 10,
    "1e4kWh": 10,
    "GJ": 1,
}  # tce per unit from kgce per kg, m3, kWh, MJ


@pytest.mark.parametrize("name", ["energy_factors.csv", "emission_factors.csv"])
def test_copies_are_exact(name: str) -> None:
    assert (DATA / name).read_bytes() == shared(f"domain/{name}").read_bytes()


def test_every_factor_follows_from_the_reference_row_that_it_names() -> None:
    from pathlib import Path

    folder = Path(str(DATA))
    energy = {r["energy_code"]: r for r in read_csv(folder / "energy_factors.csv")}
    emission = {r["factor_code"]: r for r in read_csv(folder / "emission_factors.csv")}
    checked = 0
    for row in read_csv(folder / "factors.csv"):
        table, _, code = row["derived_from"].partition(":")
        if code.endswith("(note)"):
            low, high = (
                energy["electricity_equal_value"]["kgce_min"],
                energy["electricity_equal_value"]["kgce_max"],
            )
            assert Decimal(low) <= Decimal(row["value"]) / 10 <= Decimal(high)
            assert row["confidence"] == "to_verify"
            continue
        origin = energy[code] if table == "energy_factors" else emission[code]
        value = Decimal(origin["kgce_default" if table == "energy_factors" else "factor"])
        if table == "energy_factors":
            scale = (
                Decimal("0.001")
                if origin["physical_unit"] == "t"
                else Decimal(PER_UNIT[row["unit"]])
            )
        else:
            scale = Decimal(10) if origin["factor_unit"] == "kgCO2/kWh" else Decimal(1)
        assert Decimal(row["value"]) == value * scale, row["subject"]
        assert (row["source"], row["confidence"]) == (origin["source"], origin["confidence"])
        checked += 1
    assert checked >= 60


def test_what_an_instrument_measures_is_a_line_of_its_source_alone() -> None:
    (line,) = lines_of_source("cems")
    assert (line.item.code, line.item.unit, line.required) == ("co2_measured", "tCO2", False)
    assert lines_of_source("enterprise") == ()
    every = frozenset(i for item in daily_form() for i in item.industries if not i.startswith("@"))
    assert line not in lines_of(every)
