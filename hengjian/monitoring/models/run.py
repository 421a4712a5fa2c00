"""Runs of the rules, the days that hit, and the latest word on each site."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.kernel.database.ids import uuid7
from hengjian.registry.models import SiteScoped


class Run(models.Model):
    """One execution of one rule over a stretch of days with one set of parameter values."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rule = models.CharField(max_length=8)
    rule_version = models.CharField(max_length=64, db_comment="SHA-256, see detectors.version")
    first = models.DateField()
    last = models.DateField()
    as_of = models.DateTimeField(db_comment="reports received by then were read")
    started = models.DateTimeField()
    finished = models.DateTimeField()
    hits = models.PositiveIntegerField()
    judged = models.JSONField(db_comment="verdict: number of site-days")
    parameters = models.JSONField(db_comment="list of name, scope, value, unit")

    class Meta:
        db_table = "monitoring_run"
        ordering = ("-started", "id")

    def __str__(self) -> str:
        return f"{self.rule} {self.first}..{self.last}"


class Finding(SiteScoped):
    """The columns of a hit of the detectors' contract (detector.HITS)."""

    rule = models.CharField(max_length=8)
    rule_version = models.CharField(max_length=64)
    subject = models.CharField(max_length=120, db_comment="what was judged: product")
    period_start = models.DateField(db_comment="first day of the judged period")
    period_end = models.DateField(db_comment="the day judged")
    days = models.PositiveSmallIntegerField(db_comment="days of the period with data")
    idle_days = models.PositiveSmallIntegerField(db_comment="of these without output")
    observed = models.DecimalField(max_digits=24, decimal_places=6)
    expected = models.DecimalField(max_digits=24, decimal_places=6)
    expected_lo = models.DecimalField(max_digits=24, decimal_places=6)
    expected_hi = models.DecimalField(max_digits=24, decimal_places=6)
    unit = models.CharField(max_length=40)
    evidence = models.DecimalField(
        max_digits=8, decimal_places=4, db_comment="-log10 P(an honest enterprise shows this)"
    )
    amount_at_stake = models.DecimalField(max_digits=24, decimal_places=6)
    amount_unit = models.CharField(max_length=20)
    limit_id = models.UUIDField(null=True, db_comment="registry_limit applied; null: none")
    level = models.PositiveSmallIntegerField(null=True, db_comment="of the limit applied")
    baseline_start = models.DateField(
        null=True, db_comment="first day of the history compared with"
    )
    baseline_end = models.DateField(null=True, db_comment="last day of it")
    peer_group = models.CharField(max_length=80, blank=True, db_comment="plants compared with")
    peers = models.PositiveIntegerField(default=0, db_comment="how many they are")
    basis = models.CharField(max_length=80, db_comment="standard and edition, or principle")
    confidence = models.CharField(max_length=24, db_comment="of the basis")

    class Meta:
        abstract = True


class Hit(Finding):
    """One day of one site over the bound; replaced whenever the day is judged again."""

    input_report_ids = ArrayField(models.UUIDField())

    objects: ClassVar[ScopedQuerySet[Hit]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "monitoring_hit"
        constraints = (
            models.UniqueConstraint(
                fields=("site", "rule", "subject", "period_end"), name="monitoring_hit_once"
            ),
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")), name="monitoring_hit_days"
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.site_id} {self.period_end}"


class Verdict(SiteScoped):
    """The latest day of a site and subject that a rule looked at: judged, or why not."""

    rule = models.CharField(max_length=8)
    subject = models.CharField(max_length=120)
    day = models.DateField()
    verdict = models.CharField(max_length=20, db_comment="detectors.Verdict")
    observed = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    expected = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    unit = models.CharField(max_length=40, blank=True)

    objects: ClassVar[ScopedQuerySet[Verdict]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "monitoring_verdict"
        constraints = (
            models.UniqueConstraint(
                fields=("site", "rule", "subject"), name="monitoring_verdict_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.site_id} {self.verdict}"
