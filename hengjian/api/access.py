"""Who calls the API: the session of a signed-in account, whose acting post must hold the endpoint's verb.

Asked before the body is looked at, so that the wrong post learns nothing about the form of a request.
"""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import SessionAuth

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require


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
