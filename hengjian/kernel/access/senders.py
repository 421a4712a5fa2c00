"""Systems of senders: registered with reach and sources, given keys, stopped at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from ipaddress import ip_network
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Prefetch

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import Role, Sphere
from hengjian.kernel.access.keys import NewKey, make_key
from hengjian.kernel.access.models import Account, Duty, Key, Sender
from hengjian.kernel.access.scope import require
from hengjian.kernel.access.services import give_duty
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import FieldError, NotVisible, ValidationFailed
from hengjian.kernel.text import N_

OVERLAP = timedelta(days=7)
MAX_VALID_DAYS = 731
MAX_SITES = 500
_VIEW = "access.sender.view"


@dataclass(frozen=True, slots=True)
class Reach:
    """For whom a system may deliver: exactly one of regions, enterprise or sites is given."""

    regions: tuple[int, ...] = ()
    enterprise: UUID | None = None
    sites: tuple[UUID, ...] = ()


@transaction.atomic
def register_sender(
    *,
    actor: Actor,
    name: str,
    sources: Sequence[str],
    reach: Reach,
    home_region: int,
    networks: Sequence[str],
    contact: str,
    valid_days: int,
    now: datetime,
    today: date,
) -> tuple[Sender, str]:
    """Register a system and give it its first key; returns the key's text, which is shown once.

    ``home_region`` is the region under which its batches are filed; ``networks`` are addresses or CIDR.

    Raises:
        NotPermitted: wrong post. ValidationFailed: naming every fault.
    """
    require(actor, "access.sender.register")
    nets = _checked(name, sources, reach, networks, valid_days)
    new = make_key()
    account = _account(new, name.strip(), reach, home_region, today)
    sender = Sender(
        account=account,
        sources=sorted(set(sources)),
        networks=nets,
        contact=contact.strip(),
        created_at=now,
    )
    sender.save(force_insert=True)
    record(
        actor=actor,
        verb="access.sender.register",
        subject=f"access.sender:{sender.pk}",
        region=home_region,
        now=now,
        data={
            "name": account.name,
            "sources": sender.sources,
            "networks": nets,
            "regions": reach.regions,
            "enterprise": reach.enterprise,
            "sites": reach.sites,
        },
    )
    return sender, _keep(actor, sender, new, valid_days, now)


def _account(new: NewKey, name: str, reach: Reach, home_region: int, today: date) -> Account:
    """An account without a password, with one duty and its reach."""
    account = Account(
        username=f"sys-{new.prefix}",
        name=name,
        sphere=Sphere.MACHINE,
        password=make_password(None),  # unusable: a machine comes with its key
        must_change_password=False,
    )
    account.save(force_insert=True)
    give_duty(
        account=account,
        role=Role.SENDER,
        post=name,
        home_region=home_region,
        valid_from=today,
        regions=reach.regions,
        enterprises=() if reach.enterprise is None else (reach.enterprise,),
        sites=reach.sites,
    )
    return account


def _checked(
    name: str, sources: Sequence[str], reach: Reach, networks: Sequence[str], valid_days: int
) -> list[str]:
    errors = _days_faults(valid_days)
    if not 0 < len(name.strip()) <= 60 or "\x00" in name:
        errors.append(FieldError("name", N_("请填写名称，最多 60 字")))
    if not sources:
        errors.append(FieldError("sources", N_("至少选择一种数据来源")))
    if sum(map(bool, (reach.regions, reach.enterprise, reach.sites))) != 1:
        errors.append(FieldError("reach", N_("报送范围请在地区、企业、厂区中选择一种")))
    if len(reach.sites) > MAX_SITES:
        errors.append(FieldError("reach", N_("厂区过多，请改按地区授权")))
    nets: list[str] = []
    for text in networks:
        try:
            nets.append(str(ip_network(text.strip(), strict=False)))
        except ValueError:
            errors.append(
                FieldError("networks", N_("不是有效的网络地址：{text}"), data={"text": text[:43]})
            )
    if errors:
        raise ValidationFailed(errors)
    return nets


def _days_faults(valid_days: int) -> list[FieldError]:
    if 1 <= valid_days <= MAX_VALID_DAYS:
        return []
    message = N_("有效期为 1 至 {days} 天")
    return [FieldError("valid_days", message, data={"days": MAX_VALID_DAYS})]


def _keep(actor: Actor, sender: Sender, new: NewKey, valid_days: int, now: datetime) -> str:
    key = Key(
        sender=sender,
        prefix=new.prefix,
        digest=new.digest,
        created_at=now,
        expires_at=now + timedelta(days=valid_days),
    )
    key.save(force_insert=True)
    record(
        actor=actor,
        verb="access.key.issue",
        subject=f"access.sender:{sender.pk}",
        now=now,
        data={"prefix": key.prefix, "expires_at": key.expires_at},
    )
    return new.text


@transaction.atomic
def rotate_key(*, actor: Actor, sender_id: int, valid_days: int, now: datetime) -> str:
    """A new key, shown once; keys still in use end after ``OVERLAP``, so that nothing stops meanwhile.

    Raises:
        NotPermitted, NotVisible. ValidationFailed: a validity out of bounds.
    """
    require(actor, "access.key.issue")
    sender = _find(sender_id, "access.key.issue")
    if faults := _days_faults(valid_days):
        raise ValidationFailed(faults)
    end = now + OVERLAP
    Key.objects.filter(sender=sender, revoked_at=None, expires_at__gt=end).update(expires_at=end)
    return _keep(actor, sender, make_key(), valid_days, now)


@transaction.atomic
def revoke_keys(*, actor: Actor, sender_id: int, reason: str, now: datetime) -> int:
    """Stop every key of the system at once; returns how many were still good."""
    require(actor, "access.key.revoke")
    sender = _find(sender_id, "access.key.revoke")
    if not reason.strip() or "\x00" in reason:
        raise ValidationFailed([FieldError("reason", N_("请填写吊销原因"))])
    live = Key.objects.filter(sender=sender, revoked_at=None)
    prefixes = list(live.values_list("prefix", flat=True))
    live.update(revoked_at=now)
    record(
        actor=actor,
        verb="access.key.revoke",
        subject=f"access.sender:{sender.pk}",
        now=now,
        reason=reason.strip()[:200],
        data={"prefixes": prefixes},
    )
    return len(prefixes)


def _find(sender_id: int, verb: str) -> Sender:
    found = Sender.objects.filter(pk=sender_id).select_related("account").first()
    if found is None:
        raise NotVisible(verb=verb)
    return found


def sender_list(actor: Actor) -> list[Sender]:
    """Every registered system with its keys and reach, newest first."""
    require(actor, _VIEW)
    duties = Duty.objects.prefetch_related("reaches__region").select_related("home_region")
    rows = Sender.objects.select_related("account").prefetch_related(
        "keys", Prefetch("account__duties", queryset=duties)
    )
    return list(rows.order_by("-created_at", "-account_id"))


def find_sender(actor: Actor, sender_id: int) -> Sender:
    """One system; NotVisible for none."""
    require(actor, _VIEW)
    return _find(sender_id, _VIEW)
