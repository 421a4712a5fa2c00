"""A table contract: the columns, their exact types and the key that orders and identifies a row.

Both engines read it: pyarrow when a month is written, Ibis when an expression is built or bound.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis
import pyarrow as pa


class ContractError(ValueError):
    """Rows or an expression do not have the columns, types or nulls that the contract promises."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: Ibis type as text (``decimal(24, 6)``, ``timestamp('UTC', 6)``), and what it means."""

    name: str
    type: str
    meaning: str
    nullable: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Contract:
    """A named table. ``key`` is unique and sorts the rows; ``month`` names the yyyy-mm column, if any."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    month: str = ""

    def __post_init__(self) -> None:
        """Refuse a key or month that is no non-null column, or a name given twice."""
        names = [column.name for column in self.columns]
        solid = {column.name for column in self.columns if not column.nullable}
        if len(set(names)) != len(names):
            raise ContractError(f"{self.name}: a column name is given twice")
        if missing := {*self.key, *([self.month] if self.month else [])} - solid:
            raise ContractError(f"{self.name}: key columns must exist and be non-null: {missing}")

    @cached_property
    def ibis(self) -> Any:
        """The contract as an Ibis schema."""
        return ibis.schema({c.name: _dtype(c) for c in self.columns})

    @cached_property
    def arrow(self) -> Any:
        """The contract as an Arrow schema (explicit: nothing is inferred from the rows)."""
        return pa.schema(
            pa.field(c.name, _dtype(c).to_pyarrow(), nullable=c.nullable) for c in self.columns
        )

    def unbound(self) -> Any:
        """An Ibis table without data, to compile expressions."""
        return ibis.table(self.ibis, name=self.name)

    def table(self, rows: Iterable[Mapping[str, Any]]) -> Any:
        """Rows as an Arrow table in key order.

        Raises:
            ContractError: missing or unknown column, value that does not fit its type (a decimal
                with more places, a NaN), null where none may be, two rows with one key.
        """
        ordered = sorted(rows, key=lambda row: tuple(row[name] for name in self.key))
        expected = {column.name for column in self.columns}
        for before, row in zip([None, *ordered], ordered, strict=False):
            if row.keys() != expected:
                raise ContractError(f"{self.name}: columns differ: {expected ^ row.keys()}")
            if before is not None and all(before[name] == row[name] for name in self.key):
                raise ContractError(f"{self.name}: two rows with key {self._key_of(row)}")
        return pa.table(
            [self._array(column, [row[column.name] for row in ordered]) for column in self.columns],
            schema=self.arrow,
        )

    def _key_of(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in self.key)

    def _array(self, column: Column, values: list[Any]) -> Any:
        """One column; NaN is refused because engines rank it above every number and sum it."""
        if any(isinstance(value, float) and value != value for value in values):  # noqa: PLR0124
            raise ContractError(f"{self.name}.{column.name}: NaN (write null)")
        try:
            array = pa.array(values, type=self.arrow.field(column.name).type)
        except pa.ArrowException as error:
            raise ContractError(f"{self.name}.{column.name}: {error}") from error
        if array.null_count and not column.nullable:
            raise ContractError(f"{self.name}.{column.name}: null where none may be")
        return array


def _dtype(column: Column) -> Any:
    return ibis.dtype(column.type, nullable=column.nullable)
