"""Keys of senders' systems: how they look, where a request carries them, and whose they are.

A key is ``hjk_<prefix>_<secret>`` with 256 random bits in the secret. Its SHA-256 alone is kept: what nobody can
guess needs neither salt nor a slow hash (those are for passwords). Compared in constant time.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from ipaddress import ip_address, ip_network

from hengjian.kernel.access.models import Key
from hengjian.kernel.errors import DomainError
from hengjian.kernel.text import N_

_FORM = re.compile(r"hjk_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")
USED_EVERY = timedelta(minutes=1)


class KeyRefused(DomainError):
    """The request's key is unknown, expired, revoked, or comes from elsewhere."""

    code = "key_refused"
    status = 401
    message = N_("密钥无效")


class KnownKeyRefused(KeyRefused):
    """The key was once issued: that someone still uses it is kept in the history."""

    refusal = True


class KeyInAddress(DomainError):
    """A key in the address ends up in logs and histories: it counts as given away."""

    code = "key_in_address"
    status = 400
    message = N_(
        "密钥不得写在网址中，请放在 Authorization 请求头；写入网址的密钥视为已泄露，请立即更换"
    )


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: ``text`` is shown once and kept nowhere."""

    text: str
    prefix: str
    digest: str


def make_key() -> NewKey:
    """A new random key."""
    prefix = secrets.token_hex(4)
    text = f"hjk_{prefix}_{secrets.token_urlsafe(32)}"
    return NewKey(text, prefix, _digest(text))


def presented(*, query: str, authorization: str) -> str | None:
    """The key in an ``Authorization: Bearer`` header; None without one.

    Raises:
        KeyInAddress: the query of the address holds a key.
    """
    if _FORM.search(query):
        raise KeyInAddress
    scheme, _space, text = authorization.partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def find(text: str) -> Key | None:
    """The issued key of this text, whatever became of it since."""
    form = _FORM.fullmatch(text)
    found = Key.objects.filter(prefix=form[1]).first() if form else None
    return found if found is not None and compare_digest(found.digest, _digest(text)) else None


def check(key: Key, *, address: str, networks: Sequence[str], now: datetime) -> None:
    """Whether the key opens anything now, from this address.

    Raises:
        KnownKeyRefused: revoked, expired or from an address outside of ``networks`` (CIDR; none: anywhere).
    """
    subject = f"access.sender:{key.sender_id}"
    if key.revoked_at is not None:
        raise KnownKeyRefused(N_("密钥已吊销，请联系签发单位"), subject=subject)
    if key.expires_at <= now:
        raise KnownKeyRefused(N_("密钥已过期，请联系签发单位换发"), subject=subject)
    if networks and not _within(address, networks):
        raise KnownKeyRefused(N_("来访地址不在该密钥允许的范围内"), subject=subject)


def _within(address: str, networks: Sequence[str]) -> bool:
    """Whether the address lies in one of the networks; what is no address (a Unix socket's) lies in none."""
    try:
        told = ip_address(address)
    except ValueError:
        return False
    return any(told in ip_network(network) for network in networks)


def touch(key: Key, now: datetime) -> None:
    """Keep when the key was last used, to the minute; outside of the request's transaction."""
    if key.last_used_at is None or now - key.last_used_at >= USED_EVERY:
        Key.objects.filter(pk=key.pk).update(last_used_at=now)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
