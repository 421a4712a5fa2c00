"""The fixed cast: people of each role, in Rizhao (own), its other county, and Linyi (another city)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import count
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.test import Client

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import PROVINCE_ROLES, ROLES, Level, Role, Sphere
from hengjian.kernel.access.models import Account
from hengjian.kernel.access.selectors import actor_for, duties_of
from hengjian.kernel.access.services import give_duty
from hengjian.kernel.calendar.clock import now, today
from hengjian.kernel.database.declare import Kind
from tests.support.roles import as_loader_now

PROVINCE, RIZHAO, DONGGANG, LANSHAN, LINYI, LANSHAN_LINYI = (
    370000,
    371100,
    371102,
    371103,
    371300,
    371302,
)
PASSWORD = "Correct-Horse-2026"  # a password of the tests' own database
_HASH = make_password(PASSWORD)
_numbers = count(1)


_AT = {Role.OVERSIGHT: RIZHAO, Role.FOUR_ENTRY_MEMBER: DONGGANG, Role.GROUP_MEMBER: DONGGANG}
# A campaign gives them dated reach; their post alone reaches nothing (people.services).
WITHOUT_REACH = frozenset({Role.GROUP_LEADER, Role.GROUP_MEMBER})


def default_region(role: Role) -> int:
    """Province, Rizhao or Donggang, by where the role sits."""
    level = ROLES[role].levels[0]
    return _AT.get(role) or {Level.PROVINCE: PROVINCE, Level.CITY: RIZHAO}.get(level, DONGGANG)


def account(
    role: Role,
    *,
    region: int | None = None,
    enterprises: Iterable[UUID] = (),
    sites: Iterable[UUID] = (),
    name: str = "",
    mfa: bool | None = None,
) -> Account:
    """A signed-in-able account with one duty of ``role``; reach as the role has it."""
    number, spec = next(_numbers), ROLES[role]
    made = Account(
        username=f"{role.value.replace('_', '-')[:24]}-{number}",
        name=name or f"{role.value}{number}",
        sphere=spec.sphere,
        password=_HASH,
        password_changed_at=now(),
        must_change_password=False,
    )
    made.save(force_insert=True)
    home = region or default_region(role)
    by_region = spec.kind in {Kind.STAFF, Kind.OVERSIGHT} and role not in WITHOUT_REACH
    give_duty(
        account=made,
        role=role,
        post=f"测试单位 · {spec.label}",
        home_region=home,
        valid_from=date(2022, 6, 1),
        regions=[home] if by_region else (),
        enterprises=enterprises,
        sites=sites,
    )
    if mfa if mfa is not None else (role in PROVINCE_ROLES or spec.sphere is not Sphere.BUSINESS):
        Authenticator(user=made, type="totp", data={"secret": "unused"}).save()
    return made


def actor_of(who: Account) -> Actor:
    """The actor of an account's first duty today."""
    return actor_for(who, next(iter(duties_of(who, today())), None), today())


def actor(role: Role, **kwargs: object) -> Actor:
    """A new person of a role, as an actor."""
    return actor_of(account(role, **kwargs))  # type: ignore[arg-type]


class HouseClient(Client):
    """Django's test client; after each request the test body sees every row again."""

    def request(self, **request: object) -> object:  # type: ignore[override]
        try:
            return super().request(**request)
        finally:
            from django.db import connection

            if not connection.needs_rollback:
                as_loader_now()

    def sign_in(self, who: Account) -> HouseClient:
        """Signed in without the form."""
        self.force_login(who, backend="hengjian.kernel.access.backends.HouseBackend")
        return self
