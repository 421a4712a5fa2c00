"""How suspicious a site was on a day: the sum of squared evidences, every part listed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.registry.models import SiteScoped


class Score(SiteScoped):
    """The score of one site and day; a day on which no rule hits has no row. Replaced when judged again.

    It orders a queue of inspection and never makes an alert (monitoring.md 1.4).
    """

    day = models.DateField()
    score = models.DecimalField(
        max_digits=12, decimal_places=4, db_comment="sum of squared evidences of the rules that hit"
    )
    parts = models.JSONField(db_comment="list of rule, subject, evidence; largest first")

    objects: ClassVar[ScopedQuerySet[Score]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "monitoring_score"
        indexes = (models.Index(fields=("region", "-score"), name="monitoring_score_region"),)
        constraints = (
            models.UniqueConstraint(fields=("site", "day"), name="monitoring_score_once"),
            models.CheckConstraint(condition=Q(score__gte=0), name="monitoring_score_not_negative"),
            models.CheckConstraint(condition=~Q(parts=[]), name="monitoring_score_explained"),
        )

    def __str__(self) -> str:
        return f"{self.site_id} {self.day} {self.score}"
