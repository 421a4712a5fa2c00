"""The rules of one grain as SQL: compiled once for a set of rules and values, run for every period.

Building and compiling the expressions takes longer than executing them over a province's year; neither the
panel's name nor its shape changes from run to run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

import ibis

from hengjian.monitoring.calibration import Calibration, calibrate
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.detectors.panel_source import PANELS
from hengjian.monitoring.panel import SIGNALS
from hengjian.monitoring.parameters import Params

Statements = tuple[tuple[str, str], ...]
_compiled: dict[str, Statements] = {}
MOST_KEPT = 50


@dataclass(frozen=True, slots=True)
class Part:
    """One rule over a stretch of days (both included) with the values of that stretch."""

    rule: PanelDetector
    first: date
    last: date
    params: Params

    @property
    def key(self) -> tuple[str, date]:
        """Rule and first day."""
        return self.rule.code, self.first

    @property
    def stretch(self) -> str:
        """The values used, as a label: days may come and go without a new query."""
        return json.dumps(self.params.identity(), ensure_ascii=False, sort_keys=True)


def panel_name(grain: str) -> str:
    """Table of the panel of a grain."""
    return f"panel_{grain}"


def evidence_name(grain: str) -> str:
    """Table of the signals of a grain with their evidence."""
    return f"evidences_{grain}"


def evidence_sql(grain: str, parts: tuple[Part, ...], length: int, how: Params) -> Statements:
    """(table, SELECT) to execute in order: the signals of all parts, then their evidence.

    ``length`` is the number of periods of history: the ``seq`` of the first judged one.
    """
    said = [grain, length, how.identity(), [(part.rule.code, part.stretch) for part in parts]]
    key = json.dumps(said, ensure_ascii=False, sort_keys=True)
    if key not in _compiled:
        if len(_compiled) >= MOST_KEPT:
            _compiled.clear()
        _compiled[key] = _compile(grain, parts, length, how)
    return _compiled[key]


def _compile(grain: str, parts: tuple[Part, ...], length: int, how: Params) -> Statements:
    # Nullable throughout: rules that join give nullable keys back, and a union wants equal types.
    panel = ibis.table({c.name: c.type for c in PANELS[grain].columns}, name=panel_name(grain))
    signals = [
        part.rule.signals(part.rule.view(panel), length, part.params).mutate(
            rule=ibis.literal(part.rule.code), stretch=ibis.literal(part.stretch)
        )
        for part in parts
    ]
    every = ibis.union(*signals) if signals[1:] else signals[0]
    name = f"signals_{grain}"
    given = {c.name: c.type for c in SIGNALS.columns}
    stored = ibis.table({**given, "rule": "string", "stretch": "string"}, name=name)
    judged = calibrate(stored, panel, length, Calibration.of(how))
    return (
        (name, ibis.to_sql(every.select(*stored.columns), dialect="duckdb")),
        (evidence_name(grain), ibis.to_sql(judged, dialect="duckdb")),
    )
