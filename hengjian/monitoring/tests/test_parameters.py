from dataclasses import replace
from datetime import date
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from hengjian.analytics.session import connect
from hengjian.monitoring.parameters import Parameter, ParameterError, Parameters, load

DAY = date(2026, 3, 1)
BASE = Parameter("L000", "share", "nation", "1", "%", date(2020, 1, 1), None, "basis", "to_verify")


def scoped(scope: str, value: str) -> Parameter:
    return replace(BASE, scope=scope, value=value)


def test_seed_rows_are_complete() -> None:
    rows = load().rows
    assert rows
    assert all(r.unit and r.basis and r.confidence in {"found", "to_verify"} for r in rows)


def test_a_value_holds_from_its_first_day_to_the_day_before_its_end() -> None:
    rows = Parameters(
        (
            replace(BASE, effective_to=DAY),
            replace(BASE, value="2", effective_from=DAY),
        )
    )
    assert rows.on("L000", date(2026, 2, 28)).number("share") == 1
    assert rows.on("L000", DAY).number("share") == 2
    assert rows.stretches("L000", date(2026, 2, 20), date(2026, 3, 5)) == [
        (date(2026, 2, 20), date(2026, 2, 28)),
        (DAY, date(2026, 3, 5)),
    ]
    assert rows.stretches("L000", DAY, DAY) == [(DAY, DAY)]


def test_two_values_at_once_are_refused() -> None:
    with pytest.raises(ParameterError, match="two values"):
        Parameters((BASE, replace(BASE, value="2"))).on("L000", DAY)


def test_a_number_that_shapes_the_query_may_not_be_scoped() -> None:
    params = Parameters((BASE, scoped("industry:steel", "2"))).on("L000", DAY)
    with pytest.raises(ParameterError, match="nation only"):
        params.number("share")
    with pytest.raises(ParameterError, match="no value"):
        params.number("absent")
    assert Parameters((BASE,)).on("L000", DAY).number("share") == Decimal(1)


def test_the_most_specific_scope_wins() -> None:
    params = Parameters(
        (
            scoped("region:370000", "2"),
            scoped("region:370200", "3"),
            scoped("region:370211", "4"),
            scoped("industry:steel", "5"),
            scoped("enterprise:e9", "6"),
            BASE,
        )
    ).on("L000", DAY)
    places = [
        ("e1", "coking", 110101),
        ("e1", "coking", 370102),
        ("e1", "coking", 370212),
        ("e1", "coking", 370211),
        ("e1", "steel", 370211),
        ("e9", "steel", 370211),
    ]
    names = ["enterprise_id", "industry", "region"]
    facts = ibis.memtable(pa.table(dict(zip(names, zip(*places, strict=True), strict=True))))
    table = facts.mutate(value=params.column("share", facts))
    values = {tuple(r.values())[:3]: r["value"] for r in connect().to_pyarrow(table).to_pylist()}
    assert [values[place] for place in places] == [1, 2, 3, 4, 5, 6]


def test_a_scoped_value_without_a_national_one_or_of_no_kind_is_refused() -> None:
    facts = ibis.table({"enterprise_id": "string", "industry": "string", "region": "int32"})
    with pytest.raises(ParameterError, match="no national"):
        Parameters((scoped("region:370000", "2"),)).on("L000", DAY).column("share", facts)
    with pytest.raises(ParameterError, match="no such scope"):
        Parameters((BASE, scoped("town:1", "2"))).on("L000", DAY).column("share", facts)
