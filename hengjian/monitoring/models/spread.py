"""The figures of plants that are alike, without their names: what a reader may see beyond his scope."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.kernel.database.ids import uuid7


class PeerSpread(models.Model):
    """The latest judged figure of every site for one rule, subject and unit, sorted; replaced by each run."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rule = models.CharField(max_length=8)
    subject = models.CharField(max_length=120)
    unit = models.CharField(max_length=40)
    first = models.DateField(db_comment="oldest day among the figures")
    last = models.DateField(db_comment="newest day among the figures")
    values = models.JSONField(db_comment="decimals as text, ascending")

    objects: ClassVar[ScopedQuerySet[PeerSpread]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "monitoring_peer_spread"
        constraints = (
            models.UniqueConstraint(
                fields=("rule", "subject", "unit"), name="monitoring_spread_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.subject}"
