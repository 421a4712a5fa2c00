"""One request, one transaction, one database role; then who acts, in which post, and whether he may be here at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpResponseRedirect
from django.urls import reverse

from hengjian.kernel.access.actor import ANONYMOUS, Actor
from hengjian.kernel.access.buckets import presented_key
from hengjian.kernel.access.declare import PROVINCE_ROLES, Sphere
from hengjian.kernel.access.keys import KeyRefused, check, find
from hengjian.kernel.access.models import Account, Duty
from hengjian.kernel.access.passwords import expired
from hengjian.kernel.access.refusals import record_refusal
from hengjian.kernel.access.requests import client_address
from hengjian.kernel.access.selectors import actor_for, duties_of, system_of
from hengjian.kernel.calendar.clock import now, today
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.database.scope import assume
from hengjian.kernel.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

    GetResponse = Callable[[HttpRequest], HttpResponseBase]

ROLLBACK_FROM = 400
# Reached while something about the account must be settled first.
_OPEN_WHILE_SETTLING = ("/accounts/", "/readyz", "/static/")


class TransactionMiddleware:
    """Wraps the request in ``atomic()`` under the anonymous role; ``ActorMiddleware`` raises it to the actor's.

    A response of 400 and above rolls everything back, so that a handled error leaves nothing; the one response
    that must keep its writes (the lockout counter) says so by ``response.keeps_writes``. A refused act is
    written to the audit after the rollback, in a transaction of its own.
    """

    def __init__(self, get_response: GetResponse) -> None:
        """Django's middleware protocol."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve inside the transaction."""
        day = today()
        with transaction.atomic():
            assume(kind=Kind.ANONYMOUS, uid=None, duty=None, today=day)
            request.actor = ANONYMOUS  # type: ignore[attr-defined]  # set for every view
            request.now = now()  # type: ignore[attr-defined]
            request.today = day  # type: ignore[attr-defined]
            response = self.get_response(request)
            if response.status_code >= ROLLBACK_FROM and not getattr(
                response, "keeps_writes", False
            ):
                transaction.set_rollback(True)
        record_refusal(request)
        return response


class ActorMiddleware:
    """Resolves the acting post, ends stale sessions, asks for second factor and password change, sets the role."""

    def __init__(self, get_response: GetResponse) -> None:
        """Django's middleware protocol."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Everything before the view; the view sees ``request.actor``."""
        if request.path.startswith("/api/"):
            self._key(request)
            if request.actor.kind is Kind.SENDER:  # type: ignore[attr-defined]
                return self.get_response(request)
        account = request.user
        if not isinstance(account, Account):
            return self.get_response(request)
        moment: datetime = request.now  # type: ignore[attr-defined]
        if self._stale(request, moment):
            logout(request)
            return HttpResponseRedirect(f"{settings.LOGIN_URL}?expired=1")
        duties = duties_of(account, request.today)  # type: ignore[attr-defined]
        duty = self._acting(request, duties)
        actor = actor_for(account, duty, request.today)  # type: ignore[attr-defined]
        request.duties = duties  # type: ignore[attr-defined]
        request.actor = actor  # type: ignore[attr-defined]
        assume(kind=actor.kind, uid=actor.account_id, duty=actor.duty_id, today=request.today)  # type: ignore[attr-defined]
        if target := self._unsettled(request, account, actor, moment):
            if not request.path.startswith("/api/"):
                return HttpResponseRedirect(target)
            # A program is not sent to a page: it acts as nobody, and every verb refuses it.
            request.actor = ANONYMOUS  # type: ignore[attr-defined]
            assume(kind=Kind.ANONYMOUS, uid=None, duty=None, today=request.today)  # type: ignore[attr-defined]
        return self.get_response(request)

    @staticmethod
    def _key(request: HttpRequest) -> None:
        """The actor of a key in the header; a key that opens nothing is told by the endpoint's own guard."""
        moment: datetime = request.now  # type: ignore[attr-defined]
        today: date = request.today  # type: ignore[attr-defined]
        try:
            text = presented_key(request)
            if text is None:
                return
            key = getattr(request, "sender_key", None) or find(text)
            if key is None:
                raise KeyRefused
            system = system_of(key.sender_id, today)
            actor = system.actor
            # Names whoever comes with a key that is good no more; opens nothing.
            request.actor = Actor(actor.account_id, actor.name, None, "", None, Kind.ANONYMOUS)  # type: ignore[attr-defined]
            check(key, address=client_address(request), networks=system.networks, now=moment)
        except DomainError as error:
            request.key_refusal = error  # type: ignore[attr-defined]  # raised by api.access
            return
        request.actor = actor  # type: ignore[attr-defined]
        assume(kind=actor.kind, uid=actor.account_id, duty=actor.duty_id, today=today)

    @staticmethod
    def _stale(request: HttpRequest, moment: datetime) -> bool:
        """Idle or absolute timeout; the time of the last request is written at most once a minute."""
        stamp = int(moment.timestamp())
        since, seen = request.session.get("since", stamp), request.session.get("seen", stamp)
        if (
            stamp - seen > settings.SESSION_IDLE_MINUTES * 60
            or stamp - since > settings.SESSION_ABSOLUTE_HOURS * 3600
        ):
            return True
        if "since" not in request.session or stamp - seen >= 60:
            request.session["since"], request.session["seen"] = since, stamp
        return False

    @staticmethod
    def _acting(request: HttpRequest, duties: Any) -> Duty | None:
        chosen = request.session.get("duty")
        return next((d for d in duties if d.pk == chosen), duties[0] if duties else None)

    @staticmethod
    def _unsettled(request: HttpRequest, account: Account, actor: Actor, moment: datetime) -> str:
        """Where to go first: a forced password change, or the second factor that the post requires."""
        if request.path.startswith(_OPEN_WHILE_SETTLING):
            return ""
        if settings.DEMO and account.is_demo:
            return ""
        if account.must_change_password or expired(account.password_changed_at, moment):
            return reverse("account_change_password")
        needs = account.sphere != Sphere.BUSINESS or actor.role in PROVINCE_ROLES
        if needs and not is_mfa_enabled(account):
            return reverse("mfa_activate_totp")
        return ""
