"""What the detectors read: the lake brought up to date and bound, limits and sites from the registry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis

from hengjian.analytics.contracts import Column, Contract, ContractError
from hengjian.analytics.lake import Lake
from hengjian.analytics.session import load
from hengjian.kernel.access.actor import Actor
from hengjian.measures.selectors.facts import count_facts, facts
from hengjian.monitoring.facts import DAILY, LIMITS, QUANTITY, SITES, Tables
from hengjian.monitoring.rules import PER_TCE, output_in
from hengjian.monitoring.services.plants import limit_rows, plants

ONE_DAY = timedelta(days=1)
REPORTED = ("site_id", "industry", "product", "product_unit")
SUBJECTS = Contract(
    name="subjects",
    columns=(
        *(Column(name, "string", "as reported") for name in REPORTED),
        Column("name", "string", "product as the rules compare it"),
        Column("unit", "string", "unit of output as the rules compare it"),
        Column("per", "decimal(12, 6)", "such units in one of the reported ones"),
        Column("region", "int32", "supervising region today"),
        Column("commissioned", "date", "day its oldest line started", nullable=True),
        Column("capacity", QUANTITY, "output of its lines in a day", nullable=True),
    ),
    key=REPORTED,
)


@dataclass(slots=True)
class Written:
    """Tables to read, why subjects that bear no limit's name are not comparable, and SUBJECTS."""

    tables: Tables
    incomparable: dict[tuple[str, str], str]
    subjects: list[dict[str, Any]]


def write_tables(
    *, actor: Actor, root: Path, con: Any, first: date, last: date, as_of: datetime
) -> Written:
    """Bring the lake up to what had been received by ``as_of`` and bind ``first``..``last``, limits and sites.

    The lake keeps products as reported. Bound, a product becomes the one of the limit that its line names; where
    none is comparable it keeps its code, which no limit bears, and the reason is kept beside. Output is given in
    the unit that the limit divides by (万重量箱 → 重量箱); where none measures the same it stays, and the rule says so.
    """
    lake = Lake(root)
    _follow(actor, lake, con, as_of)
    months = [m for m in lake.months(DAILY) if f"{first:%Y-%m}" <= m <= f"{last:%Y-%m}"]
    stored = lake.read(con, DAILY, months)
    known, limits = plants(actor), limit_rows()
    units = _denominators(limits)
    subjects: list[dict[str, Any]] = []
    incomparable: dict[tuple[str, str], str] = {}
    for pair in con.to_pyarrow(stored.select(*REPORTED).distinct()).to_pylist():
        plant = known[pair["site_id"]]
        name, why = plant.compared_as(pair["industry"], pair["product"])
        name = name or pair["product"]
        per, unit = output_in(Decimal(1), pair["product_unit"], units[pair["industry"], name])
        if why:
            incomparable[pair["site_id"], name] = why
        subjects.append(
            pair
            | {
                "name": name,
                "per": per,
                "unit": unit,
                "region": plant.region,
                "commissioned": plant.oldest_line(),
                "capacity": plant.capacity({pair["product"], name}, unit),
            }
        )
    tables = Tables(
        _as_compared(stored, subjects), load(LIMITS, limits), load(SITES, _sites(subjects))
    )
    return Written(tables, incomparable, subjects)


def _follow(actor: Actor, lake: Lake, con: Any, as_of: datetime) -> None:
    """Add what was received since the last run; build anew where the lake is of another form or database.

    A day is read again because a transaction may commit after a later one has been read.
    """
    try:
        stored = lake.read(con, DAILY, lake.months(DAILY))
    except ContractError:
        lake.forget(DAILY)
        stored = lake.read(con, DAILY, [])
    newest = con.to_pyarrow(stored.received_at.max()).as_py()
    after = None if newest is None else newest - ONE_DAY
    lake.add(DAILY, facts(actor=actor, after=after, until=as_of))
    stored = lake.read(con, DAILY, lake.months(DAILY))
    there = con.to_pyarrow(stored.filter(stored.received_at <= ibis.literal(as_of)).count()).as_py()
    if there != count_facts(actor=actor, until=as_of):
        lake.forget(DAILY)
        lake.add(DAILY, facts(actor=actor, after=None, until=as_of))


def _as_compared(stored: Any, subjects: Sequence[Mapping[str, Any]]) -> Any:
    """The DAILY table with products, units and regions as the rules compare them."""
    names = load(SUBJECTS, subjects)
    rows = stored.left_join(names, list(REPORTED))
    exact = (rows.output.cast("decimal(24, 6)") * rows.per).cast(QUANTITY)
    given = {
        "product": rows.name,
        "product_unit": rows.unit,
        "output": ibis.ifelse(rows.per == 1, rows.output, exact),
        "region": rows["region_right"],
    }
    return rows.select(
        **{column.name: given.get(column.name, rows[column.name]) for column in DAILY.columns}
    )


def _sites(subjects: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """SITES: one row for each site, industry and product compared."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in subjects:
        if row["name"]:
            found[row["site_id"], row["industry"], row["name"]] = {
                "site_id": row["site_id"],
                "region": row["region"],
                "industry": row["industry"],
                "product": row["name"],
                "commissioned": row["commissioned"],
                "capacity": row["capacity"],
            }
    return list(found.values())


def _denominators(limits: Iterable[Mapping[str, Any]]) -> Mapping[tuple[str, str], set[str]]:
    """By industry and product of a limit: the units of output by which limits of energy divide."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for limit in limits:
        numerator, _per, denominator = limit["unit"].partition("/")
        if numerator in PER_TCE:
            found[limit["industry"], limit["product"]].add(denominator)
    return found
