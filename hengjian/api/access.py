"""Who calls the API: a session's account in its acting post, or a sender's key; either must hold the endpoint's verb.

Asked before the body is looked at, so that the wrong post learns nothing about the form of a request.
"""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.database.declare import Kind


class KeyHolds(HttpBearer):
    """A sender's key in ``Authorization: Bearer``, and one verb; named before ``Holds``, which asks for a session."""

    def __init__(self, verb: str, *, alone: bool = False) -> None:
        """``verb`` is a declared verb; ``alone``: no session will do, so people are told that they may not."""
        super().__init__()
        self.verb, self.alone = verb, alone

    def __call__(self, request: HttpRequest) -> Actor | None:
        """The sender as actor; None without a key; raises for a key that opens nothing, and NotPermitted."""
        if (refusal := getattr(request, "key_refusal", None)) is not None:
            raise refusal
        return self.authenticate(request, "")

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:  # noqa: ARG002 - ninja's protocol
        """The actor that the key gave."""
        actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
        if actor.kind is not Kind.SENDER and not (self.alone and request.user.is_authenticated):
            return None
        require(actor, self.verb)
        return actor


class Holds(SessionAuth):
    """Session authentication (unsafe methods need the CSRF token) and one verb."""

    def __init__(self, verb: str) -> None:
        """``verb`` is a declared verb."""
        super().__init__()
        self.verb = verb

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:  # noqa: ARG002 - ninja's protocol
        """The actor of the request; None when nobody is signed in; raises NotPermitted for the wrong post."""
        if not request.user.is_authenticated:
            return None
        actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
        require(actor, self.verb)
        return actor
