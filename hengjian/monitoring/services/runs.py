"""Running the rules over a stretch of days: incremental, and the same run twice changes nothing (E1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from hengjian.analytics.session import connect
from hengjian.analytics.session import load as load_rows
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.calendar import clock
from hengjian.monitoring.detectors import detectors, rules
from hengjian.monitoring.detectors.daily_source import DailyDetector
from hengjian.monitoring.detectors.detector import ASSESSMENTS, HITS, Detector, run, version
from hengjian.monitoring.facts import Period
from hengjian.monitoring.models import Hit, Run, Verdict
from hengjian.monitoring.parameters import Parameters, Params
from hengjian.monitoring.selectors.in_force import parameters_in_force
from hengjian.monitoring.services.alerts import Key, reconcile
from hengjian.monitoring.services.beside import with_beside
from hengjian.monitoring.services.judged import Judged
from hengjian.monitoring.services.panel_runs import judge_panels, lookback_days, quarter_days
from hengjian.monitoring.services.peers import keep_peers
from hengjian.monitoring.services.readings import reading_table
from hengjian.monitoring.services.scores import keep_scores
from hengjian.monitoring.services.tables import Written, write_tables

BATCH = 500
# Rules for which a product that bears no limit's name is not comparable.
WITH_LIMITS = frozenset({"L101"})
_SAME_NAME = (
    "rule",
    "subject",
    "period_start",
    "period_end",
    "days",
    "idle_days",
    "observed",
    "expected",
    "expected_lo",
    "expected_hi",
    "unit",
    "amount_at_stake",
    "amount_unit",
    "level",
    "baseline_start",
    "baseline_end",
    "peer_group",
    "peers",
    "basis",
    "confidence",
)
_HIT_FIELDS = [
    f.name for f in Hit._meta.concrete_fields if f.name not in {"id", "site", "rule", "subject"}
]


@transaction.atomic
def run_rules(
    *,
    actor: Actor,
    day: date,
    now: datetime,
    parameters: Parameters | None = None,
    lake: Path | None = None,
) -> list[Run]:
    """Judge ``day`` and the days before it that a late report may still change, with what is known at ``now``.

    Returns one run per rule and set of parameter values. Repeating it adds a run and changes nothing else.
    """
    require(actor, "monitoring.run.start")
    values = parameters or parameters_in_force()
    general = values.on("runs", day)
    period = Period(day - timedelta(days=int(general.number("rejudge_days"))), day, now)
    with connection.cursor() as cursor:  # two runs at once would both raise the same alert
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('monitoring.run', 0))")
    con = connect()
    written = bound_tables(actor, con, lake or settings.LAKE_DIR, values, period)
    judged = {
        code: _judge_days(con, written, detector, values, period)
        for code, detector in detectors().items()
    } | judge_panels(con, written.tables, values, period)
    for code, parts in judged.items():
        touched = _keep_hits(code, period, parts)
        _keep_verdicts(code, parts, written)
        reconcile(
            actor=actor,
            rule=rules()[code],
            run=parts[-1].run,
            keys=touched,
            general=general,
            now=now,
        )
    keep_scores(period.first, period.last)
    keep_peers(con, written.tables, day)
    return [part.run for parts in judged.values() for part in parts]


def bound_tables(actor: Actor, con: Any, root: Path, values: Parameters, period: Period) -> Written:
    """Everything that some rule reads."""
    since = period.first - timedelta(days=_lookback(values, period))
    written = write_tables(
        actor=actor, root=root, con=con, first=since, last=period.last, as_of=period.as_of
    )
    tables = with_beside(
        written.tables, actor=actor, subjects=written.subjects, period=period, since=since
    )
    readings = reading_table(
        actor=actor,
        first=period.first - timedelta(days=quarter_days(values, period)),
        last=period.last,
        as_of=period.as_of,
    )
    daily = con.create_table("daily_bound", tables.daily, temp=True)
    return replace(written, tables=replace(tables, daily=daily, readings=readings))


def _judge_days(
    con: Any, written: Written, detector: Detector, values: Parameters, period: Period
) -> list[Judged]:
    """Each stretch of equal values of one rule over daily facts."""
    return [
        _judge(
            con,
            written,
            detector,
            values.on(detector.code, first),
            Period(first, last, period.as_of),
        )
        for first, last in values.stretches(detector.code, period.first, period.last)
    ]


def _lookback(values: Parameters, period: Period) -> int:
    """Days before the stretch that some rule needs."""
    days = [
        detector.lookback_days(values.on(detector.code, first))
        for detector in detectors().values()
        for first, _ in values.stretches(detector.code, period.first, period.last)
    ]
    return max(*days, lookback_days(values, period))


def _judge(
    con: Any, written: Written, detector: Detector, params: Params, period: Period
) -> Judged:
    started = clock.now()
    hits = run(con, HITS, detector.expression(written.tables, params, period))
    if isinstance(
        detector, DailyDetector
    ):  # what was found is known: the rule is not computed twice
        said = detector.assess(written.tables, params, period, load_rows(HITS, hits))
    else:
        said = detector.assess(written.tables, params, period)
    assessments = run(con, ASSESSMENTS, said)
    made = Run(
        rule=detector.code,
        rule_version=version(detector, params),
        first=period.first,
        last=period.last,
        as_of=period.as_of,
        started=started,
        finished=clock.now(),
        hits=len(hits),
        judged=dict(Counter(row["verdict"] for row in assessments)),
        parameters=params.identity(),
    )
    made.save(force_insert=True)
    return Judged(made, hits, assessments)


def _keep_hits(rule: str, period: Period, parts: Sequence[Judged]) -> set[Key]:
    """Make the stored days of the stretch what was found; returns the sites and subjects that changed."""
    present = {
        (hit.site_id, hit.subject, hit.period_end): hit
        for hit in Hit.objects.filter(rule=rule, period_end__range=(period.first, period.last))
    }
    new, changed, touched = [], [], set()
    for part in parts:
        for row in part.hits:
            hit = _hit(row, part.run)
            key = (hit.site_id, hit.subject, hit.period_end)
            old = present.pop(key, None)
            if old is not None and _facts(old) == _facts(hit):
                continue
            touched.add((hit.site_id, hit.subject))
            if old is None:
                new.append(hit)
            else:
                hit.pk = old.pk
                changed.append(hit)
    touched |= {(site, subject) for site, subject, _ in present}
    Hit.objects.filter(pk__in=[hit.pk for hit in present.values()]).delete()
    Hit.objects.bulk_create(new, batch_size=BATCH)
    Hit.objects.bulk_update(changed, _HIT_FIELDS, batch_size=BATCH)
    return touched


def _hit(row: Mapping[str, Any], made: Run) -> Hit:
    return Hit(
        site_id=UUID(row["site_id"]),
        region_id=row["region"],
        enterprise_id=UUID(row["enterprise_id"]),
        rule_version=made.rule_version,
        evidence=Decimal(str(row["evidence"])).quantize(Decimal("0.0001")),
        limit_id=UUID(row["limit_id"]) if row["limit_id"] else None,
        input_report_ids=[UUID(report) for report in row["input_report_ids"]],
        **{name: row[name] for name in _SAME_NAME},
    )


def _facts(hit: Hit) -> list[object]:
    """What makes two hits of one day the same."""
    return [getattr(hit, name) for name in _HIT_FIELDS]


def _keep_verdicts(rule: str, parts: Sequence[Judged], written: Written) -> None:
    """The latest day of each site and subject; an older day never replaces a newer one."""
    latest: dict[Key, Mapping[str, Any]] = {}
    for part in parts:
        for row in part.assessments:
            key = (UUID(row["site_id"]), row["subject"])
            if key not in latest or latest[key]["day"] < row["day"]:
                latest[key] = row
    known = {(v.site_id, v.subject): v for v in Verdict.objects.filter(rule=rule)}
    wanted = [_verdict(rule, row, written) for row in latest.values()]
    fresh = []
    for verdict in wanted:
        old = known.get((verdict.site_id, verdict.subject))
        if old is None or (old.day <= verdict.day and _said(old) != _said(verdict)):
            fresh.append(verdict)
    Verdict.objects.bulk_create(
        fresh,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=("site", "rule", "subject"),
        update_fields=("region", "enterprise", "day", "verdict", "observed", "expected", "unit"),
    )


def _said(verdict: Verdict) -> tuple[object, ...]:
    return (verdict.day, verdict.verdict, verdict.observed, verdict.expected, verdict.unit)


def _verdict(rule: str, row: Mapping[str, Any], written: Written) -> Verdict:
    key = (row["site_id"], row["subject"])
    why = written.incomparable.get(key) if rule in WITH_LIMITS else None
    return Verdict(
        site_id=UUID(row["site_id"]),
        region_id=row["region"],
        enterprise_id=UUID(row["enterprise_id"]),
        rule=rule,
        subject=row["subject"],
        day=row["day"],
        verdict=why or row["verdict"],
        observed=row["observed"],
        expected=row["expected"],
        unit=row["unit"] or "",
    )
