"""Token buckets in the database: sign-in, API and uploads, each user and address with its own.

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
    "signin": Limit(20, 20),
    "api": Limit(240, 240),
    "upload": Limit(20, 10),
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


def throttle(request: HttpRequest) -> None:
    """Take the request's token, of its address and session; raises TooMany. Called before any transaction opens."""
    kind = classify(request)
    if kind and settings.RATE_LIMITS:
        session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        take(kind, f"{request.META.get('REMOTE_ADDR', '')}|{session}", now())
