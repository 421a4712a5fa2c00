"""The lean conversion and canonical text against the former ones, on random reports: equal to the last byte."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.measures.reference import daily_form, daily_items, shipped_factors
from hengjian.measures.rules.conversion import ConversionRefused, Converted, FactorsOfDay, convert
from hengjian.measures.rules.quantity import parse_quantity
from hengjian.measures.rules.receipt import ReportContent, canonical, plain
from hengjian.measures.rules.units import UNITS, unit
from hengjian.measures.tests import former_path as former

ITEMS = daily_items()
CODES = sorted(ITEMS)
amounts = st.decimals(
    min_value=Decimal(-999999999999), max_value=Decimal(999999999999), places=6
) | st.sampled_from([Decimal("0E-6"), Decimal("-0"), Decimal("1E+3"), Decimal("1200.500")])


@st.composite
def reports(draw: st.DrawFn) -> dict[str, tuple[Decimal | None, str]]:
    found: dict[str, tuple[Decimal | None, str]] = {}
    for code in draw(st.lists(st.sampled_from(CODES), min_size=1, max_size=12, unique=True)):
        kind = unit(ITEMS[code].unit).dimension
        symbols = [u.code for u in UNITS.values() if u.dimension == kind]
        found[code] = (draw(amounts), draw(st.sampled_from([*symbols, ITEMS[code].unit])))
    return found


days = st.dates(min_value=date(2022, 1, 1), max_value=date(2026, 12, 31))
BOOK = FactorsOfDay(shipped_factors())


def outcome(act: object) -> Converted | str:
    try:
        return act()  # type: ignore[operator,no-any-return]
    except ConversionRefused as refused:
        return f"{refused.message.format(**refused.data)}"


@settings(max_examples=400, deadline=None)
@given(report=reports(), day=days)
def test_the_conversion_gives_what_it_gave(
    report: dict[str, tuple[Decimal | None, str]], day: date
) -> None:
    old = outcome(lambda: former.convert(report, items=ITEMS, factors=shipped_factors(), day=day))
    for factors in (shipped_factors(), BOOK):
        new = outcome(lambda f=factors: convert(report, items=ITEMS, factors=f, day=day))
        assert new == old
        if isinstance(old, Converted) and isinstance(new, Converted):
            texts = [
                [str(x) for x in (c.energy_tce_calorific, c.co2_t, *c.lines)] for c in (old, new)
            ]
            assert texts[0] == texts[1]


@settings(max_examples=400, deadline=None)
@given(report=reports(), day=days, site=st.text(max_size=40), note=st.text(max_size=20))
def test_the_canonical_text_is_the_same_to_the_byte(
    report: dict[str, tuple[Decimal | None, str]], day: date, site: str, note: str
) -> None:
    said = ReportContent(site, "daily", day.isoformat(), "grid", 3, report, {"explanation": note})
    assert canonical(said).encode("utf-8", "surrogatepass") == former.canonical(said).encode(
        "utf-8", "surrogatepass"
    )


@given(value=st.decimals(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_as_they_were(value: Decimal) -> None:
    assert plain(value) == former.plain(value)


def test_the_factors_of_a_day_are_remembered_by_day_and_item() -> None:
    """Negative control of the memo: two days with other factors give other results from one book."""
    report: dict[str, tuple[Decimal | None, str]] = {
        "electricity_purchased": (Decimal(100), "1e4kWh")
    }
    first, later = (
        convert(report, items=ITEMS, factors=BOOK, day=date(2022, 6, 30) + timedelta(days=n))
        for n in (0, 1461)
    )
    assert first.co2_t != later.co2_t
    assert parse_quantity("１，２００") == Decimal(1200)
    assert {line.item.code for line in daily_form()} == set(CODES)
