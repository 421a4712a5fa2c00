"""Applications for corrections: the queue, one of them with old and new values and what they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import DRC
from hengjian.kernel.access.scope import can, fetch, require
from hengjian.kernel.text import MISSING, number, quantity
from hengjian.measures.deadline_table import window_of
from hengjian.measures.models import Correction, Report
from hengjian.measures.permissions import SOURCE_LABELS, Source
from hengjian.measures.reference import item_names
from hengjian.measures.rules.deadlines import approval_for, higher
from hengjian.measures.rules.forms import Form
from hengjian.measures.rules.units import unit
from hengjian.measures.selectors.owed import report_name
from hengjian.measures.states import (
    APPROVAL_LABELS,
    CORRECTION_LABELS,
    Approval,
    CorrectionState,
)

_VIEW = "measures.correction.view"
PAGE = 50
TABS: Mapping[str, Q] = {
    "pending": Q(state=CorrectionState.PENDING),
    "approved": Q(state=CorrectionState.APPROVED),
    "refused": Q(state=CorrectionState.REFUSED),
    "withdrawn": Q(state=CorrectionState.WITHDRAWN),
    "all": Q(),
}
TONES: Mapping[str, str] = {
    "pending": "open",
    "approved": "done",
    "refused": "orange",
    "withdrawn": "done",
}


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """One application in a list."""

    id: UUID
    site: str
    name: str
    source: str
    reason: str
    asked: str
    asked_at: str
    level: str
    state: str
    state_text: str
    energy: str
    coal: str


@dataclass(frozen=True, slots=True)
class Change:
    """One figure: before, after, difference; ``same`` when nothing changes."""

    name: str
    unit: str
    old: str
    new: str
    difference: str
    same: bool


@dataclass(frozen=True, slots=True)
class CorrectionDetail:
    """One application with everything that a decision needs."""

    row: CorrectionRow
    site_id: UUID
    form: Form
    period: date
    base: UUID
    base_revision: int
    made: UUID | None
    changes: tuple[Change, ...]
    totals: tuple[Change, ...]
    explanation: str
    decided: str
    decided_at: str
    decision_reason: str
    outdated: bool
    may_decide: bool
    may_withdraw: bool
    for_province: bool


def correction_page(
    actor: Actor, *, tab: str, now: datetime, today: date, page: int = 1
) -> Page[Any]:
    """One page of rows, oldest pending first; two queries."""
    require(actor, _VIEW)
    order = "asked_at" if tab == "pending" else "-asked_at"
    rows = (
        Correction.objects.visible_to(actor)
        .filter(TABS.get(tab, TABS["pending"]))
        .select_related("site", "base")
        .order_by(order, "id")
    )
    found: Page[Any] = Paginator(rows, PAGE).get_page(page)
    found.object_list = [_row(one, now, today) for one in found.object_list]
    return found


def correction_counts(actor: Actor) -> Mapping[str, int]:
    """How many per tab; one query."""
    require(actor, _VIEW)
    counts = {name: Count("id", filter=where) for name, where in TABS.items() if name != "all"}
    found: dict[str, int] = Correction.objects.visible_to(actor).aggregate(
        **counts, all=Count("id")
    )
    return found


def pending_corrections(actor: Actor, *, now: datetime, today: date) -> Sequence[CorrectionRow]:
    """What the actor may decide now, oldest first, at most 20."""
    if not can(actor, "measures.correction.decide"):
        return []
    rows = (
        Correction.objects.visible_to(actor)
        .filter(TABS["pending"])
        .select_related("site", "base")
        .order_by("asked_at", "id")
    )
    mine = [one for one in rows[:200] if may_decide(actor, level_of(one, now, today))]
    return [_row(one, now, today) for one in mine[:20]]


def correction_detail(
    actor: Actor, correction_id: UUID, *, now: datetime, today: date
) -> CorrectionDetail:
    """One application: three queries."""
    rows = Correction.objects.select_related("site", "base")
    one = fetch(rows, actor, _VIEW, pk=correction_id)
    pending = one.state == CorrectionState.PENDING
    level = level_of(one, now, today)
    newer = pending and (
        Report.objects.visible_to(actor)
        .filter(
            site=one.site_id, form=one.form, period=one.period, source=one.source,
            revision__gt=one.base_revision,
        )
        .exists()
    )  # fmt: skip
    return CorrectionDetail(
        row=_row(one, now, today),
        site_id=one.site_id,
        form=Form(one.form),
        period=one.period,
        base=one.base_id,
        base_revision=one.base_revision,
        made=one.made_report,
        changes=_changes(one),
        totals=_totals(one),
        explanation=one.remarks.get("explanation", ""),
        decided=" ".join(filter(None, (one.decided_post, one.decided_name))),
        decided_at=_moment(one.decided_at),
        decision_reason=one.decision_reason,
        outdated=newer,
        may_decide=pending
        and can(actor, "measures.correction.decide", one)
        and may_decide(actor, level),
        may_withdraw=pending and can(actor, "measures.correction.withdraw", one),
        for_province=level is Approval.PROVINCE,
    )


def pending_of(actor: Actor, site: UUID, form: Form, period: date) -> UUID | None:
    """The application that waits for a decision about this period, if any."""
    if not can(actor, _VIEW):
        return None
    rows = Correction.objects.visible_to(actor).filter(
        TABS["pending"], site=site, form=form.value, period=period
    )
    return rows.values_list("pk", flat=True).first()


def level_of(one: Correction, now: datetime, today: date) -> Approval:
    """Whose decision it is now; what was decided keeps the level that decided."""
    level = Approval(one.level)
    if one.state != CorrectionState.PENDING:
        return level
    return higher(level, approval_for(window_of(Form(one.form), one.period, now=now, today=today)))


def may_decide(actor: Actor, level: Approval) -> bool:
    """After the lock the province alone; before it county and city, and the province above them."""
    return level is not Approval.PROVINCE or actor.role in DRC


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{localtime(at):%Y-%m-%d %H:%M}"


def _row(one: Correction, now: datetime, today: date) -> CorrectionRow:
    state = CorrectionState(one.state)
    return CorrectionRow(
        id=one.pk,
        site=one.site.name,
        name=report_name(Form(one.form), one.period),
        source=_(SOURCE_LABELS[Source(one.source)]),
        reason=one.reason,
        asked=" ".join(filter(None, (one.asked_post, one.asked_name))),
        asked_at=_moment(one.asked_at),
        level=_(APPROVAL_LABELS[level_of(one, now, today)]),
        state=TONES[state],
        state_text=_(CORRECTION_LABELS[state]),
        energy=_signed(one.energy_tce, one.base.energy_tce, "tce"),
        coal=_signed(one.coal_t, one.base.coal_t, "t"),
    )


def _signed(new: Decimal | None, old: Decimal | None, symbol: str) -> str:
    if new is None or old is None:
        return MISSING
    difference = new - old
    text = quantity(difference, symbol, 2)
    return f"+{text}" if difference > 0 else text


def _changes(one: Correction) -> tuple[Change, ...]:
    """Every item of either version, in the order of the form."""
    old, new = one.base.quantities, one.quantities
    return tuple(
        _change(_(name), old.get(code), new.get(code))
        for code, name in item_names().items()
        if code in old or code in new
    )


def _change(name: str, old: Mapping[str, str] | None, new: Mapping[str, str] | None) -> Change:
    symbols = {_(unit(one["unit"]).label) for one in (old, new) if one}
    before = None if old is None else Decimal(old["value"])
    after = None if new is None else Decimal(new["value"])
    comparable = before is not None and after is not None and len(symbols) == 1
    difference = after - before if comparable and before is not None and after is not None else None
    both = len(symbols) > 1

    def shown(given: Mapping[str, str] | None, value: Decimal | None) -> str:
        if given is None:
            return MISSING
        return quantity(value, _(unit(given["unit"]).label)) if both else number(value)

    return Change(
        name=name,
        unit="" if both else next(iter(symbols), ""),
        old=shown(old, before),
        new=shown(new, after),
        difference=("+" if difference and difference > 0 else "") + number(difference),
        same=before == after and not both,
    )


def _totals(one: Correction) -> tuple[Change, ...]:
    base = one.base
    figures = (
        (_("综合能源消费量（当量值）"), "tce", base.energy_tce, one.energy_tce),
        (_("综合能源消费量（等价值）"), "tce", base.energy_tce_primary, one.energy_tce_primary),
        (_("煤炭消费量"), "t", base.coal_t, one.coal_t),
        (_("二氧化碳排放量"), "tCO₂", base.co2_t, one.co2_t),
    )
    return tuple(
        Change(
            name=name,
            unit=symbol,
            old=number(old, 2),
            new=number(new, 2),
            difference=_signed(new, old, ""),
            same=old == new,
        )
        for name, symbol, old, new in figures
    )
