"""Reads the layouts of meter files that ship with the program."""

import csv
from decimal import Decimal
from functools import cache
from importlib.resources import files

from hengjian.measures.rules.meter_file import FieldColumn, MeterLayout


@cache
def meter_layouts() -> tuple[MeterLayout, ...]:
    """Layouts of measures/data/meter_layouts.csv in their order; a new kind of file is new rows there."""
    text = (files("hengjian.measures") / "data" / "meter_layouts.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    return tuple(
        MeterLayout(
            code=code,
            title=own[0]["title"],
            registers=own[0]["kind"] == "register",
            at_start=own[0]["labels"] == "start",
            date_order=own[0]["date_order"],
            columns=tuple(_column(row) for row in own),
        )
        for code in dict.fromkeys(row["layout"] for row in rows)
        if (own := [row for row in rows if row["layout"] == code])
    )


def _column(row: dict[str, str]) -> FieldColumn:
    return FieldColumn(
        field=row["field"],
        heads=tuple(row["heads"].split(";")),
        factor=Decimal(row["factor"] or "1"),
        minimum=Decimal(row["minimum"] or "0"),
        maximum=Decimal(row["maximum"] or "0"),
        required=row["required"] == "1",
    )
