"""The request id: in every log line, response and error page, so that a report of trouble finds its trace."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING

from django.conf import settings

from hengjian.kernel.audit.current import CURRENT, request_id

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

_FORM = re.compile(r"[A-Za-z0-9_-]{8,32}")


def client_address(request: HttpRequest) -> str:
    """The address that lockout and throttle count for.

    Behind the proxy (HENGJIAN_BEHIND_PROXY) it is the last of ``X-Forwarded-For``, which the proxy itself appended;
    what stands before it, and the whole header without a proxy, is the sender's own saying.
    """
    seen = str(request.META.get("REMOTE_ADDR", ""))
    told = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    try:
        return str(ip_address(told.rpartition(",")[2].strip()))
    except ValueError:
        return seen


class RequestIdMiddleware:
    """Takes the proxy's ``X-Request-ID`` when it has a sane form, else makes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Django's middleware protocol."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Set the id for the time of the request."""
        given = request.headers.get("X-Request-ID", "")
        value = given if _FORM.fullmatch(given) else secrets.token_hex(8)
        token = CURRENT.set(value)
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = value
            return response
        finally:
            CURRENT.reset(token)


class RequestIdFilter(logging.Filter):
    """Gives each log record its request id."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        record.request_id = request_id()
        return True
