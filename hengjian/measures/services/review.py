"""Reporter and reviewer (填表人→审核人, G2): what one fills in another of the same enterprise sends, or returns.

Which site asks for it is dated and stands with the obligation (``needs_review``).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.audit.services import record
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.errors import (
    Conflict,
    FieldError,
    NotPermitted,
    TransitionNotAllowed,
    ValidationFailed,
)
from hengjian.kernel.text import N_
from hengjian.measures.models import Draft, Report
from hengjian.measures.models.report import DraftState
from hengjian.measures.permissions import Source
from hengjian.measures.services.intake import Remarks, Reviewed, Sender
from hengjian.measures.services.plants import needs_review
from hengjian.measures.services.submission import (
    Outcome,
    Sent,
    check_sent,
    record_report,
    submit_report,
    take_in,
)
from hengjian.registry.models import Site

_REVIEW = "measures.report.review"
MAX_REASON = 500
CHANGED = N_("填表人在此期间改动了所填内容，请核对下列内容后再审核")
_USED = N_("该编号已被使用，请换一个编号")


@transaction.atomic
def hand_in(
    *, actor: Actor, sent: Sent, now: datetime, today: date, device_time: datetime | None = None
) -> tuple[Report | Draft, Outcome]:
    """Send a report, or where the site asks for a review, put it before the reviewer.

    The second answer of the pair says which: AWAITING goes with the draft that waits. Sending the same again while it
    waits changes nothing; other content replaces a returned one.

    Raises:
        As ``submit_report``. TransitionNotAllowed: something else waits for review already.
    """
    # A replay of what was received needs no review; a foreign source is refused before the site is asked.
    reviewed = (
        actor.kind is Kind.ENTERPRISE
        and sent.source == Source.ENTERPRISE
        and needs_review(sent.site_id, sent.form, sent.period, Source.ENTERPRISE)
    )
    if not reviewed:
        return submit_report(
            actor=actor,
            report_id=sent.report_id,
            site_id=sent.site_id,
            form=sent.form,
            period=sent.period,
            source=sent.source,
            quantities=sent.quantities,
            reason=sent.reason,
            now=now,
            today=today,
            device_time=device_time,
            remarks=sent.remarks,
        )
    require(actor, sent.verb)
    checked = check_sent(actor, sent, now=now, today=today)
    if checked.known is not None:
        return checked.known, Outcome.REPLAYED
    return _put_before_reviewer(actor, sent, now), Outcome.AWAITING


def _put_before_reviewer(actor: Actor, sent: Sent, now: datetime) -> Draft:
    if actor.account_id is None:
        raise NotPermitted(verb=sent.verb)
    content = _stored(sent)
    kept = Draft.objects.visible_to(actor).filter(
        site=sent.site_id, form=sent.form, period=sent.period
    )
    waiting = kept.filter(state=DraftState.SUBMITTED).first()
    if waiting is not None:
        if (waiting.report_id, waiting.content) == (sent.report_id, content):
            return waiting
        raise TransitionNotAllowed(
            N_("本期报表已提交审核，请等待审核或先撤回"),
            subject=f"measures.draft:{waiting.pk}",
            verb=sent.verb,
        )
    named = Draft.objects.visible_to(actor).filter(
        state=DraftState.SUBMITTED, report_id=sent.report_id
    )
    if named.exists():  # one id, one report before the reviewer
        raise Conflict(_USED)
    draft = kept.filter(account=actor.account_id).first() or Draft(
        account_id=actor.account_id, form=sent.form, period=sent.period, payload={}
    )
    site = fetch(Site.objects.all(), actor, sent.verb, id=sent.site_id)
    draft.site_id, draft.region_id, draft.enterprise_id = (
        site.pk,
        site.region_id,
        site.enterprise_id,
    )
    draft.source, draft.saved_at = sent.source, now
    draft.state, draft.submitted_at = DraftState.SUBMITTED, now
    draft.report_id, draft.content = sent.report_id, content
    draft.reporter_name, draft.reporter_post = actor.name, actor.post
    draft.returned_by, draft.return_reason = "", ""
    draft.save()
    _record(actor, sent.verb, draft, now, step="submitted")
    return draft


@transaction.atomic
def approve_report(
    *, actor: Actor, report_id: UUID, now: datetime, today: date, seen: str | None = None
) -> tuple[Report, Outcome]:
    """Take in what waits under that id, with the names of both; once, whatever the number of clicks.

    ``seen``: the ``Draft.digest`` of what the reviewer read; None where he was shown nothing (API).

    Raises:
        Conflict: the reporter took it back and handed in something else since.
        NotPermitted: not the reviewer, or his own report. NotVisible: nothing waits, or it is another enterprise's.
        ValidationFailed, TooEarlyOrLate, Conflict: as ``submit_report``, as of now.
    """
    require(actor, _REVIEW)
    known = Report.objects.visible_to(actor).filter(id=report_id, reviewed_at__isnull=False).first()
    if known is not None:
        return known, Outcome.REPLAYED
    draft = _waiting(actor, report_id)
    if actor.account_id is None or draft.account_id == actor.account_id:
        raise NotPermitted(
            N_("不能审核自己填报的报表"), subject=f"measures.draft:{draft.pk}", verb=_REVIEW
        )
    if seen is not None and seen != draft.digest:
        raise Conflict(CHANGED, subject=f"measures.draft:{draft.pk}")
    sent = _sent(draft)
    checked = check_sent(
        actor, sent, now=now, today=today, source=Source(draft.source), verb=_REVIEW
    )
    if checked.known is not None:
        raise Conflict(_USED)
    reviewed = Reviewed(actor.account_id, actor.name, now)
    sender = Sender(draft.account_id, draft.reporter_name, draft.reporter_post, None, reviewed)
    report = take_in(sent, checked, sender, now)
    record_report(actor, _REVIEW, report, now)
    draft.delete()
    return report, Outcome.CREATED


@transaction.atomic
def return_report(*, actor: Actor, report_id: UUID, reason: str, now: datetime) -> Draft:
    """Give what waits back to its reporter, with the reason.

    Raises:
        NotPermitted, NotVisible: as ``approve_report``. ValidationFailed: no reason, or too long.
    """
    require(actor, _REVIEW)
    draft = _waiting(actor, report_id)
    if draft.account_id == actor.account_id:
        raise NotPermitted(
            N_("不能审核自己填报的报表"), subject=f"measures.draft:{draft.pk}", verb=_REVIEW
        )
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON or "\x00" in reason:
        raise ValidationFailed([FieldError("reason", N_("请写明退回理由，不超过 500 字"))])
    draft.state, draft.returned_by, draft.return_reason = DraftState.RETURNED, actor.name, reason
    draft.save(update_fields=["state", "returned_by", "return_reason"])
    _record(actor, _REVIEW, draft, now, step="returned", reason=reason)
    return draft


@transaction.atomic
def withdraw_report(*, actor: Actor, report_id: UUID, now: datetime) -> Draft:
    """The reporter takes back what waits, to go on editing.

    Raises:
        NotPermitted, NotVisible: not his, or nothing waits.
    """
    verb = "measures.report.submit"
    require(actor, verb)
    draft = _waiting(actor, report_id, verb)
    if draft.account_id != actor.account_id:
        raise NotPermitted(subject=f"measures.draft:{draft.pk}", verb=verb)
    draft.state = DraftState.TYPED
    draft.save(update_fields=["state"])
    _record(actor, verb, draft, now, step="withdrawn")
    return draft


def _waiting(actor: Actor, report_id: UUID, verb: str = _REVIEW) -> Draft:
    rows = Draft.objects.select_for_update(of=("self",)).filter(
        state=DraftState.SUBMITTED, source=Source.ENTERPRISE
    )
    return fetch(rows, actor, verb, report_id=report_id)


def _stored(sent: Sent) -> dict[str, Any]:
    """What was handed in as JSON; ``_sent`` reads it back."""
    end = sent.remarks.expected_end
    return {
        "quantities": {
            code: list(given) for code, given in sent.quantities.items() if given[0].strip()
        },
        "reason": sent.reason.strip(),
        "stop_kind": sent.remarks.stop_kind,
        "expected_end": end.isoformat() if end else "",
        "explanation": sent.remarks.explanation,
    }


def _sent(draft: Draft) -> Sent:
    content = draft.content
    if draft.report_id is None:
        raise LookupError("a submitted draft has an id (measures_draft_submitted)")
    return Sent(
        report_id=draft.report_id,
        site_id=draft.site_id,
        form=draft.form,
        period=draft.period,
        source=draft.source,
        quantities={code: (value, unit) for code, (value, unit) in content["quantities"].items()},
        reason=content["reason"],
        remarks=Remarks(
            content["stop_kind"],
            date.fromisoformat(content["expected_end"]) if content["expected_end"] else None,
            content["explanation"],
        ),
    )


def _record(
    actor: Actor, verb: str, draft: Draft, now: datetime, *, step: str, reason: str = ""
) -> None:
    record(
        actor=actor,
        verb=verb,
        subject=f"measures.report:{draft.report_id}",
        now=now,
        region=draft.region_id,
        reason=reason,
        data={
            "site": draft.site_id,
            "form": draft.form,
            "period": draft.period,
            "step": step,
        },
    )
