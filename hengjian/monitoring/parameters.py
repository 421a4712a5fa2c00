"""Dated parameters of the detectors: resolved at the day judged, the most specific scope first.

Every number of a rule is a row (data/parameters.csv or a table of the same columns) with a unit,
dates, a basis and its confidence; a run of an old day uses the values of that day.
"""

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

SEED = Path(__file__).parent / "data" / "parameters.csv"
NATION = "nation"
# Most specific first. `enterprise:<id>`, `industry:<code>`, `region:<6 digits>` (its whole subtree).
SCOPES = ("enterprise", "industry", "region", NATION)


class ParameterError(ValueError):
    """A parameter is missing, doubled or scoped where the rule cannot use a scope."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value of one parameter of one rule, for a scope and a time (``effective_to`` excluded)."""

    rule: str
    name: str
    scope: str
    value: str
    unit: str
    effective_from: date
    effective_to: date | None
    basis: str
    confidence: str

    def in_force(self, day: date) -> bool:
        """Whether the value holds on that day."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)


@dataclass(frozen=True, slots=True)
class Params:
    """The values of one rule on one day."""

    rule: str
    rows: tuple[Parameter, ...]

    def number(self, name: str) -> Decimal:
        """The national value of a number that must not differ by scope (it shapes the query).

        Raises:
            ParameterError: absent, or someone scoped it.
        """
        return Decimal(self.text(name))

    def text(self, name: str) -> str:
        """The national value as written; same errors as `number`."""
        rows = self._rows(name)
        if [row.scope for row in rows] != [NATION]:
            raise ParameterError(f"{self.rule}.{name} must be given for the nation only")
        return rows[0].value

    def column(self, name: str, facts: Any) -> Any:
        """The value for each row of ``facts`` (enterprise_id, industry, region), as float64."""
        import ibis  # pages read parameters too, and start without the engine

        *scoped, national = sorted(self._rows(name), key=_specificity)
        if national.scope != NATION:
            raise ParameterError(f"{self.rule}.{name} has no national value")
        default = ibis.literal(float(national.value), type="float64")
        branches = [(_applies(row.scope, facts), float(row.value)) for row in scoped]
        return ibis.cases(*branches, else_=default) if branches else default

    def identity(self) -> list[dict[str, str]]:
        """What the rule version is a hash of: values without their prose, in a fixed order."""
        kept = ("name", "scope", "value", "unit")
        rows = [{key: str(asdict(row)[key]) for key in kept} for row in self.rows]
        return sorted(rows, key=lambda row: (row["name"], row["scope"]))

    def _rows(self, name: str) -> list[Parameter]:
        rows = [row for row in self.rows if row.name == name]
        if not rows:
            raise ParameterError(f"{self.rule}.{name} has no value in force")
        return rows


@dataclass(frozen=True, slots=True)
class Parameters:
    """All parameter rows; gives those of one rule and day."""

    rows: tuple[Parameter, ...]

    def on(self, rule: str, day: date) -> Params:
        """Values of a rule in force on a day.

        Raises:
            ParameterError: two rows for one name and scope.
        """
        rows = tuple(row for row in self.rows if row.rule == rule and row.in_force(day))
        names = [(row.name, row.scope) for row in rows]
        if len(set(names)) != len(names):
            raise ParameterError(f"{rule}: two values in force on {day}")
        return Params(rule, rows)

    def stretches(self, rule: str, first: date, last: date) -> list[tuple[date, date]]:
        """The days first..last cut where a value changes, so that each stretch has one set of values."""
        edges = {
            edge
            for row in self.rows
            if row.rule == rule
            for edge in (row.effective_from, row.effective_to)
            if edge is not None and first < edge <= last
        }
        starts = [first, *sorted(edges)]
        ends = [*(edge - timedelta(days=1) for edge in starts[1:]), last]
        return list(zip(starts, ends, strict=True))


def load(path: Path = SEED) -> Parameters:
    """Read parameter rows from a CSV."""
    with path.open(encoding="utf-8", newline="") as stream:
        return Parameters(tuple(_rows(csv.DictReader(stream))))


def _rows(records: Iterable[dict[str, str]]) -> Iterable[Parameter]:
    for record in records:
        until = record["effective_to"]
        yield Parameter(
            rule=record["rule"],
            name=record["name"],
            scope=record["scope"],
            value=record["value"],
            unit=record["unit"],
            effective_from=date.fromisoformat(record["effective_from"]),
            effective_to=date.fromisoformat(until) if until else None,
            basis=record["basis"],
            confidence=record["confidence"],
        )


def _specificity(row: Parameter) -> tuple[int, int, str]:
    """Enterprise before industry before county before city before province before nation."""
    kind, _, code = row.scope.partition(":")
    if kind not in SCOPES or bool(code) is (kind == NATION):
        raise ParameterError(f"{row.rule}.{row.name}: no such scope: {row.scope!r}")
    zeros = len(code) - len(code.rstrip("0")) if kind == "region" else 0
    return SCOPES.index(kind), zeros, row.scope


def _applies(scope: str, facts: Any) -> Any:
    kind, _, code = scope.partition(":")
    if kind == "enterprise":
        return facts.enterprise_id == code
    if kind == "industry":
        return facts.industry == code
    # 370000 covers its province, 370200 its city, 370211 itself.
    number = int(code)
    span = 10_000 if number % 10_000 == 0 else 100 if number % 100 == 0 else 1
    return facts.region.between(number, number + span - 1)
