"""Password profiles: ``dengbao3`` (GB/T 22239 level 3: composition, 90 days, history) and ``asvs`` (length, no rotation)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from hengjian.kernel.access.models import Account, PasswordHistory

if TYPE_CHECKING:
    from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Profile:
    """Rules of a profile; ``days`` and ``history`` of 0 mean none."""

    length: int
    classes: int
    days: int
    history: int


PROFILES: Mapping[str, Profile] = {"dengbao3": Profile(12, 3, 90, 5), "asvs": Profile(15, 1, 0, 0)}


def profile() -> Profile:
    """The profile in force (setting HENGJIAN_PASSWORD_PROFILE)."""
    return PROFILES[settings.PASSWORD_PROFILE]


def classes(password: str) -> int:
    """How many of lower, upper, digit, other the password uses."""
    kinds = (str.islower, str.isupper, str.isdigit)
    return sum(any(k(c) for c in password) for k in kinds) + any(
        not any(k(c) for k in kinds) for c in password
    )


def expired(changed: datetime | None, moment: datetime) -> bool:
    """Whether the profile asks for a new password."""
    days = profile().days
    return bool(days) and changed is not None and moment - changed > timedelta(days=days)


class ProfileValidator:
    """Length and composition."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError with what is missing."""
        rule = profile()
        if len(password) < rule.length:
            raise ValidationError(
                _("密码至少 %(n)s 位") % {"n": rule.length}, code="password_too_short"
            )
        if classes(password) < rule.classes:
            raise ValidationError(
                _("密码须含大写字母、小写字母、数字、符号中的至少 %(n)s 类") % {"n": rule.classes},
                code="password_classes",
            )

    def get_help_text(self) -> str:
        """Shown beside the field."""
        rule = profile()
        return _("至少 %(length)s 位，含大写字母、小写字母、数字、符号中的至少 %(classes)s 类") % {
            "length": rule.length,
            "classes": rule.classes,
        }


class HistoryValidator:
    """Not one of the last passwords."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError when the password was used before."""
        count = profile().history
        if not count or not isinstance(user, Account) or user.pk is None:
            return
        former = (
            PasswordHistory.objects.filter(account=user)
            .order_by("-at")
            .values_list("password", flat=True)[:count]
        )
        if any(check_password(password, p) for p in [user.password, *former]):
            raise ValidationError(
                _("不得使用最近 %(n)s 次用过的密码") % {"n": count}, code="password_reused"
            )

    def get_help_text(self) -> str:
        """Shown beside the field."""
        return _("不得与最近 %(n)s 次用过的密码相同") % {"n": profile().history}


def lockout_name(request: HttpRequest, credentials: Mapping[str, str] | None) -> str:
    """The user name that a failure counts for: django-axes sees the credentials once as a form, once as allauth's."""
    given = (credentials or {}).get("username") or request.POST.get("login", "")
    return given.strip().lower()[:150]
