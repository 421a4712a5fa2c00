"""Which forms a site owes by the plan (M2.3, M2.4, M3): pure, from the rows of data/obligation_rules.csv."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from hengjian.measures.permissions import Source
from hengjian.measures.rules.forms import Form, first_day


class Audience(StrEnum):
    """Whom a rule addresses."""

    ALL = "all"
    KEY = "key"
    OUTPUT_CONTROLLED = "output_controlled"


@dataclass(frozen=True, slots=True)
class ObligationRule:
    """Sites of ``audience`` owe ``form``, vouched for by ``source``."""

    audience: Audience
    form: Form
    source: Source
    basis: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Due:
    """A form that a site owes, and why."""

    form: Form
    source: Source
    basis: str


def audiences(
    *,
    key_site: bool,
    industries: Collection[str],
    key_industries: Collection[str],
    output_controlled: bool,
) -> frozenset[Audience]:
    """A site is key by name or by one of its industries; under output control by name, not by industry (M3)."""
    found = {Audience.ALL}
    if key_site or set(industries) & set(key_industries):
        found.add(Audience.KEY)
    if output_controlled:
        found.add(Audience.OUTPUT_CONTROLLED)
    return frozenset(found)


def forms_owed(rules: Iterable[ObligationRule], who: frozenset[Audience]) -> tuple[Due, ...]:
    """What the rules ask of a site; where two rules ask the same form of the same source, the first gives the basis."""
    found: dict[tuple[Form, Source], Due] = {}
    for rule in rules:
        if rule.audience in who:
            found.setdefault((rule.form, rule.source), Due(rule.form, rule.source, rule.basis))
    return tuple(found.values())


def begins(form: Form, day: date) -> date:
    """From when a form is owed that is assigned on ``day``: the period that runs then."""
    return first_day(form, day)


def last_when_ended(valid_from: date, last: date) -> date:
    """The last day of an obligation ended with ``last``; one that had not begun is void (the day before it begins)."""
    return max(last, valid_from - timedelta(days=1))
