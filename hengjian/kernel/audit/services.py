"""Writing history: in the same transaction as the act, or, for a refused act, in its own after the rollback."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Protocol
from uuid import UUID

from hengjian.kernel.audit.current import request_id
from hengjian.kernel.audit.models import Entry


class Acting(Protocol):
    """What history needs to know of an actor: the kernel's audit lies below access."""

    @property
    def account_id(self) -> int | None:
        """Id of the account; None: nobody or the platform."""

    @property
    def name(self) -> str:
        """Name as shown."""

    @property
    def post(self) -> str:
        """Organ and post as shown."""


def canonical(value: object) -> str:
    """The one text of a value: JSON, sorted keys, NFC, decimals as written, no floats (raises TypeError)."""

    def plain(item: object) -> object:
        if isinstance(item, bool | int | None):
            return item
        if isinstance(item, Enum):
            return item.value
        if isinstance(item, str):
            return unicodedata.normalize("NFC", item)
        if isinstance(item, Decimal):
            return format(item, "f")
        if isinstance(item, date | datetime):
            return item.isoformat()
        if isinstance(item, UUID):
            return str(item)
        if isinstance(item, Mapping):
            return {str(k): plain(v) for k, v in item.items()}
        if isinstance(item, list | tuple | set | frozenset):
            return [plain(v) for v in item]
        raise TypeError(f"no canonical text for {type(item).__name__}")

    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def record(
    *,
    actor: Acting,
    verb: str,
    subject: str,
    now: datetime,
    region: int | None = None,
    reason: str = "",
    data: Mapping[str, object] | None = None,
    refused: bool = False,
) -> Entry:
    """Append one entry. ``subject`` is ``kind:id``; ``data`` holds before/after or a batch's hash, never secrets."""
    canon = canonical(
        {
            "v": 1,
            "at": now,
            "actor": actor.account_id,
            "name": actor.name,
            "post": actor.post,
            "verb": verb,
            "subject": subject,
            "region": region,
            "reason": reason,
            "refused": refused,
            "request": request_id(),
            "data": dict(data or {}),
        }
    )
    entry = Entry(
        at=now,
        actor_account=actor.account_id,
        actor_name=actor.name,
        actor_post=actor.post,
        verb=verb,
        subject=subject,
        region=region,
        reason=reason,
        refused=refused,
        request_id=request_id(),
        canon=canon,
        digest=hashlib.sha256(canon.encode()).hexdigest(),
    )
    entry.save(force_insert=True)
    return entry
