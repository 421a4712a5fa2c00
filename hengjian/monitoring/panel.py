"""The wide tables that panel detectors judge, and what they give back; the same for back-test and platform.

One row is one site and one period; ``seq`` counts the periods without gaps (0, 1, 2 …), a missing figure is
null, never NaN. Expressions over them stay portable: aggregates and window functions only.
"""

from hengjian.analytics.contracts import Column, Contract

MEASURE = "float64"
KEYS = (
    Column("site_id", "string", "site (back-test: plant)"),
    Column("peer_group", "string", "sites that may be compared with each other"),
    Column("seq", "int64", "number of the period, consecutive"),
    Column("period", "string", "the period as people write it"),
)


def _measure(name: str, meaning: str, unit: str = "") -> Column:
    return Column(name, MEASURE, meaning, nullable=True, unit=unit)


MONTHS = Contract(
    name="months",
    columns=(
        *KEYS,
        _measure("capacity", "output that the plant can make in a month"),
        _measure("output", "reported output"),
        _measure("fuel", "reported consumption of the main fuel"),
        _measure("electricity", "reported consumption of electricity", "kWh"),
        _measure("grid_electricity", "electricity supplied, by the grid company", "kWh"),
        _measure("receipt", "fuel received"),
        _measure("stock_close", "fuel in stock at the end of the period"),
        _measure("co2_meter", "carbon dioxide by an independent meter"),
    ),
    key=("site_id", "seq"),
)

QUARTERS = Contract(
    name="quarters",
    columns=(
        *KEYS,
        _measure("active", "active energy of the quarter hour", "kWh"),
        _measure("lagging", "lagging reactive energy", "kvarh"),
        _measure("leading", "leading reactive energy", "kvarh"),
        _measure("power_factor", "power factor as the meter gives it (lagging)", "%"),
        _measure("co2", "carbon dioxide computed from the energy", "t"),
    ),
    key=("site_id", "seq"),
)

SIGNALS = Contract(
    name="signals",
    columns=(
        Column("site_id", "string", "site"),
        Column("seq", "int64", "number of the period"),
        Column("statistic", "float64", "0 = nothing; the larger, the more suspicious"),
        _measure("observed", "the figure judged, as reported"),
        _measure("expected", "what history, peers or the independent source make of it"),
        _measure("expected_lo", "lower end of what an honest site may report"),
        _measure("expected_hi", "upper end of it"),
        _measure("amount", "at stake, in the unit of the amount, at least 0"),
    ),
    key=("site_id", "seq"),
)

TABLES = {contract.name: contract for contract in (MONTHS, QUARTERS)}
