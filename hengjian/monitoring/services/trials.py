"""What a proposed value would have alerted last month: the rules run twice, nothing of it is kept as a finding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from hengjian.analytics.session import connect
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.monitoring.detectors import detectors, panel_detectors
from hengjian.monitoring.detectors.detector import HITS, run
from hengjian.monitoring.facts import Period
from hengjian.monitoring.models import ParameterChange, PreviewAlert
from hengjian.monitoring.parameters import Parameters
from hengjian.monitoring.rules import Difference, Trial, colour, compared, streaks
from hengjian.monitoring.selectors.in_force import as_parameter, overlaid, parameters_in_force
from hengjian.monitoring.services.panel_runs import judge_panels
from hengjian.monitoring.services.runs import bound_tables
from hengjian.monitoring.states import ChangeState, PreviewState
from hengjian.registry.models import Site

ONE_DAY = timedelta(days=1)
VERB = "monitoring.parameter.preview"
# Values that belong to no single rule, and the rules they bear on.
OF_ALL = frozenset({"runs"})
OF_PANELS = frozenset({"panel", "calibration"})


@dataclass(frozen=True, slots=True)
class Plan:
    """A trial to be made: the rules and days, and both sets of values."""

    change: UUID
    codes: tuple[str, ...]
    period: Period
    before: Parameters
    after: Parameters


def last_month(today: date) -> tuple[date, date]:
    """First and last day of the month before."""
    last = today.replace(day=1) - ONE_DAY
    return last.replace(day=1), last


def begin(*, actor: Actor, change_id: UUID, now: datetime, today: date) -> Plan | None:
    """Mark the trial as running and say what to do; None where the change is no longer open or was tried."""
    require(actor, VERB)
    change = ParameterChange.objects.select_for_update().filter(pk=change_id).first()
    open_still = change is not None and change.state == ChangeState.PROPOSED
    if change is None or not open_still or change.preview_state == PreviewState.DONE:
        return None
    first, last = last_month(today)
    _told(change, PreviewState.RUNNING, 5)
    held = parameters_in_force()
    changed = replace(as_parameter(change), effective_from=first)  # as if it had held all month
    return Plan(
        change=change.pk,
        codes=rules_of(change.rule),
        period=Period(first, last, now),
        before=held,
        after=overlaid(held, [changed]),
    )


def rules_of(code: str) -> tuple[str, ...]:
    """The rules that a parameter bears on."""
    if code in OF_ALL:
        return (*detectors(), *panel_detectors())
    if code in OF_PANELS:
        return tuple(panel_detectors())
    return (code,)


def progress(*, actor: Actor, change_id: UUID, percent: int) -> None:
    """Say how far it is; a change decided meanwhile stays as it is."""
    require(actor, VERB)
    rows = ParameterChange.objects.filter(pk=change_id, state=ChangeState.PROPOSED)
    rows.update(preview_progress=percent)


def trial(*, actor: Actor, plan: Plan, values: Parameters, lake: Path | None = None) -> list[Trial]:
    """The alerts that last month's data give with ``values``. Whatever the rules store is rolled back."""
    require(actor, VERB)
    with transaction.atomic():
        with connection.cursor() as cursor:  # the lake has one writer at a time
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('monitoring.run', 0))")
        hits = _hits(actor, plan, values, lake or settings.LAKE_DIR)
        transaction.set_rollback(True)
    return _alerts(hits, values, plan.period)


def _hits(actor: Actor, plan: Plan, values: Parameters, lake: Path) -> list[Mapping[str, Any]]:
    period = plan.period
    chosen = {code: rule for code, rule in detectors().items() if code in plan.codes}
    parts = {code: values.stretches(code, period.first, period.last) for code in chosen}
    panels = set(plan.codes) & set(panel_detectors())
    con = connect()
    written = bound_tables(actor, con, lake, values, period)
    found: list[Mapping[str, Any]] = []
    for code, rule in chosen.items():
        for first, last in parts[code]:
            stretch = Period(first, last, period.as_of)
            found += run(
                con, HITS, rule.expression(written.tables, values.on(code, first), stretch)
            )
    if panels:
        judged = judge_panels(con, written.tables, values, period)
        for code in sorted(panels & set(judged)):
            found += [hit for part in judged[code] for hit in part.hits]
    return found


def _alerts(hits: Iterable[Mapping[str, Any]], values: Parameters, period: Period) -> list[Trial]:
    general = values.on("runs", period.last)
    days: dict[tuple[str, str, str], dict[date, Mapping[str, Any]]] = defaultdict(dict)
    for hit in hits:
        days[hit["site_id"], hit["rule"], hit["subject"]][hit["period_end"]] = hit
    found = []
    for (site, rule, subject), given in days.items():
        for streak in streaks(given, int(general.number("merge_gap_days"))):
            evidence = Decimal(str(given[streak.last]["evidence"])).quantize(Decimal("0.0001"))
            severity = colour(
                evidence,
                red=general.number("severity_red"),
                orange=general.number("severity_orange"),
                yellow=general.number("severity_yellow"),
            )
            found.append(
                Trial(site, rule, subject, streak.first, streak.last, len(streak.days), severity, evidence)
            )  # fmt: skip
    return found


def finish(
    *, actor: Actor, plan: Plan, before: Sequence[Trial], after: Sequence[Trial], now: datetime
) -> None:
    """Keep what differs, by site, and the counts; a repeated trial replaces the former."""
    require(actor, VERB)
    change = ParameterChange.objects.select_for_update().get(pk=plan.change)
    if change.state != ChangeState.PROPOSED:
        return
    PreviewAlert.objects.filter(change=change).delete()
    differences = compared(before, after)
    sites = Site.objects.filter(pk__in={one.shown.site for one in differences})
    places = {str(site.pk): site for site in sites}
    rows = [_row(change, one, places[one.shown.site]) for one in differences]
    PreviewAlert.objects.bulk_create(rows, batch_size=500)
    counts = {"before": len(before), "after": len(after), "added": 0, "gone": 0, "changed": 0}
    for one in differences:
        counts[one.effect.value] += 1
    change.preview_first, change.preview_last = plan.period.first, plan.period.last
    change.preview_counts, change.preview_at = counts, now
    change.save(update_fields=("preview_first", "preview_last", "preview_counts", "preview_at"))
    _told(change, PreviewState.DONE, 100)


def _row(change: ParameterChange, one: Difference, site: Site) -> PreviewAlert:
    old, new, shown = one.before, one.after, one.shown
    return PreviewAlert(
        change=change,
        site=site,
        region_id=site.region_id,
        enterprise_id=site.enterprise_id,
        effect=one.effect.value,
        rule=shown.rule,
        subject=shown.subject,
        first=shown.first,
        last=shown.last,
        hit_days_before=old.hit_days if old else 0,
        hit_days_after=new.hit_days if new else 0,
        severity_before=old.severity.value if old else "",
        severity_after=new.severity.value if new else "",
        evidence_before=old.evidence if old else None,
        evidence_after=new.evidence if new else None,
    )


def fail(*, actor: Actor, change_id: UUID, why: str) -> None:
    """Say that the trial failed, and why; the proposer may have it made again."""
    require(actor, VERB)
    change = ParameterChange.objects.select_for_update().filter(pk=change_id).first()
    if change is not None and change.state == ChangeState.PROPOSED:
        change.preview_error = why
        change.save(update_fields=("preview_error",))
        _told(change, PreviewState.FAILED, 0)


def _told(change: ParameterChange, state: PreviewState, percent: int) -> None:
    change.preview_state, change.preview_progress = state, percent
    change.save(update_fields=("preview_state", "preview_progress"))
