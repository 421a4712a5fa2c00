"""The rules of one grain as SQL: compiled once for a set of rules and values, run for every period.

Building and compiling the expressions takes longer than executing them over a province's year; neither the
panel's name nor its shape changes from run to run. Inside the run a series and its group are numbers: sorting and
joining them costs a third of what the names cost. Steps that rules have in common are executed once.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis

from hengjian.monitoring.calibration import Calibration, calibrate
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.detectors.panel_source import PANELS
from hengjian.monitoring.panel import SIGNALS
from hengjian.monitoring.parameters import Params
from hengjian.monitoring.services.shared_steps import compile_together

Statements = tuple[tuple[str, str], ...]
_compiled: dict[str, Statements] = {}
MOST_KEPT = 50
# A series by number, with its name and group; the panel with numbers in place of both, without other texts.
SERIES = {"site_id": "int32", "name": "string", "peer_group": "string"}
NUMBERED = {"site_id": "int32", "peer_group": "int32"}


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
        """The values used, as a short label: days may come and go without a new query."""
        text = json.dumps(self.params.identity(), ensure_ascii=False, sort_keys=True)
        # Twelve letters: DuckDB keeps them inside the row.
        return hashlib.sha256(text.encode()).hexdigest()[:12]


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
    figures = {c.name: c.type for c in PANELS[grain].columns if c.type != "string"}
    whole = ibis.table({c.name: c.type for c in PANELS[grain].columns}, name=panel_name(grain))
    series = ibis.table(SERIES, name=f"series_{grain}")
    panel = ibis.table(NUMBERED | figures, name=f"numbered_{grain}")
    signals = [
        part.rule.signals(part.rule.view(panel), length, part.params).mutate(
            rule=ibis.literal(part.rule.code), stretch=ibis.literal(part.stretch)
        )
        for part in parts
    ]
    every = ibis.union(*signals) if signals[1:] else signals[0]
    name = f"signals_{grain}"
    given = {c.name: c.type for c in SIGNALS.columns} | {"site_id": "int32"}
    stored = ibis.table({**given, "rule": "string", "stretch": "string"}, name=name)
    judged = calibrate(stored, series, length, Calibration.of(how))
    named = judged.join(series.select("site_id", "name"), "site_id")
    kept = judged.drop("rule", "site_id").columns
    named = named.select("rule", *kept, site_id=named.name)
    return (
        (series.get_name(), ibis.to_sql(_series(whole), dialect="duckdb")),
        (panel.get_name(), ibis.to_sql(_numbered(whole, series, [*figures]), dialect="duckdb")),
        (name, compile_together(every.select(*stored.columns))),
        (evidence_name(grain), ibis.to_sql(named, dialect="duckdb")),
    )


def _series(panel: Any) -> Any:
    """SERIES of a panel."""
    names = panel.group_by(name="site_id").agg(peer_group=panel.peer_group.max())
    number = ibis.row_number().over(order_by="name").cast("int32")
    return names.select("name", "peer_group", site_id=number).select(*SERIES)


def _numbered(panel: Any, series: Any, figures: list[str]) -> Any:
    """The panel with numbers of series and group, and ``figures``."""
    groups = panel.select(group="peer_group").distinct()
    groups = groups.mutate(of=ibis.row_number().over(order_by="group").cast("int32"))
    known = series.select("name", number="site_id")
    rows = panel.join(known, panel.site_id == known.name)
    rows = rows.left_join(groups, rows.peer_group == groups.group)
    return rows.select(*figures, site_id="number", peer_group="of").select(*NUMBERED, *figures)
