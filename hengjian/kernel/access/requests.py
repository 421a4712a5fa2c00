"""The request id: in every log line, response and error page, so that a report of trouble finds its trace."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

_FORM = re.compile(r"[A-Za-z0-9_-]{8,32}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request or job being served; empty outside of one."""
    return _current.get()


class RequestIdMiddleware:
    """Takes the proxy's ``X-Request-ID`` when it has a sane form, else makes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Django's middleware protocol."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Set the id for the time of the request."""
        given = request.headers.get("X-Request-ID", "")
        value = given if _FORM.fullmatch(given) else secrets.token_hex(8)
        token = _current.set(value)
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = value
            return response
        finally:
            _current.reset(token)


class RequestIdFilter(logging.Filter):
    """Gives each log record its request id."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        record.request_id = request_id()
        return True
