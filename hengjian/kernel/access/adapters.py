"""How allauth meets the house: no sign-up, user names only, password changes recorded, provincial identity matched."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.db import connection
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from hengjian.kernel.access.models import Account
from hengjian.kernel.access.requests import client_address
from hengjian.kernel.access.services import change_password, record_factor_change, record_sign_in
from hengjian.kernel.calendar.clock import now, today
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.database.scope import transaction_as

if TYPE_CHECKING:
    from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts are opened by the system administrator, never by sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed."""
        return False

    def clean_username(self, username: str, shallow: bool = False) -> str:  # noqa: FBT001, FBT002  # allauth's signature
        """Stored lower-case."""
        return str(super().clean_username(username.strip().lower(), shallow=shallow))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """No throttle of allauth's: django-axes and the token buckets do it in the database."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """As lockout and throttle see it."""
        return client_address(request)

    def login(self, request: HttpRequest, user: Account) -> None:
        """The last step of signing in, second factor included; recorded."""
        super().login(request, user)
        record_sign_in(account=user, now=now())

    def set_password(self, user: Account, password: str) -> None:
        """With history, date and audit."""
        change_password(account=user, password=password, now=now())

    def send_notification_mail(
        self, template_prefix: str, user: Account, *_: Any, **__: Any
    ) -> None:
        """No mail is sent; where allauth would tell of a changed second factor, the history is told."""
        area, _sep, event = template_prefix.partition("/email/")
        if area != "mfa":
            return
        # allauth tells of some changes in the request's transaction, of others after its commit.
        within = connection.in_atomic_block
        with (
            nullcontext()
            if within
            else transaction_as(kind=Kind.ANONYMOUS, uid=None, duty=None, today=today())
        ):
            record_factor_change(account=user, event=event, now=now())


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """The provincial identity service signs in accounts that exist; it opens none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Closed."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Connect by the user name that the identity service vouches for; unknown people are sent back."""
        if sociallogin.is_existing:
            return
        claims = sociallogin.account.extra_data
        claims = {**claims.get("id_token", {}), **claims.get("userinfo", {})}
        name = str(claims.get("preferred_username", "")).strip().lower()
        account = Account.objects.filter(username=name, is_active=True).first() if name else None
        if account is None:
            messages.error(
                request, _("统一身份认证通过，但本系统没有为您开通账号，请联系系统管理员")
            )
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_login")))
        # Not sociallogin.connect(): it saves every column of the account, which nobody signed out may.
        sociallogin.user = sociallogin.account.user = account
        sociallogin.account.save()


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Names shown in the authenticator app."""

    def get_totp_label(self, user: Account) -> str:
        """The user name."""
        return user.username
