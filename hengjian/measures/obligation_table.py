"""Reads who owes which form by the plan: ``data/obligation_rules.csv``, with basis and confidence."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from hengjian.measures.permissions import Source
from hengjian.measures.rules.forms import Form
from hengjian.measures.rules.obligations import Audience, ObligationRule


@cache
def obligation_rules() -> tuple[ObligationRule, ...]:
    """Every row of the table."""
    text = (files("hengjian.measures") / "data" / "obligation_rules.csv").read_text("utf-8-sig")
    return tuple(
        ObligationRule(
            audience=Audience(row["audience"]),
            form=Form(row["form"]),
            source=Source(row["source"]),
            basis=row["basis"],
            confidence=row["confidence"],
        )
        for row in csv.DictReader(text.splitlines())
    )
