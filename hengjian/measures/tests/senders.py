"""A sender's system with its key, registered as the province would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.models import Sender
from hengjian.kernel.access.senders import Reach, register_sender
from hengjian.measures.models import Batch, RefusedRow
from hengjian.measures.tests.scene import NOW, TODAY
from tests.support.cast import PROVINCE, actor, actor_of
from tests.support.roles import acting


@dataclass(frozen=True)
class System:
    """A registered system; ``key`` is the text that its holder was shown."""

    sender: Sender
    key: str

    @property
    def actor(self) -> Actor:
        return actor_of(self.sender.account)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


def make_system(
    reach: Reach,
    sources: Sequence[str] = ("grid",),
    *,
    name: str = "测试供电公司",
    networks: Sequence[str] = (),
    valid_days: int = 365,
    region: int = PROVINCE,
    now: datetime = NOW,
) -> System:
    """Registered by an officer of the commission under his own database role."""
    officer = actor(Role.DRC_OFFICER)
    with acting(officer):
        sender, key = register_sender(
            actor=officer, name=name, sources=sources, reach=reach, home_region=region,
            networks=networks, contact="", valid_days=valid_days, now=now, today=TODAY,
        )  # fmt: skip
    return System(sender, key)


def make_delivery(region: int, sender_name: str) -> Batch:
    """A batch taken in under a region, with one refused row."""
    batch = Batch(
        id=uuid4(), region_id=region, source="grid", channel="csv", file_name=f"{sender_name}.csv",
        sha256="0" * 64, reports_sha256="0" * 64, partial=True, rows=1, created=0, replayed=0,
        refused=1, received_at=NOW, sender_name=sender_name,
    )  # fmt: skip
    batch.save(force_insert=True)
    RefusedRow.objects.create(
        batch=batch, region_id=region, number=2, text=sender_name,
        faults=[{"field": "site", "message": "没有这个厂区", "data": {}}],
    )  # fmt: skip
    return batch
