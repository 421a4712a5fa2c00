"""What plants that are alike need for one unit of output: by name within a reader's scope, without beyond it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.kernel.database.ids import uuid7
from hengjian.monitoring.states import MEASURE_LABELS, Measure
from hengjian.registry.models import SiteScoped

_MEASURES = [(measure.value, label) for measure, label in MEASURE_LABELS.items()]


class PeerFigure(SiteScoped):
    """One site's use per unit of output over the days before the latest run; replaced by each run."""

    measure = models.CharField(max_length=12, choices=_MEASURES)
    subject = models.CharField(max_length=120, db_comment="product as the rules compare it")
    unit = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=24, decimal_places=6)
    first = models.DateField()
    last = models.DateField()
    days = models.PositiveSmallIntegerField(db_comment="with output, of first..last")

    objects: ClassVar[ScopedQuerySet[PeerFigure]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "monitoring_peer_figure"
        indexes = (models.Index(fields=("measure", "subject"), name="monitoring_peer_subject"),)
        constraints = (
            models.UniqueConstraint(
                fields=("site", "measure", "subject"), name="monitoring_peer_once"
            ),
            models.CheckConstraint(
                condition=Q(measure__in=[m.value for m in Measure]) & Q(last__gte=F("first")),
                name="monitoring_peer_measure",
            ),
        )

    def __str__(self) -> str:
        return f"{self.site_id} {self.measure} {self.subject}"


class PeerSpread(models.Model):
    """All those figures of one measure, subject and unit, sorted and without names."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    measure = models.CharField(max_length=12, choices=_MEASURES)
    subject = models.CharField(max_length=120)
    unit = models.CharField(max_length=40)
    first = models.DateField()
    last = models.DateField()
    values = models.JSONField(db_comment="decimals as text, ascending")

    objects: ClassVar[ScopedQuerySet[PeerSpread]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "monitoring_peer_spread"
        constraints = (
            models.UniqueConstraint(
                fields=("measure", "subject", "unit"), name="monitoring_spread_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.measure} {self.subject}"
