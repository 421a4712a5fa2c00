"""Correcting after cut-off or month lock (更正申请): asked with the typed values, decided by another person.

On approval the next revision is made in the same transaction, in the name of the person who asked; who approved and
why stays with the application and in the history. A database trigger lets an official insert nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import (
    Conflict,
    FieldError,
    NotPermitted,
    TooEarlyOrLate,
    TransitionNotAllowed,
    ValidationFailed,
)
from hengjian.kernel.text import N_
from hengjian.kernel.workflow.steps import find_step
from hengjian.measures.deadline_table import window_of
from hengjian.measures.models import Correction, Draft, Report
from hengjian.measures.permissions import SOURCE_OF, Source
from hengjian.measures.rules.deadlines import approval_for
from hengjian.measures.rules.forms import Form
from hengjian.measures.rules.receipt import plain
from hengjian.measures.selectors.corrections import level_of, may_decide
from hengjian.measures.services.intake import (
    NO_REMARKS,
    Quantities,
    Remarks,
    Sender,
    Stated,
    build,
    check_remarks,
    content,
    read_quantities,
    reckon,
)
from hengjian.measures.services.plants import factors_between, lock_site, plants
from hengjian.measures.services.submission import Sent, check_openings
from hengjian.measures.states import CORRECTION_STEPS, Approval, CorrectionState
from hengjian.registry.models import Site

MOST_TEXT = 500
PENDING = N_("该期已有待审批的更正申请，请先撤回或等待审批")


@transaction.atomic
def ask_correction(
    *,
    actor: Actor,
    site_id: UUID,
    form: str,
    period: date,
    quantities: Stated,
    reason: str,
    now: datetime,
    today: date,
    remarks: Remarks = NO_REMARKS,
) -> Correction:
    """Apply for the next revision of a period that is cut off or locked; values are judged as in a report.

    Raises:
        NotPermitted, NotVisible: as for a report. ValidationFailed: naming every fault.
        TooEarlyOrLate: before the cut-off, where a correction needs nobody's leave.
        Conflict: nothing reported yet, or an application is pending.
    """
    verb = "measures.correction.ask"
    require(actor, verb)
    source = SOURCE_OF.get(actor.kind)
    if source is None or actor.account_id is None:
        raise NotPermitted(verb=verb)
    site = fetch(Site.objects.all(), actor, verb, id=site_id)
    known = _known_form(form)
    text = _text(reason, N_("请填写更正理由"))
    plant = plants([site])[site.pk]
    read = read_quantities(quantities, plant.lines_of(form))
    check_remarks(remarks, form, period, read)
    lock_site(site.pk)
    level = approval_for(window_of(known, period, now=now, today=today))
    if level is Approval.NONE:
        raise TooEarlyOrLate(N_("该期尚未截报，可直接更正，无需申请"), verb=verb)
    base = _latest(actor, site.pk, form, period, source)
    if base is None:
        raise Conflict(N_("该期尚无报送，可直接补报，无需申请更正"))
    _check_differs(base, read, remarks)
    sent = Sent(uuid4(), site.pk, form, period, source.value, quantities, text, remarks)
    reports = Report.objects.visible_to(actor).filter(site=site, form=form, source=source.value)
    check_openings(reports, sent, read)
    made = Correction(
        base=base,
        base_revision=base.revision,
        level=level.value,
        asked_account=actor.account_id,
        asked_name=actor.name,
        asked_post=actor.post,
        asked_at=now,
        **_wanted(site, sent, read),
    )
    _insert(made)
    Draft.objects.visible_to(actor).filter(
        site=site, form=form, period=period, account=actor.account_id
    ).delete()
    _record(actor, verb, made, now, reason=text)
    return made


def _wanted(site: Site, sent: Sent, read: Quantities) -> dict[str, Any]:
    """What is asked for, with what it converts to."""
    totals = reckon(read, factors=factors_between(sent.period, sent.period), day=sent.period)
    return {
        "site": site,
        "region_id": site.region_id,
        "enterprise_id": site.enterprise_id,
        "form": sent.form,
        "period": sent.period,
        "source": sent.source,
        "quantities": {code: {"value": plain(v), "unit": u} for code, (v, u) in read.items()},
        "remarks": dict(sent.remarks.texts),
        "energy_tce": totals.energy_tce_calorific,
        "energy_tce_primary": totals.energy_tce_primary,
        "coal_t": totals.coal_t,
        "co2_t": totals.co2_t,
        "reason": sent.reason,
    }


@transaction.atomic
def decide_correction(
    *,
    actor: Actor,
    correction_id: UUID,
    approve: bool,
    reason: str,
    now: datetime,
    today: date,
) -> Correction:
    """Approve (the next revision is made at once) or refuse, with a reason.

    Raises:
        NotPermitted: wrong post, a county or city after the month lock, or one's own application.
        NotVisible: not in one's region. ValidationFailed: no reason. TransitionNotAllowed: decided or withdrawn.
        Conflict: another revision came in between; the enterprise must ask again.
    """
    verb = "measures.correction.decide"
    found = fetch(Correction.objects.all(), actor, verb, pk=correction_id)
    text = _text(reason, N_("请填写审批意见"))
    lock_site(found.site_id)
    row = _locked(found, "approve" if approve else "refuse")
    level = level_of(row, now, today)
    if not may_decide(actor, level) or actor.account_id in {None, row.asked_account}:
        raise NotPermitted(
            N_("该期已锁账，更正须由省级审批") if level is Approval.PROVINCE else None,
            subject=_subject(row),
            verb=verb,
        )
    row.state = CorrectionState.APPROVED.value if approve else CorrectionState.REFUSED.value
    row.level = level.value
    row.decided_account = actor.account_id
    row.decided_name, row.decided_post = actor.name, actor.post
    row.decided_at, row.decision_reason = now, text
    row.made_report = uuid4() if approve else None
    report = _next_revision(actor, row, now) if approve else None
    row.save(
        update_fields=(
            "state", "level", "decided_account", "decided_name", "decided_post", "decided_at",
            "decision_reason", "made_report",
        )
    )  # fmt: skip
    if report is not None:
        report.save(force_insert=True)
    _record(actor, verb, row, now, reason=text, report=report)
    return row


@transaction.atomic
def withdraw_correction(*, actor: Actor, correction_id: UUID, now: datetime) -> Correction:
    """The reporter takes his application back; the figures stay as they are."""
    verb = "measures.correction.withdraw"
    found = fetch(Correction.objects.all(), actor, verb, pk=correction_id)
    row = _locked(found, "withdraw")
    row.state = CorrectionState.WITHDRAWN.value
    row.decided_account = actor.account_id
    row.decided_name, row.decided_post, row.decided_at = actor.name, actor.post, now
    row.save(
        update_fields=("state", "decided_account", "decided_name", "decided_post", "decided_at")
    )
    _record(actor, verb, row, now, reason="")
    return row


def _known_form(form: str) -> Form:
    try:
        return Form(form)
    except ValueError:
        raise ValidationFailed([FieldError("form", N_("没有这种报表"))]) from None


def _text(text: str, missing: str) -> str:
    text = text.strip()
    if not text:
        raise ValidationFailed([FieldError("reason", missing)])
    if len(text) > MOST_TEXT or "\x00" in text:
        raise ValidationFailed([FieldError("reason", N_("过长或含有不能保存的字符"))])
    return text


def _latest(actor: Actor, site_id: UUID, form: str, period: date, source: Source) -> Report | None:
    return (
        Report.objects.visible_to(actor)
        .filter(site=site_id, form=form, period=period, source=source.value)
        .order_by("-revision")
        .first()
    )


def _check_differs(base: Report, read: Quantities, remarks: Remarks) -> None:
    same = content(
        base.site_id, base.period, Source(base.source), base.revision, read,
        form=base.form, remarks=remarks,
    )  # fmt: skip
    if same == base.canon:
        raise ValidationFailed([FieldError("quantities", N_("与上一版内容相同，无需更正"))])


def _insert(made: Correction) -> None:
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            raise Conflict(PENDING) from error
        raise


def _locked(found: Correction, action: str) -> Correction:
    """The row, held until the end of the transaction, in a state from which the act is possible."""
    step = find_step(CORRECTION_STEPS, action)
    row = Correction.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if row.state not in step.sources:
        raise TransitionNotAllowed(subject=_subject(row), verb=step.verb)
    return row


def _next_revision(actor: Actor, row: Correction, now: datetime) -> Report:
    source = Source(row.source)
    latest = _latest(actor, row.site_id, row.form, row.period, source)
    if latest is None or latest.pk != row.base_id or row.made_report is None:
        raise Conflict(
            N_("申请之后该期又有新的一版，不能按原申请批准；请退回，由企业按新一版重新申请"),
            subject=_subject(row),
        )
    site = Site.objects.visible_to(actor).get(pk=row.site_id)
    return build(
        report_id=row.made_report,
        plant=plants([site])[site.pk],
        form=row.form,
        period=row.period,
        source=source,
        revision=latest.revision + 1,
        reason=row.reason,
        quantities=_stored(row.quantities),
        remarks=_remarks(row.remarks),
        factors=factors_between(row.period, row.period),
        sender=Sender(row.asked_account, row.asked_name, row.asked_post),
        received_at=now,
    )


def _stored(given: Mapping[str, Mapping[str, str]]) -> Quantities:
    return {code: (Decimal(one["value"]), one["unit"]) for code, one in given.items()}


def _remarks(given: Mapping[str, str]) -> Remarks:
    until = given.get("until", "")
    return Remarks(
        stop_kind=given.get("stop", ""),
        expected_end=date.fromisoformat(until) if until else None,
        explanation=given.get("explanation", ""),
    )


def _subject(row: Correction) -> str:
    return f"measures.correction:{row.pk}"


def _record(
    actor: Actor,
    verb: str,
    row: Correction,
    now: datetime,
    *,
    reason: str,
    report: Report | None = None,
) -> None:
    made = {} if report is None else {"report": report.pk, "sha256": report.sha256}
    record(
        actor=actor,
        verb=verb,
        subject=_subject(row),
        region=row.region_id,
        now=now,
        reason=reason,
        data={
            "site": row.site_id,
            "form": row.form,
            "period": row.period,
            "source": row.source,
            "base": row.base_id,
            "base_revision": row.base_revision,
            "state": row.state,
            "level": row.level,
            **made,
        },
    )
    if report is not None:
        record(
            actor=actor,
            verb=verb,
            subject=f"measures.report:{report.pk}",
            region=row.region_id,
            now=now,
            reason=reason,
            data={"correction": row.pk, "revision": report.revision, "asked_by": row.asked_name},
        )
