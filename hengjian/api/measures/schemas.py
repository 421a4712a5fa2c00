"""What goes over the wire: decimals as strings, so that no client loses a digit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field


class QuantityIn(Schema):
    """One quantity; without a unit it is in the unit of the form."""

    model_config = ConfigDict(extra="forbid")

    value: str = Field(max_length=40, examples=["1200.5"])
    unit: str = Field("", max_length=20, examples=["t", "1e4kWh"])


class ReportIn(Schema):
    """One form of one site and period. The address carries the id, made once by the sender and kept for repetitions."""

    model_config = ConfigDict(extra="forbid")

    site_id: UUID
    form: str = Field("daily", max_length=20, examples=["daily", "month_energy"])
    period: date = Field(description="production day, or first day of month, quarter or year")
    source: str = Field(max_length=12, examples=["enterprise", "resident"])
    quantities: dict[str, QuantityIn] = Field(description="by item code of the form")
    reason: str = Field("", max_length=500, description="required for a correction, else empty")
    device_time: AwareDatetime | None = None
    stop_kind: Literal["", "stopped", "maintenance"] = Field(
        "", description="only with a daily report in which nothing was made or used"
    )
    expected_end: date | None = Field(None, description="last day of the stop, as expected")
    explanation: str = Field(
        "", max_length=500, description="why an opening stock or a balance differs"
    )


class QuantityOut(Schema):
    """One quantity as received."""

    value: str
    unit: str


class ReportOut(Schema):
    """The receipt: what was received, what it was converted to, and the hash that the sender can recompute."""

    report_id: UUID
    site_id: UUID
    form: str
    period: date
    source: str
    revision: int
    reason: str
    quantities: dict[str, QuantityOut]
    zero_report: bool
    stop_kind: str
    expected_end: date | None
    explanation: str
    energy_tce: str = Field(description="calorific value (dangliang), tce")
    energy_tce_primary: str = Field(description="equivalent value (dengjia), tce")
    coal_t: str
    co2_t: str
    output: str | None
    product: str
    output_unit: str
    factor_version: str
    canon: str
    sha256: str = Field(description="SHA-256 of canon in UTF-8")
    received_at: datetime
    reporter: str
    reviewed_by: str = Field(description="empty where no review is asked for")
    permitted_use: str


class WaitingOut(Schema):
    """What waits for the reviewer of the enterprise: not yet received, no receipt yet."""

    report_id: UUID
    site_id: UUID
    form: str
    period: date
    state: str = Field(description="submitted, or returned with return_reason")
    return_reason: str


class ReturnIn(Schema):
    """Why a report goes back to its reporter."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=500, description="required; asked after the report is found")
