import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hengjian.analytics.contracts import Column, Contract, ContractError
from hengjian.analytics.lake import Lake
from hengjian.analytics.session import connect, load

THINGS = Contract(
    name="things",
    columns=(
        Column("id", "string", "identity"),
        Column("month", "string", "yyyy-mm"),
        Column("seen", "timestamp('UTC', 6)", "instant"),
        Column("amount", "decimal(24, 6)", "amount", nullable=True),
        Column("score", "float64", "score", nullable=True),
    ),
    key=("id",),
    month="month",
)
SEEN = dt.datetime(2026, 1, 5, 8, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def row(**given: Any) -> dict[str, Any]:
    base = {"id": "a", "month": "2026-01", "seen": SEEN, "amount": Decimal("1.5"), "score": 0.5}
    return base | given


def test_rows_come_back_exactly_with_null_and_utc(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    exact = Decimal("123456789012345678.123456")
    written = lake.write_month(
        THINGS, "2026-01", [row(id="b", amount=None, score=None), row(amount=exact)]
    )
    con = connect(memory_limit="200MB", threads=1)
    read = con.to_pyarrow(lake.read(con, THINGS, ["2026-01"])).to_pylist()
    assert written == 2
    assert [r["id"] for r in read] == ["a", "b"]
    assert [r["amount"] for r in read] == [exact, None]
    assert read[1]["score"] is None
    assert read[0]["seen"] == SEEN
    assert read[0]["seen"].utcoffset() == dt.timedelta(0)


def test_same_rows_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    rows = [row(id=str(i)) for i in range(50)]
    one, two = Lake(tmp_path / "1"), Lake(tmp_path / "2")
    one.write_month(THINGS, "2026-01", rows)
    two.write_month(THINGS, "2026-01", reversed(rows))
    first, second = (next(p.rglob("*.parquet")).read_bytes() for p in (one.root, two.root))
    assert first == second
    two.write_month(THINGS, "2026-01", rows[:-1])
    assert next(two.root.rglob("*.parquet")).read_bytes() != first


def test_writing_a_month_again_replaces_it_and_leaves_no_temporary(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write_month(THINGS, "2026-01", [row(), row(id="b")])
    lake.write_month(THINGS, "2026-02", [row(month="2026-02")])
    lake.write_month(THINGS, "2026-01", [row(amount=Decimal(9))])
    con = connect()
    assert lake.months(THINGS) == ["2026-01", "2026-02"]
    table = lake.read(con, THINGS, lake.months(THINGS))
    assert [r["amount"] for r in con.to_pyarrow(table.order_by("month")).to_pylist()] == [
        Decimal(9),
        Decimal("1.5"),
    ]
    assert not [p for p in tmp_path.rglob("*") if p.name.startswith(".")]


def test_months_not_stored_are_empty(tmp_path: Path) -> None:
    con = connect()
    table = Lake(tmp_path).read(con, THINGS, ["2026-01"])
    assert table.schema() == THINGS.ibis
    assert con.to_pyarrow(table).num_rows == 0


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([row(score=float("nan"))], "NaN"),
        ([row(amount=Decimal("NaN"))], "amount"),
        ([row(amount=1.5)], "amount"),
        ([row(amount=Decimal("1.1234567"))], "amount"),
        ([row(seen=None)], "null"),
        ([row(), row()], "two rows"),
        ([row() | {"more": 1}], "columns differ"),
        ([row(month="2026-02")], "row of 2026-02"),
    ],
)
def test_what_breaks_the_contract_is_refused_and_the_old_month_stays(
    tmp_path: Path, rows: list[dict[str, Any]], why: str
) -> None:
    lake = Lake(tmp_path)
    lake.write_month(THINGS, "2026-01", [row(id="kept")])
    with pytest.raises(ContractError, match=why):
        lake.write_month(THINGS, "2026-01", rows)
    con = connect()
    kept = con.to_pyarrow(lake.read(con, THINGS, ["2026-01"])).to_pylist()
    assert [r["id"] for r in kept] == ["kept"]


def test_a_month_must_look_like_one(tmp_path: Path) -> None:
    with pytest.raises(ContractError):
        Lake(tmp_path).write_month(THINGS, "../2026-01", [])


def test_a_file_of_another_contract_is_refused(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.write_month(THINGS, "2026-01", [row()])
    narrower = Contract("things", THINGS.columns[:-1], THINGS.key, "month")
    with pytest.raises(ContractError, match="another contract"):
        lake.read(connect(), narrower, ["2026-01"])


def test_rows_outside_the_lake_load_into_the_session() -> None:
    con = connect()
    assert con.to_pyarrow(load(THINGS, [row()])).num_rows == 1
    assert con.to_pyarrow(load(THINGS, [])).num_rows == 0


def test_the_session_keeps_its_limits() -> None:
    con = connect(memory_limit="300MB", threads=1)
    query = "select current_setting('threads'), current_setting('TimeZone'), current_setting('autoinstall_known_extensions')"
    assert con.raw_sql(query).fetchone() == (1, "UTC", False)


def test_adding_keeps_what_is_stored_and_takes_only_what_is_new(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert lake.add(THINGS, [row(id="a"), row(id="c", month="2026-02")]) == 2
    assert lake.add(THINGS, [row(id="a", score=0.9), row(id="b", amount=None)]) == 1
    con = connect(memory_limit="200MB", threads=1)
    read = con.to_pyarrow(lake.read(con, THINGS, ["2026-01", "2026-02"])).to_pylist()
    assert [(r["id"], r["score"], r["amount"]) for r in read] == [
        ("a", 0.5, Decimal("1.5")),
        ("b", 0.5, None),
        ("c", 0.5, Decimal("1.5")),
    ]
    assert lake.rows(THINGS) == 3
    same = Lake(tmp_path / "other")
    same.write_month(THINGS, "2026-01", [row(id="b", amount=None), row(id="a")])
    assert (tmp_path / "things/2026-01/part.parquet").read_bytes() == (
        tmp_path / "other/things/2026-01/part.parquet"
    ).read_bytes()
    lake.forget(THINGS)
    assert lake.rows(THINGS) == 0


def test_nothing_is_added_to_a_month_of_another_contract(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.add(THINGS, [row()])
    other = Contract("things", (*THINGS.columns, Column("more", "string", "new")), ("id",), "month")
    with pytest.raises(ContractError, match="another contract"):
        lake.add(other, [row(id="z", more="x")])
    assert lake.rows(THINGS) == 1
