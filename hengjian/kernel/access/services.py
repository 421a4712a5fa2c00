"""Opening and closing accounts, passwords, duties and their reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import ROLES, Role, Sphere
from hengjian.kernel.access.models import Account, Bucket, Duty, PasswordHistory, Reach
from hengjian.kernel.access.scope import require
from hengjian.kernel.audit.services import record
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.errors import FieldError, NotVisible, ValidationFailed
from hengjian.kernel.text import N_

BUCKET_KEPT = timedelta(days=1)


@transaction.atomic
def open_account(
    *,
    actor: Actor,
    username: str,
    name: str,
    password: str,
    sphere: Sphere,
    now: datetime,
    demo: bool = False,
) -> Account:
    """Open an account; the holder must change the password at first sign-in (not in the demo)."""
    require(actor, "access.account.open")
    username = username.strip().lower()
    if Account.objects.filter(username=username).exists():
        raise ValidationFailed([FieldError("username", N_("用户名已被使用"))])
    account = Account(
        username=username,
        name=name,
        sphere=sphere,
        password=make_password(password),
        password_changed_at=now,
        must_change_password=not demo,
        is_demo=demo,
    )
    account.save(force_insert=True)
    record(
        actor=actor,
        verb="access.account.open",
        subject=f"access.account:{account.pk}",
        now=now,
        data={"username": username},
    )
    return account


@transaction.atomic
def change_password(*, account: Account, password: str, now: datetime) -> None:
    """The holder's own new password: former hash kept for the history rule, session rules left to allauth."""
    if account.password:
        PasswordHistory(account=account, password=account.password, at=now).save(force_insert=True)
    account.set_password(password)
    account.password_changed_at = now
    account.must_change_password = False
    account.save(update_fields=("password", "password_changed_at", "must_change_password"))
    holder = Actor(account.pk, account.name, None, "", None, ROLES[Role.SYSTEM_ADMIN].kind)
    record(
        actor=holder, verb="access.password.change", subject=f"access.account:{account.pk}", now=now
    )


def record_sign_in(*, account: Account, now: datetime) -> None:
    """Keep that the account signed in; which post acts is said by each act."""
    holder = Actor(account.pk, account.name, None, "", None, Kind.ANONYMOUS)
    record(
        actor=holder, verb="access.session.open", subject=f"access.account:{account.pk}", now=now
    )


def record_factor_change(*, account: Account, event: str, now: datetime) -> None:
    """Keep that a second factor was set up, removed, or got new recovery codes; never the codes."""
    holder = Actor(account.pk, account.name, None, "", None, Kind.ANONYMOUS)
    record(
        actor=holder,
        verb="access.factor.change",
        subject=f"access.account:{account.pk}",
        now=now,
        data={"event": event},
    )


@transaction.atomic
def close_account(*, actor: Actor, account: Account, reason: str, now: datetime) -> None:
    """Disable: open sessions are refused at their next request because the user is no longer active."""
    require(actor, "access.account.close")
    account.is_active = False
    account.save(update_fields=("is_active",))
    record(
        actor=actor,
        verb="access.account.close",
        subject=f"access.account:{account.pk}",
        now=now,
        reason=reason,
    )


def give_duty(
    *,
    account: Account,
    role: Role,
    post: str,
    home_region: int | None,
    valid_from: date,
    valid_to: date | None = None,
    regions: Iterable[int] = (),
    enterprises: Iterable[UUID] = (),
    sites: Iterable[UUID] = (),
    basis: str = "",
) -> Duty:
    """A duty with its reach. No check of who asks: people.services, which appoints, does it."""
    duty = Duty(
        account=account,
        role=role,
        sphere=ROLES[role].sphere,
        post=post,
        home_region_id=home_region,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    duty.save(force_insert=True)
    days = {"valid_from": valid_from, "valid_to": valid_to, "basis": basis}
    Reach.objects.bulk_create(
        [Reach(duty=duty, region_id=r, **days) for r in regions]
        + [Reach(duty=duty, enterprise=e, **days) for e in enterprises]
        + [Reach(duty=duty, site=s, **days) for s in sites]
    )
    return duty


def end_duty(*, duty: Duty, last_day: date) -> None:
    """The duty and its reach hold until ``last_day``; rows are kept."""
    duty.valid_to = last_day
    duty.save(update_fields=("valid_to",))
    duty.reaches.filter(valid_to=None).update(valid_to=last_day)


def assume_duty(*, actor: Actor, duties: Sequence[Duty], chosen: str, now: datetime) -> Duty:
    """Switch the acting post to another of one's own duties in force; recorded."""
    require(actor, "access.duty.assume")
    duty = next((d for d in duties if str(d.pk) == chosen), None)
    if duty is None:
        raise NotVisible(verb="access.duty.assume")
    record(
        actor=actor,
        verb="access.duty.assume",
        subject=f"access.duty:{duty.pk}",
        region=actor.home_region,
        now=now,
        data={"from": actor.duty_id, "to": duty.pk},
    )
    return duty


def prune(*, now: datetime) -> tuple[int, int]:
    """Forget ended sessions and buckets that have long been full again; returns how many of each."""
    sessions, _by_model = Session.objects.filter(expire_date__lt=now).delete()
    buckets, _by_model = Bucket.objects.filter(updated_at__lt=now - BUCKET_KEPT).delete()
    return sessions, buckets
