"""Which column of a register means what: recognised by its heads, described as data."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

# The register says of a row that it is none of ours (a wind farm in a list of power plants).
NOT_OURS = "-"


@dataclass(frozen=True, slots=True)
class Column:
    """Where a field comes from: a column of the file or a fixed text; ``split`` separates several names."""

    field: str
    head: str
    fixed: str
    required: bool
    split: str


@dataclass(frozen=True, slots=True)
class Value:
    """What a given text means; a capacity unit has the factor to the platform's unit."""

    value: str
    factor: Decimal | None


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of register, and the meaning of its coded values by (field, given)."""

    code: str
    columns: tuple[Column, ...]
    values: Mapping[tuple[str, str], Value]

    @property
    def source(self) -> str:
        """Name of the register, part of each row's identity."""
        return next(c.fixed for c in self.columns if c.field == "source")

    @property
    def heads(self) -> tuple[str, ...]:
        """Heads of the file in the order of the layout, each once."""
        return tuple(dict.fromkeys(c.head for c in self.columns if c.head))

    def missing(self, header: Collection[str]) -> list[str]:
        """Required heads that a file lacks."""
        return list(
            dict.fromkeys(c.head for c in self.columns if c.required and c.head not in header)
        )

    def codes(self, field: str) -> bool:
        """Whether the field has coded values."""
        return any(name == field for name, _given in self.values)


def recognise(header: Collection[str], layouts: Iterable[Layout]) -> Layout | None:
    """The layout with all its required heads in the file; of several the one that explains most."""
    fitting = [layout for layout in layouts if not layout.missing(header)]
    return max(fitting, key=lambda x: len(set(x.heads) & set(header)), default=None)
