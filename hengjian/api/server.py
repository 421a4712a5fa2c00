"""The JSON API, version 1. Its contract is docs/openapi.json, kept in step by a test; no docs page is served (CSP)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.security import SessionAuth

from hengjian.api import errors
from hengjian.api.measures.endpoints import router as measures
from hengjian.kernel.access.actor import Actor


class SignedIn(SessionAuth):
    """The session of a signed-in account in its acting post; unsafe methods need the CSRF token."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:  # noqa: ARG002 - ninja's protocol
        """The actor of the request, None when nobody is signed in."""
        if not request.user.is_authenticated:
            return None
        actor: Any = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
        return actor if isinstance(actor, Actor) else None


api = NinjaAPI(
    title="Hengjian",
    version="1",
    description="Daily reports of two-high industries. Texts for people are Chinese; quantities are decimal strings.",
    docs_url=None,
    openapi_url=None,
    auth=SignedIn(),
)
errors.install(api)
api.add_router("", measures)
