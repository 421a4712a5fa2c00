"""Reading rows of a register: never an exception, and what is kept fits the database."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hengjian.registry.reference import shipped_industries, shipped_layouts
from hengjian.registry.rules.imports import (
    LENGTHS,
    entry_of,
    facts_of_row,
    industries_of_row,
    read_row,
)
from hengjian.registry.rules.layouts import recognise

INDUSTRIES = {i.name: i.code for i in shipped_industries()} | {
    i.code: i.code for i in shipped_industries()
}
TEMPLATE, PLANTS, OTHER = shipped_layouts()
CELLS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "钢铁",
            "在产",
            "119.2",
            "35",
            "1e99",
            "-0",
            "2013",
            "2013.0",
            "是",
            "8",
            "9" * 30,
            "甲" * 500,
        ]
    ),
)
ROWS = st.fixed_dictionaries(dict.fromkeys(TEMPLATE.heads, CELLS))


@given(ROWS)
def test_any_text_is_read_or_named_as_a_fault(cells: dict[str, str]) -> None:
    row = read_row(TEMPLATE, cells, INDUSTRIES)
    assert all(fault.column in TEMPLATE.heads for fault in row.faults)
    for fault in row.faults:
        assert fault.message.format(**dict(fault.data))
    if not row.faults:
        facts = facts_of_row(row.values)
        assert 0 < len(facts.name) <= LENGTHS["name"]
        assert set(industries_of_row(row.values)) <= set(INDUSTRIES.values())
        assert entry_of("x", row.values, None).names


def test_layouts_are_recognised_by_their_heads() -> None:
    for layout in (TEMPLATE, PLANTS, OTHER):
        assert recognise([*layout.heads, "备注"], shipped_layouts()) is layout
    assert recognise(["name", "color"], shipped_layouts()) is None
    assert TEMPLATE.missing(["企业名称"]) == ["统一社会信用代码", "厂区名称", "主要行业"]


def test_coded_values_lead_to_what_the_registry_knows() -> None:
    from hengjian.registry.models import Site

    for layout in (TEMPLATE, PLANTS, OTHER):
        for (field, given_), meaning in layout.values.items():
            known = {
                "status": set(Site.Status.values),
                "datum": set(Site.Datum.values),
                "industry": {*INDUSTRIES.values(), "-"},
                "day_start": {"0", "8", "20"},
            }.get(field)
            assert known is None or meaning.value in known, (layout.code, field, given_)


def test_names_are_taken_apart_and_capacities_brought_to_one_unit() -> None:
    cells = {
        "plant_id": "X1", "name_zh": "甲乙电厂(1, 2), 丙丁电厂（原名：戊己电厂）\u200c", "sector": "钢铁",
        "capacity": "2500.0", "capacity_unit": "kt crude steel/a", "status": "announced/operating",
        "lat": "36.5", "start": "2003-12-26 00:00:00",
    }  # fmt: skip
    row = read_row(PLANTS, cells, INDUSTRIES)
    assert row.faults == ()
    facts = facts_of_row(row.values)
    assert facts.name == "甲乙电厂(1, 2)"
    assert facts.aliases == ("丙丁电厂（原名：戊己电厂）",)
    assert (row.values["capacity"], row.values["capacity_unit"]) == ("250", "万吨/年")
    assert (facts.lon, facts.lat, facts.status) == (None, Decimal("36.500000"), "operating")
    assert str(facts.commissioned_on) == "2003-12-26"


def test_what_is_none_of_ours_is_no_fault() -> None:
    row = read_row(OTHER, {"Name": "甲乙 Wind Farm", "Fuel": "Wind"}, INDUSTRIES)
    assert (row.ours, row.faults) == (False, ())
