"""Refused acts are kept: the error mappers remember them on the request, the middleware writes them afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hengjian.kernel.access.actor import ANONYMOUS, Actor
from hengjian.kernel.audit.services import record
from hengjian.kernel.calendar.clock import now, today
from hengjian.kernel.database.scope import transaction_as
from hengjian.kernel.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest


def remember_refusal(request: HttpRequest, error: DomainError) -> None:
    """Called by the two error mappers for an error that is a refusal (wrong person, state or time)."""
    if error.refusal:
        request.refusal = error  # type: ignore[attr-defined]  # read by record_refusal


def record_refusal(request: HttpRequest) -> None:
    """Write the remembered refusal in a transaction of its own, after the request's was rolled back."""
    error: DomainError | None = getattr(request, "refusal", None)
    if error is None:
        return
    actor: Actor = getattr(request, "actor", ANONYMOUS)
    with transaction_as(kind=actor.kind, uid=actor.account_id, duty=actor.duty_id, today=today()):
        record(
            actor=actor,
            verb=str(error.data.get("verb", "")) or f"http.{(request.method or '').lower()[:20]}",
            subject=error.subject or request.path[:100],
            region=actor.home_region,
            now=now(),
            reason=error.code,
            data={"path": request.path[:200], "method": (request.method or "")[:20]},
            refused=True,
        )
