"""Running the rules over panels: one panel for all rules of a grain, one calibration, hits and verdicts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis

from hengjian.analytics.contracts import Column, Contract
from hengjian.analytics.session import load
from hengjian.kernel.calendar import clock
from hengjian.monitoring.detectors import panel_detectors
from hengjian.monitoring.detectors.detector import HITS, Verdict, run, version
from hengjian.monitoring.detectors.panel_detector import OUTPUT_UNIT, PanelDetector
from hengjian.monitoring.detectors.panel_source import (
    QUARTERS_A_DAY,
    latest_known,
    months_of,
    numbered,
    quarters_of,
    reported_days,
)
from hengjian.monitoring.facts import QUANTITY, Period, Tables
from hengjian.monitoring.models import Run
from hengjian.monitoring.parameters import Parameters, Params
from hengjian.monitoring.services.judged import Judged
from hengjian.monitoring.services.panel_sql import Part, evidence_name, evidence_sql, panel_name

DAYS_OF_A_MONTH = 31
# Beyond these a figure is nonsense of a formula, not of a plant; a decimal could not hold it.
LARGEST = 1e15
DAYS = ("day", "calendar")
PARTS = Contract(
    name="parts",
    columns=(
        Column("rule", "string", "rule"),
        Column("stretch", "string", "its values, as in the signals"),
        Column("first", "date", "first day that they hold for"),
        Column("last", "date", "last day"),
        Column("span", "int64", "days before the judged one on which a hit rests"),
        Column("least", "int64", "periods of history that it takes"),
        Column("unit", "string", "unit of the figures"),
        Column("amount_unit", "string", "unit of the amount at stake"),
        Column("basis", "string", "what the rule rests on"),
        Column("confidence", "string", "confidence of the basis"),
    ),
    key=("rule", "first"),
)


@dataclass(frozen=True, slots=True)
class Reach:
    """History that a panel holds, in its own periods, and how much a series needs to be judged."""

    length: int
    least: int


def reaches(values: Parameters, period: Period) -> dict[str, Reach]:
    """The reach of each grain: values of the pseudo-rule ``panel``."""
    general = values.on("panel", period.last)
    days = Reach(int(general.number("history_days")), int(general.number("least_days")))
    months = Reach(int(general.number("history_months")), int(general.number("least_months")))
    held = int(general.number("history_quarter_days")) * QUARTERS_A_DAY
    least = int(general.number("least_quarter_days")) * QUARTERS_A_DAY
    return {"day": days, "calendar": days, "month": months, "quarter": Reach(held, least)}


def lookback_days(values: Parameters, period: Period) -> int:
    """Days of facts before the first judged one that the panels need."""
    grains = reaches(values, period)
    return max(grains["day"].length, (grains["month"].length + 1) * DAYS_OF_A_MONTH)


def judge_panels(
    con: Any, tables: Tables, values: Parameters, period: Period
) -> dict[str, list[Judged]]:
    """What each panel rule says of the stretch; an empty panel says nothing of anybody.

    ``tables.readings`` holds the quarter hours of meters (READINGS), from `quarter_days` before the stretch on.
    """
    grains = reaches(values, period)
    known = _stored(
        con,
        "known_facts",
        latest_known(
            tables.daily, period.first - timedelta(days=lookback_days(values, period)), period
        ),
    )
    days = _stored(con, "known_days", reported_days(known, tables))
    found: dict[str, list[Judged]] = {}
    for grain, reach in grains.items():
        rules = [d for d in panel_detectors().values() if d.grain == grain]
        if not rules:
            continue
        source = tables.readings if grain == "quarter" else days
        _stored(con, panel_name(grain), _panel(source, grain, period, reach))
        found |= _Judging(con, grain, known, values, period, reach).all(rules)
    return found


def quarter_days(values: Parameters, period: Period) -> int:
    """Days of readings before the first judged one that the quarter-hour rules need."""
    return reaches(values, period)["quarter"].length // QUARTERS_A_DAY


def _panel(days: Any, grain: str, period: Period, reach: Reach) -> Any:
    if grain == "quarter":
        return quarters_of(days, period, reach.length // QUARTERS_A_DAY)
    if grain == "month":
        return numbered(months_of(days, period), period, reach.length)
    return numbered(days if grain == "calendar" else days.filter(~days.idle), period, reach.length)


def _stored(con: Any, name: str, expression: Any) -> Any:
    return con.create_table(name, expression, temp=True)


@dataclass(frozen=True, slots=True)
class _Judging:
    """The rules of one grain over one panel."""

    con: Any
    grain: str
    known: Any
    values: Parameters
    period: Period
    reach: Reach

    def all(self, rules: Sequence[PanelDetector]) -> dict[str, list[Judged]]:
        """Signals of all rules, calibrated together; then hits and verdicts of each rule and stretch."""
        started = clock.now()
        parts = [
            Part(rule, first, last, self.values.on(rule.code, first))
            for rule in rules
            for first, last in self.values.stretches(rule.code, self.period.first, self.period.last)
        ]
        general = self.values.on("panel", self.period.last)
        panel = self.con.table(panel_name(self.grain))
        hits = _by_part(self._found(panel, parts, general), parts)
        said = _by_part(verdicts(self.con, panel, parts, hits, self.reach.least), parts)
        found: dict[str, list[Judged]] = {rule.code: [] for rule in rules}
        for part in parts:
            made = Run(
                rule=part.rule.code,
                rule_version=version(part.rule, part.params),
                first=part.first,
                last=part.last,
                as_of=self.period.as_of,
                started=started,
                finished=clock.now(),
                hits=len(hits[part.key]),
                judged=dict(Counter(row["verdict"] for row in said[part.key])),
                parameters=part.params.identity() + general.identity(),
            )
            made.save(force_insert=True)
            found[part.rule.code].append(Judged(made, hits[part.key], said[part.key]))
        return found

    def _found(
        self, panel: Any, parts: Sequence[Part], general: Params
    ) -> Sequence[Mapping[str, Any]]:
        """Rows of HITS; no query where no series has a past to compare with."""
        comparable = panel.filter(panel.judged, panel.history > 0).count()
        if not self.con.to_pyarrow(comparable).as_py():
            return []
        how = self.values.on("calibration", self.period.last)
        for name, sql in evidence_sql(self.grain, tuple(parts), self.reach.length, how):
            self.con.raw_sql(f'CREATE TEMP TABLE "{name}" AS {sql}')
        return run(self.con, HITS, self._hits(panel, parts, general))

    def _hits(self, panel: Any, parts: Sequence[Part], general: Params) -> Any:
        """HITS of judged periods whose evidence reaches the bound of the false-alarm budget."""
        least = float(general.number("min_evidence"))
        evidences = self.con.table(evidence_name(self.grain))
        strong = evidences.filter(evidences.evidence >= least)
        rows = panel.filter(panel.judged).inner_join(strong, ["site_id", "seq"])
        rows = rows.inner_join(_of_parts(parts, self.reach.least), ["rule", "stretch"])
        rows = rows.filter(rows.history >= rows.least, rows.day.between(rows.first, rows.last))
        rows = rows.inner_join(_baselines(panel), "site_id")
        rows = _strongest_of_day(rows)
        begins = (rows.start - rows.span.as_interval("D")).cast("date")
        rows = rows.mutate(period_start=begins)
        return _named(rows.inner_join(self._reports(rows), ["rule", "site_id", "seq"]))

    def _reports(self, rows: Any) -> Any:
        """The reports of all sources behind each hit."""
        asked = rows.select(
            "rule", "site_id", "seq", "site", "subject", begin=rows.period_start, end=rows.day
        )
        known = self.known.select("report_id", "day", of="site_id", made="product")
        used = asked.inner_join(
            known,
            [
                asked.site == known.of,
                known.day >= asked.begin,
                known.day <= asked.end,
                (known.made == asked.subject) | (known.made == ""),
            ],
        )
        return used.group_by("rule", "site_id", "seq").aggregate(
            input_report_ids=used.report_id.collect().sort(), reported=used.day.nunique()
        )


def _by_part(
    rows: Iterable[Mapping[str, Any]], parts: Sequence[Part]
) -> dict[tuple[str, date], list[Mapping[str, Any]]]:
    """Rows by the rule and stretch whose days they are of."""
    found: dict[tuple[str, date], list[Mapping[str, Any]]] = {part.key: [] for part in parts}
    by_rule: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        by_rule[part.rule.code].append(part)
    for row in rows:
        day = row["period_end"] if "period_end" in row else row["day"]
        part = next(p for p in by_rule[row["rule"]] if p.first <= day <= p.last)
        found[part.key].append(row)
    return found


def _of_parts(parts: Sequence[Part], least: int) -> Any:
    """What a hit takes from its rule and stretch, as a table."""
    rows = [
        {
            "rule": part.rule.code,
            "stretch": part.stretch,
            "first": part.first,
            "last": part.last,
            "span": part.rule.span - 1 if part.rule.grain in DAYS else 0,
            "least": 1 if part.rule.exact else least,
            "unit": part.rule.unit,
            "amount_unit": part.rule.amount_unit,
            "basis": part.rule.legal_basis[0].title,
            "confidence": part.rule.legal_basis[0].confidence,
        }
        for part in parts
    ]
    return load(PARTS, rows)


def _named(rows: Any) -> Any:
    def unit(given: Any) -> Any:
        return ibis.ifelse(given == OUTPUT_UNIT, rows.subject_unit, given)

    return rows.select(
        rule=rows.rule,
        site_id=rows.site,
        enterprise_id=rows.enterprise_id,
        region=rows.region,
        subject=rows.subject,
        period_start=rows.period_start,
        period_end=rows.day,
        days=rows.reported,
        idle_days=ibis.literal(0, type="int64"),
        observed=_decimal(rows.observed),
        expected=_decimal(rows.expected),
        expected_lo=_decimal(rows.expected_lo),
        expected_hi=_decimal(rows.expected_hi),
        unit=unit(rows.unit),
        evidence=rows.evidence.round(4),
        amount_at_stake=_decimal(rows.amount),
        amount_unit=unit(rows.amount_unit),
        input_report_ids=rows.input_report_ids,
        limit_id=ibis.null("string"),
        level=ibis.null("int32"),
        baseline_start=rows.baseline_start,
        baseline_end=rows.baseline_end,
        peer_group=rows.peer_group,
        peers=rows.peers,
        basis=rows.basis,
        confidence=rows.confidence,
    )


def _strongest_of_day(rows: Any) -> Any:
    """One hit for a rule, series and day: of quarter hours the one with most evidence."""
    of_day = ibis.window(
        group_by=("rule", "site_id", "day"), order_by=(ibis.desc("evidence"), "seq")
    )
    ranked = rows.mutate(place=ibis.row_number().over(of_day)).filter(ibis._.place == 0)
    return ranked.drop("place")


def _baselines(panel: Any) -> Any:
    """site_id → days of its history and how many plants its peer group has."""
    past = panel.group_by("site_id", "peer_group").aggregate(
        baseline_start=panel.start.min(where=~panel.judged),
        baseline_end=panel.day.max(where=~panel.judged),
    )
    sizes = panel.group_by("peer_group").aggregate(peers=panel.site_id.nunique())
    joined = past.inner_join(sizes, "peer_group")
    return joined.select("site_id", "baseline_start", "baseline_end", "peers")


def verdicts(
    con: Any,
    panel: Any,
    parts: Sequence[Part],
    hits: Mapping[tuple[str, date], Sequence[Mapping[str, Any]]],
    least: int,
) -> list[dict[str, Any]]:
    """ASSESSMENTS of every judged period by every rule: the panel is read once, the rest are labels."""
    judged = panel.filter(panel.judged).select(
        "site", "enterprise_id", "region", "subject", "day", "idle", "history"
    )
    judged = judged.distinct()
    unusual = {
        (row["rule"], row["site_id"], row["subject"], row["period_end"])
        for rows in hits.values()
        for row in rows
    }
    found = []
    for row in con.to_pyarrow(judged).to_pylist():
        for part in parts:
            if part.first <= row["day"] <= part.last:
                key = (part.rule.code, row["site"], row["subject"], row["day"])
                found.append(_assessment(part.rule, row, least, unusual=key in unusual))
    return found


def _assessment(
    rule: PanelDetector, row: Mapping[str, Any], least: int, *, unusual: bool
) -> dict[str, Any]:
    verdict = Verdict.NORMAL
    if unusual:
        verdict = Verdict.UNUSUAL
    elif row["idle"]:
        verdict = Verdict.NO_OUTPUT
    elif row["history"] < least and not rule.exact:
        verdict = Verdict.NO_HISTORY
    blank = dict.fromkeys(("observed", "expected", "unit", "days", "limit_id", "level"))
    return {
        "rule": rule.code,
        "site_id": row["site"],
        "enterprise_id": row["enterprise_id"],
        "region": row["region"],
        "subject": row["subject"],
        "day": row["day"],
        "verdict": verdict.value,
        **blank,
    }


def _decimal(value: Any) -> Any:
    """A float as stored quantity; what is absent counts as zero, what no decimal holds is cut."""
    known = ibis.coalesce(value, 0.0)
    return known.clip(-LARGEST, LARGEST).round(6).cast(QUANTITY)
