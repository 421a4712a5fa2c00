"""The id of the request being served: set by the middleware upstairs, read by history and logs."""

from __future__ import annotations

from contextvars import ContextVar

CURRENT: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request being served; empty outside of one (jobs, command line)."""
    return CURRENT.get()
