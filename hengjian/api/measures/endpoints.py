"""Reports over the API: PUT is idempotent, GET reads within scope (G2, E1)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from hengjian.api.access import Holds
from hengjian.api.errors import Refusal
from hengjian.api.measures.schemas import ReportIn, ReportOut
from hengjian.measures.rules.receipt import plain
from hengjian.measures.selectors.reports import get_report
from hengjian.measures.services.submission import Outcome, submit_report

if TYPE_CHECKING:
    from hengjian.measures.models import Report

router = Router(tags=["reports"])
REFUSALS = dict.fromkeys((401, 403, 404, 409, 422, 429), Refusal)


@router.put(
    "/reports/{uuid:report_id}",
    response={201: ReportOut, 200: ReportOut, **REFUSALS},
    auth=Holds("measures.report.submit"),
    operation_id="put_report",
    summary="Submit or repeat one report",
)
def put_report(request: HttpRequest, report_id: UUID, sent: ReportIn) -> Status[ReportOut]:
    """Submit one report.

    201: taken in. 200: the same report was already there. 409: the id holds other content, the day is already
    reported and no reason was given, or the day is out of time. 422: faults by field; nothing was stored.
    """
    report, outcome = submit_report(
        actor=request.actor,  # type: ignore[attr-defined]  # set by ActorMiddleware
        report_id=report_id,
        site_id=sent.site_id,
        form=sent.form,
        period=sent.period,
        source=sent.source,
        quantities={code: (given.value, given.unit) for code, given in sent.quantities.items()},
        reason=sent.reason,
        now=request.now,  # type: ignore[attr-defined]
        today=request.today,  # type: ignore[attr-defined]
        device_time=sent.device_time,
    )
    return Status(201 if outcome is Outcome.CREATED else 200, _out(report))


@router.get(
    "/reports/{uuid:report_id}",
    response={200: ReportOut, **REFUSALS},
    auth=Holds("measures.report.view"),
    operation_id="get_report",
    summary="Read one report",
)
def read_report(request: HttpRequest, report_id: UUID) -> ReportOut:
    """Read one report within scope; 404 for any other."""
    return _out(get_report(request.actor, report_id))  # type: ignore[attr-defined]


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
    )
