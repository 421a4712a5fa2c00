"""Reports over the API: PUT is idempotent, GET reads within scope (G2, E1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from hengjian.api.access import Holds, KeyHolds
from hengjian.api.errors import Refusal
from hengjian.api.measures.schemas import ReportIn, ReportOut, ReturnIn, WaitingOut
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.database.declare import Kind
from hengjian.measures.rules.receipt import plain
from hengjian.measures.selectors.batches import get_delivered
from hengjian.measures.selectors.reports import get_report
from hengjian.measures.services.delivering import deliver_report
from hengjian.measures.services.intake import Remarks
from hengjian.measures.services.review import approve_report, hand_in, return_report
from hengjian.measures.services.submission import Outcome, Sent
from hengjian.measures.services.taking import Delivery

if TYPE_CHECKING:
    from hengjian.measures.models import Draft, Report

router = Router(tags=["reports"])
REFUSALS = dict.fromkeys((401, 403, 404, 409, 422, 429), Refusal)


@router.put(
    "/reports/{uuid:report_id}",
    response={201: ReportOut, 200: ReportOut, 202: WaitingOut, **REFUSALS},
    auth=[KeyHolds("measures.report.deliver"), Holds("measures.report.submit")],
    operation_id="put_report",
    summary="Submit or repeat one report",
)
def put_report(request: HttpRequest, report_id: UUID, sent: ReportIn) -> Status[Any]:
    """Submit one report.

    201: taken in. 200: the same report was already there. 202: put before the reviewer of the enterprise, who sends
    it. 409: the id holds other content, the day is already
    reported and no reason was given, or the day is out of time. 422: faults by field; nothing was stored.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    if actor.kind is Kind.SENDER:
        return _delivered(request, actor, report_id, sent)
    made, outcome = hand_in(
        actor=actor,
        sent=Sent(
            report_id=report_id,
            site_id=sent.site_id,
            form=sent.form,
            period=sent.period,
            source=sent.source,
            quantities={c: (given.value, given.unit) for c, given in sent.quantities.items()},
            reason=sent.reason,
            remarks=Remarks(sent.stop_kind, sent.expected_end, sent.explanation.strip()),
        ),
        now=request.now,  # type: ignore[attr-defined]
        today=request.today,  # type: ignore[attr-defined]
        device_time=sent.device_time,
    )
    if outcome is Outcome.AWAITING:
        return Status(202, _waiting(cast("Draft", made)))
    return Status(201 if outcome is Outcome.CREATED else 200, _out(cast("Report", made)))


def _delivered(
    request: HttpRequest, actor: Actor, report_id: UUID, sent: ReportIn
) -> Status[ReportOut]:
    """The same from a system of a sender."""
    report, is_new = deliver_report(
        actor=actor,
        row=Delivery(
            report_id=report_id,
            site_id=sent.site_id,
            form=sent.form,
            period=sent.period,
            source=sent.source,
            quantities={code: (given.value, given.unit) for code, given in sent.quantities.items()},
            reason=sent.reason,
        ),
        device_time=sent.device_time,
        now=request.now,  # type: ignore[attr-defined]
        today=request.today,  # type: ignore[attr-defined]
    )
    return Status(201 if is_new else 200, _out(report))


@router.post(
    "/reports/{uuid:report_id}/approve",
    response={201: ReportOut, 200: ReportOut, **REFUSALS},
    auth=Holds("measures.report.review"),
    operation_id="approve_report",
    summary="Send a report that waits for review",
)
def approve(request: HttpRequest, report_id: UUID) -> Status[ReportOut]:
    """Take in what waits, with the names of reporter and reviewer.

    201: taken in. 200: was taken in before. 403: one's own report, or the wrong post. 404: nothing waits.
    """
    report, outcome = approve_report(
        actor=request.actor,  # type: ignore[attr-defined]
        report_id=report_id,
        now=request.now,  # type: ignore[attr-defined]
        today=request.today,  # type: ignore[attr-defined]
    )
    return Status(201 if outcome is Outcome.CREATED else 200, _out(report))


@router.post(
    "/reports/{uuid:report_id}/return",
    response={200: WaitingOut, **REFUSALS},
    auth=Holds("measures.report.review"),
    operation_id="return_report",
    summary="Return a report that waits for review",
)
def give_back(request: HttpRequest, report_id: UUID, sent: ReturnIn) -> WaitingOut:
    """Give it back to its reporter, with the reason."""
    draft = return_report(
        actor=request.actor,  # type: ignore[attr-defined]
        report_id=report_id,
        reason=sent.reason,
        now=request.now,  # type: ignore[attr-defined]
    )
    return _waiting(draft)


@router.get(
    "/reports/{uuid:report_id}",
    response={200: ReportOut, **REFUSALS},
    auth=[KeyHolds("measures.report.deliver"), Holds("measures.report.view")],
    operation_id="get_report",
    summary="Read one report",
)
def read_report(request: HttpRequest, report_id: UUID) -> ReportOut:
    """Read one report within scope; 404 for any other."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    find = get_delivered if actor.kind is Kind.SENDER else get_report
    return _out(find(actor, report_id))


def _out(report: Report) -> ReportOut:
    return ReportOut(
        report_id=report.pk,
        site_id=report.site_id,
        form=report.form,
        period=report.period,
        source=report.source,
        revision=report.revision,
        reason=report.reason,
        quantities=report.quantities,
        zero_report=report.zero_report,
        stop_kind=report.stop_kind,
        expected_end=report.expected_end,
        explanation=report.explanation,
        energy_tce=plain(report.energy_tce),
        energy_tce_primary=plain(report.energy_tce_primary),
        coal_t=plain(report.coal_t),
        co2_t=plain(report.co2_t),
        output=None if report.output is None else plain(report.output),
        product=report.product,
        output_unit=report.output_unit,
        factor_version=report.factor_version,
        canon=report.canon,
        sha256=report.sha256,
        received_at=report.received_at,
        reporter=report.reporter_name,
        reviewed_by=report.reviewed_by_name,
        permitted_use=report.permitted_use,
    )


def _waiting(draft: Draft) -> WaitingOut:
    if draft.report_id is None:
        raise LookupError("a submitted draft has an id (measures_draft_submitted)")
    return WaitingOut(
        report_id=draft.report_id,
        site_id=draft.site_id,
        form=draft.form,
        period=draft.period,
        state=draft.state,
        return_reason=draft.return_reason,
    )
