"""Token buckets in the database: sign-in by address, API and uploads by session and address.

Outside of the request's transaction, so that a refused request spends its token all the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from hengjian.kernel.access.keys import KeyInAddress, find, presented, touch
from hengjian.kernel.access.requests import client_address
from hengjian.kernel.calendar.clock import now
from hengjian.kernel.errors import TooMany

if TYPE_CHECKING:
    from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Limit:
    """``burst`` requests at once, then ``per_minute``."""

    burst: int
    per_minute: float


LIMITS: Mapping[str, Limit] = {
    # An office behind one address signs in within the same minute; guessing is the lockout's business.
    "signin": Limit(60, 60),
    "api": Limit(240, 240),
    "upload": Limit(20, 10),
    # A meter system may send each report alone; a batch is one request.
    "sender": Limit(6000, 24000),
    # All sessions of an address together: a cookie that the sender made up gives no fresh bucket.
    "api_address": Limit(2400, 2400),
    "upload_address": Limit(200, 100),
}

_TAKE = """
INSERT INTO access_bucket AS b (key, tokens, updated_at) VALUES (%(key)s, %(burst)s - 1, %(now)s)
ON CONFLICT (key) DO UPDATE SET
  tokens = least(%(burst)s, b.tokens + greatest(0, extract(epoch FROM %(now)s - b.updated_at)) * %(rate)s / 60)
           - CASE WHEN least(%(burst)s, b.tokens + greatest(0, extract(epoch FROM %(now)s - b.updated_at)) * %(rate)s / 60) >= 1
             THEN 1 ELSE 0 END,
  updated_at = %(now)s
RETURNING tokens
"""


def classify(request: HttpRequest) -> str:
    """Which bucket a request draws from; empty: none."""
    if request.path.startswith("/api/"):
        return "api"
    if request.method != "POST":
        return ""
    if request.path.startswith(
        ("/accounts/login", "/accounts/2fa/authenticate", "/accounts/reauthenticate")
    ):
        return "signin"
    return "upload" if request.content_type == "multipart/form-data" else ""


def take(kind: str, subject: str, moment: datetime) -> None:
    """Take a token of ``subject``; raises TooMany with the seconds to wait."""
    limit = LIMITS[kind]
    key = hashlib.sha256(f"{kind}|{subject}".encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tokens, updated_at FROM access_bucket WHERE key = %s", [key])
        row = cursor.fetchone()
        if row is not None:
            tokens = min(
                limit.burst,
                row[0] + max(0.0, (moment - row[1]).total_seconds()) * limit.per_minute / 60,
            )
            if tokens < 1:
                raise TooMany(retry_after=int((1 - tokens) * 60 / limit.per_minute) + 1)
        cursor.execute(
            _TAKE, {"key": key, "burst": limit.burst, "rate": limit.per_minute, "now": moment}
        )


def presented_key(request: HttpRequest) -> str | None:
    """The key that the request carries; raises KeyInAddress for one in the address."""
    return presented(
        query=str(request.META.get("QUERY_STRING", "")),
        authorization=str(request.META.get("HTTP_AUTHORIZATION", "")),
    )


def _by_key(request: HttpRequest) -> bool:
    """Whether a good key's own bucket was drawn from; guesses draw from that of their address."""
    try:
        text = presented_key(request)
    except KeyInAddress:  # told by the endpoint's guard
        return False
    key = None if text is None else find(text)
    if key is None:
        return False
    request.sender_key = key  # type: ignore[attr-defined]  # read once, used by ActorMiddleware
    moment = now()
    take("sender", key.prefix, moment)
    touch(key, moment)
    return True


def throttle(request: HttpRequest) -> None:
    """Take the request's tokens, of its address and (but for sign-in) its session; raises TooMany.

    Called before any transaction opens.
    """
    kind = classify(request)
    if not kind or not settings.RATE_LIMITS:
        return
    address = client_address(request)
    if kind == "api" and _by_key(request):
        return
    if kind == "signin":
        take(kind, address, now())
        return
    take(f"{kind}_address", address, now())
    take(kind, f"{address}|{request.COOKIES.get(settings.SESSION_COOKIE_NAME, '')}", now())
