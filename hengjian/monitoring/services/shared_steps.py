"""Steps that several expressions have in common, found and taken out, so that each is executed once.

Rules are written one by one and each says everything that it needs; over one panel several need the same sums of
history. Ibis merges selections before it looks for common parts, and an engine may expand a common table expression
at every use: so the common steps become tables of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import ibis
from ibis.expr import operations as ops

HEAVY = (ops.WindowFunction, ops.Aggregate, ops.JoinChain)


def compile_together(expression: Any, prefix: str = "step") -> str:
    """DuckDB SQL of a union or join of many expressions in which common steps are executed once."""
    steps, rest = take_out(expression, prefix)
    parts = [
        f'"{name}" AS MATERIALIZED ({ibis.to_sql(step, dialect="duckdb")})' for name, step in steps
    ]
    sql = ibis.to_sql(rest, dialect="duckdb")
    # Ibis wrote every part of it: nothing of a user is in it.
    return f"WITH {', '.join(parts)} SELECT * FROM ({sql})" if parts else str(sql)  # noqa: S608


def take_out(expression: Any, prefix: str) -> tuple[list[tuple[str, Any]], Any]:
    """(steps in order, as name and expression; the expression over tables of these names).

    A step is taken out where it sorts, joins or aggregates and two different ways lead on from it.
    """
    root = expression.op()
    taken: dict[Any, Any] = {}
    steps: list[tuple[str, Any]] = []
    for node in _forks(root):
        step = node.replace(taken) if taken else node
        if step.find(HEAVY):
            name = f"{prefix}_{len(steps)}"
            steps.append((name, step.to_expr()))
            taken[node] = ibis.table(node.schema, name=name).op()
    return steps, (root.replace(taken).to_expr() if taken else expression)


def _forks(root: Any) -> list[Any]:
    """Relations from which different ways lead on, each after those that it rests on."""
    ways: dict[Any, set[Any]] = defaultdict(set)
    found = root.map(lambda node, _, **__: node)
    relations = [
        node
        for node in found
        if isinstance(node, ops.Relation) and not isinstance(node, ops.Reference)
    ]
    for node in relations:
        for below in _sources(node):
            ways[below].add(node)
    return [node for node in relations if len(ways[node]) > 1]


def _sources(node: Any) -> Iterator[Any]:
    """Relations that a relation reads; a join's reference to a table is that table."""
    for child in node.__children__:
        for found in child.find_topmost(ops.Relation):
            yield found.parent if isinstance(found, ops.Reference) else found
