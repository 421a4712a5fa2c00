"""What systems of senders deliver with their key: single reports and batches, JSON or files (E1)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from hengjian.api.access import KeyHolds
from hengjian.api.errors import Fault, Refusal
from hengjian.api.measures.parcels import body_of, parcel_of_file, parcel_of_json
from hengjian.measures.selectors.batches import get_batch, refused_rows
from hengjian.measures.services.batches import Accepted, Parcel, take_batch

router = Router(tags=["batches"])
REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429), Refusal)
_VERB = "measures.batch.deliver"


class BatchOut(Schema):
    """The receipt of a batch; with ``partial`` also what was refused, which the platform keeps word for word."""

    batch_id: UUID
    source: str
    sha256: str = Field(description="SHA-256 of the bytes received")
    reports_sha256: str = Field(description="SHA-256 over the hex hashes of the reports, in order")
    rows: int
    created: int
    replayed: int
    refused: int
    first_period: date | None
    last_period: date | None
    received_at: datetime
    errors: list[Fault]


_QUANTITY = {
    "oneOf": [
        {"type": "string", "maxLength": 40},
        {"type": "number"},
        {
            "type": "object",
            "properties": {"value": {"type": "string"}, "unit": {"type": "string"}},
            "required": ["value"],
        },
    ]
}
_ROW = {
    "type": "object",
    "additionalProperties": False,
    "required": ["site", "period", "quantities"],
    "properties": {
        "site": {"type": "string", "description": "id or full name of the site"},
        "period": {"type": "string", "description": "day, or month where the form is monthly"},
        "quantities": {"type": "object", "additionalProperties": _QUANTITY},
        "reason": {"type": "string", "maxLength": 500},
        "report_id": {"type": "string", "format": "uuid"},
    },
}
_BATCH = {
    "type": "object",
    "additionalProperties": False,
    "required": ["batch_id", "source", "rows"],
    "properties": {
        "batch_id": {"type": "string", "format": "uuid"},
        "source": {"type": "string"},
        "form": {"type": "string", "default": "daily"},
        "partial": {"type": "boolean", "default": False},
        "sent_at": {"type": "string", "format": "date-time"},
        "rows": {"type": "array", "maxItems": 10_000, "items": _ROW},
    },
}
_FILE = {"type": "string", "format": "binary"}


@router.post(
    "/batches",
    response={201: BatchOut, 200: BatchOut, **REFUSALS},
    auth=KeyHolds(_VERB, alone=True),
    operation_id="post_batch",
    summary="Deliver or repeat a batch of reports",
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": _BATCH}}}
    },
)
def post_batch(request: HttpRequest) -> Status[BatchOut]:
    """Deliver a batch. 201: taken in. 200: the same batch was there already, same receipt. 409: the id holds another
    batch. 422: faults by row and field; nothing was stored (with ``partial`` the good rows are).
    """
    return _take(request, parcel_of_json(body_of(request)))


@router.post(
    "/batches/file",
    response={201: BatchOut, 200: BatchOut, **REFUSALS},
    auth=KeyHolds(_VERB, alone=True),
    operation_id="post_batch_file",
    summary="Deliver a batch as CSV or Excel",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": _FILE}, "application/octet-stream": {"schema": _FILE}},
        },
        "parameters": [
            {"in": "query", "name": name, "schema": {"type": "string"}, "required": needed}
            for name, needed in (
                ("batch_id", True), ("source", True), ("form", False), ("partial", False),
                ("sent_at", False), ("name", False),
            )
        ],
    },
)  # fmt: skip
def post_batch_file(request: HttpRequest) -> Status[BatchOut]:
    """The same with a table, wide (a column an item) or long (a row an item), in UTF-8 or GB18030 or as .xlsx."""
    return _take(request, parcel_of_file(body_of(request), request.GET.dict()))


@router.get(
    "/batches/{uuid:batch_id}",
    response={200: BatchOut, **REFUSALS},
    auth=KeyHolds(_VERB, alone=True),
    operation_id="get_batch",
    summary="Read the receipt of a batch",
)
def read_batch(request: HttpRequest, batch_id: UUID) -> BatchOut:
    """The receipt of one of the sender's own batches, with the reasons of its refused rows; 404 for any other."""
    batch = get_batch(request.actor, batch_id)  # type: ignore[attr-defined]  # set by ActorMiddleware
    errors = [
        Fault(field=name, row=row.number, message=text)
        for row in refused_rows(batch)
        for name, text in row.faults
    ]
    return _out(Accepted(batch, repeated=True), errors)


def _take(request: HttpRequest, parcel: Parcel) -> Status[BatchOut]:
    accepted = take_batch(
        actor=request.actor,  # type: ignore[attr-defined]  # set by ActorMiddleware
        parcel=parcel,
        now=request.now,  # type: ignore[attr-defined]
        today=request.today,  # type: ignore[attr-defined]
    )
    errors = [
        Fault(
            field=f.field,
            row=f.row,
            message=_(f.message).format(**f.data) if f.data else _(f.message),
        )
        for f in accepted.errors
    ]
    return Status(200 if accepted.repeated else 201, _out(accepted, errors))


def _out(accepted: Accepted, errors: list[Fault]) -> BatchOut:
    batch = accepted.batch
    return BatchOut(
        batch_id=batch.pk,
        source=batch.source,
        sha256=batch.sha256,
        reports_sha256=batch.reports_sha256,
        rows=batch.rows,
        created=batch.created,
        replayed=batch.replayed,
        refused=batch.refused,
        first_period=batch.first_period,
        last_period=batch.last_period,
        received_at=batch.received_at,
        errors=errors,
    )
