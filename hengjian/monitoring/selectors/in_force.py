"""The parameters in force: the values that ship (data/parameters.csv) with every approved change laid over them.

A change ends the row before it on the day it takes effect, so the past stays judged with the values of the past.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from hengjian.monitoring.models import ParameterChange
from hengjian.monitoring.parameters import Parameter, Parameters, load
from hengjian.monitoring.states import ChangeState

Key = tuple[str, str, str]


def parameters_in_force() -> Parameters:
    """The shipped values with every approved change laid over them. One query."""
    rows = ParameterChange.objects.filter(state=ChangeState.APPROVED)
    return overlaid(load(), [as_parameter(row) for row in rows])


def as_parameter(change: ParameterChange) -> Parameter:
    """The row that a change adds."""
    return Parameter(
        rule=change.rule,
        name=change.name,
        scope=change.scope,
        value=change.value,
        unit=change.unit,
        effective_from=change.effective_from,
        effective_to=None,
        basis=change.basis,
        confidence=change.confidence,
    )


def overlaid(seed: Parameters, changes: Iterable[Parameter]) -> Parameters:
    """``seed`` and ``changes``, where each row of one rule, name and scope ends when a changed one begins."""
    changed: dict[Key, list[Parameter]] = defaultdict(list)
    for row in changes:
        changed[row.rule, row.name, row.scope].append(row)
    kept: list[Parameter] = []
    held: dict[Key, list[Parameter]] = defaultdict(list)
    for row in seed.rows:
        key = (row.rule, row.name, row.scope)
        if key in changed:
            held[key].append(row)
        else:
            kept.append(row)
    for key, rows in changed.items():
        newer = {row.effective_from for row in rows}
        older = [row for row in held[key] if row.effective_from not in newer]
        kept += _ended(sorted([*older, *rows], key=lambda row: row.effective_from))
    return Parameters(tuple(kept))


def _ended(rows: list[Parameter]) -> list[Parameter]:
    """Rows in order of their first days, each ended by the next at the latest."""
    found = []
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        end = row.effective_to
        if following is not None and (end is None or end > following.effective_from):
            end = following.effective_from
        found.append(replace(row, effective_to=end))
    return found
