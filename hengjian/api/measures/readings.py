"""Quarter-hours of a meter from a system with a key: the same message again changes nothing (E1)."""

from __future__ import annotations

import hashlib
from datetime import date
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from hengjian.api.access import KeyHolds
from hengjian.api.errors import Refusal
from hengjian.kernel.access.actor import Actor
from hengjian.measures.selectors.readings import find_meter
from hengjian.measures.services.readings import DELIVER, take_stated
from hengjian.measures.tasks import defer_meter_days

router = Router(tags=["readings"])
REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429), Refusal)
_Decimal = Field(default="", max_length=40, description="decimal as text; empty: not measured")


class ReadingIn(Schema):
    """One quarter-hour; at least one value."""

    time: str = Field(
        max_length=40, description="end of the quarter-hour, local time: 2026-11-22 00:15 … 24:00"
    )
    active_kwh: str = _Decimal
    lagging_kvarh: str = _Decimal
    leading_kvarh: str = _Decimal
    power_factor_lagging: str = _Decimal
    power_factor_leading: str = _Decimal
    co2_t: str = _Decimal
    flag: str = Field(default="N", max_length=1, description="HJ 212 data flag: N F M S D C T B")


class ReadingsIn(Schema):
    """Readings of one meter; all of them are taken in or none."""

    site_id: UUID
    meter: str = Field(max_length=60, description="the meter's number in the registry")
    rows: list[ReadingIn] = Field(max_length=10_000, min_length=1)


class ReadingsOut(Schema):
    """The receipt: ``receipt`` is SHA-256 over the rows in time order, ``days`` the production days touched."""

    batch_id: UUID
    receipt: str
    rows: int
    created: int
    corrected: int
    unchanged: int
    days: list[date]


@router.post(
    "/readings",
    response={201: ReadingsOut, 200: ReadingsOut, **REFUSALS},
    auth=KeyHolds(DELIVER, alone=True),
    operation_id="post_readings",
    summary="Deliver quarter-hours of a meter",
)
def post_readings(request: HttpRequest, sent: ReadingsIn) -> Status[ReadingsOut]:
    """Take in quarter-hours of one meter.

    201: taken in; a quarter-hour that was there with other values is corrected by a next revision. 200: the same
    message was taken in before. 404: no such meter within reach. 422: faults by row and field; nothing was stored.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    meter = find_meter(actor, DELIVER, sent.site_id, sent.meter)
    # Of the sender and its words: two systems may say the same of one meter.
    digest = hashlib.sha256(f"{actor.account_id}\n".encode() + request.body).hexdigest()
    batch, taken = take_stated(
        actor=actor,
        meter_id=meter.pk,
        sender=actor.name,
        stated=[row.model_dump() for row in sent.rows],
        sha256=digest,
        now=request.now,  # type: ignore[attr-defined]
    )
    if taken.days:
        defer_meter_days(meter.site_id, taken.days)
    out = ReadingsOut(
        batch_id=batch.pk,
        receipt=batch.receipt,
        rows=len(sent.rows),
        created=taken.created,
        corrected=taken.corrected,
        unchanged=taken.unchanged,
        days=list(taken.days),
    )
    return Status(201 if batch.finished_at == request.now else 200, out)  # type: ignore[attr-defined]
