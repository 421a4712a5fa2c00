"""What some rules read beside the daily facts: owed days, output plans, monthly figures, under the names compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from hengjian.analytics.session import load
from hengjian.kernel.access.actor import Actor
from hengjian.measures.selectors.rule_rows import due_rows, month_rows
from hengjian.monitoring.facts import DUE, MONTHLY, PLANS, Period, Tables
from hengjian.monitoring.rules import output_in
from hengjian.registry.selectors.plan import plan_rows

Subject = Mapping[str, Any]
Named = Mapping[tuple[str, str], Subject]


def with_beside(
    tables: Tables, *, actor: Actor, subjects: Sequence[Subject], period: Period, since: date
) -> Tables:
    """The tables with DUE, PLANS and MONTHLY; ``since`` is the first day that some rule reads."""
    named = {(row["site_id"], row["product"]): row for row in subjects if row["product"]}
    last, as_of = period.last, period.as_of
    due = due_rows(actor=actor, first=period.first, last=last, as_of=as_of)
    months = month_rows(actor=actor, first=since, last=last, as_of=as_of)
    return replace(
        tables,
        due=load(DUE, _renamed(due, named)),
        plans=load(PLANS, _plans(actor, named, (since.year, last.year), as_of)),
        monthly=load(MONTHLY, _monthly(months, named)),
    )


def _renamed(rows: Iterable[Mapping[str, Any]], named: Named) -> Iterator[dict[str, Any]]:
    for row in rows:
        subject = named.get((row["site_id"], row["product"]))
        yield {**row, "product": subject["name"] if subject else row["product"]}


def _plans(
    actor: Actor, named: Named, years: tuple[int, int], as_of: datetime
) -> Iterator[dict[str, Any]]:
    for row in plan_rows(actor, years, as_of):
        subject = named.get((row["site_id"], row["product"]))
        if subject is None:
            yield dict(row)
            continue
        amount, unit = output_in(row["amount"], row["unit"], {subject["unit"]})
        yield {**row, "product": subject["name"], "amount": amount, "unit": unit}


def _monthly(rows: Iterable[Mapping[str, Any]], named: Named) -> Iterator[dict[str, Any]]:
    for row in rows:
        subject = named.get((row["site_id"], row["product"]))
        if subject is None:
            yield dict(row)
            continue
        output, unit = output_in(row["output"], row["product_unit"], {subject["unit"]})
        yield {**row, "product": subject["name"], "output": output, "product_unit": unit}
