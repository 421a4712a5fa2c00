"""A parameter changed by approval: proposed by one, seen on last month's data, decided by another; never edited."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q

from hengjian.cases.states import SEVERITY_LABELS, Severity
from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.kernel.database.append_only import kept
from hengjian.kernel.database.ids import uuid7
from hengjian.monitoring.states import (
    CHANGE_LABELS,
    EFFECT_LABELS,
    PREVIEW_LABELS,
    ChangeState,
    Effect,
    PreviewState,
)
from hengjian.registry.models import SiteScoped

_STATES = [(s.value, label) for s, label in CHANGE_LABELS.items()]
_PREVIEWS = [(s.value, label) for s, label in PREVIEW_LABELS.items()]
_EFFECTS = [(s.value, label) for s, label in EFFECT_LABELS.items()]
_SEVERITIES = [(s.value, label) for s, label in SEVERITY_LABELS.items()]


class ParameterChange(models.Model):
    """A value of one parameter for a scope from a day on; approved rows overlay data/parameters.csv."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rule = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    scope = models.CharField(max_length=60, db_comment="nation, industry:…, region:…, enterprise:…")
    value = models.CharField(max_length=400)
    unit = models.CharField(max_length=20)
    former_value = models.CharField(
        max_length=400, blank=True, db_comment="in force for that scope when proposed; empty: none"
    )
    effective_from = models.DateField()
    basis = models.TextField()
    confidence = models.CharField(max_length=24)
    state = models.CharField(max_length=10, choices=_STATES, default=ChangeState.PROPOSED.value)
    proposed_account = models.BigIntegerField()
    proposed_name = models.CharField(max_length=60)
    proposed_post = models.CharField(max_length=120, blank=True)
    proposed_at = models.DateTimeField()
    decided_account = models.BigIntegerField(null=True)
    decided_name = models.CharField(max_length=60, blank=True)
    decided_post = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(blank=True)
    preview_state = models.CharField(
        max_length=8, choices=_PREVIEWS, default=PreviewState.QUEUED.value
    )
    preview_progress = models.PositiveSmallIntegerField(default=0, db_comment="percent")
    preview_first = models.DateField(null=True, db_comment="first day judged with both values")
    preview_last = models.DateField(null=True)
    preview_counts = models.JSONField(
        default=dict, db_comment="before, after, added, gone, changed: numbers of alerts"
    )
    preview_at = models.DateTimeField(null=True)
    preview_error = models.TextField(blank=True, db_comment="why it failed, in Chinese")

    objects: ClassVar[ScopedQuerySet[ParameterChange]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "monitoring_parameter_change"
        ordering = ("-proposed_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("rule", "name", "scope"),
                condition=Q(state="proposed"),
                name="monitoring_change_one_open",
            ),
            models.UniqueConstraint(
                fields=("rule", "name", "scope", "effective_from"),
                condition=Q(state="approved"),
                name="monitoring_change_once_a_day",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in ChangeState]),
                name="monitoring_change_state",
            ),
            models.CheckConstraint(
                condition=Q(preview_state__in=[s.value for s in PreviewState])
                & Q(preview_progress__lte=100),
                name="monitoring_change_preview",
            ),
            models.CheckConstraint(
                condition=~Q(value="") & ~Q(unit="") & ~Q(basis="") & ~Q(scope=""),
                name="monitoring_change_complete",
            ),
            # Nobody decides his own; and what is decided names who, when and (but for an approval) why.
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "withdrawn"])
                | ~Q(decided_account=F("proposed_account")),
                name="monitoring_change_other_person",
            ),
            models.CheckConstraint(
                condition=Q(
                    state="proposed", decided_account=None, decided_at=None, decision_reason=""
                )
                | (
                    ~Q(state="proposed")
                    & Q(decided_account__isnull=False, decided_at__isnull=False)
                    & ~Q(decided_name="")
                ),
                name="monitoring_change_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(decision_reason=""),
                name="monitoring_change_reasoned",
            ),
            # Approved is only what the approver could see the effect of.
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(preview_state="done"),
                name="monitoring_change_previewed",
            ),
        )
        triggers = (
            *kept("monitoring_parameter_change"),
            pgtrigger.Protect(
                name="as_proposed",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "rule", "name", "scope", "value", "unit", "former_value", "effective_from", "basis", "confidence",
                    "proposed_account", "proposed_name", "proposed_post", "proposed_at",
                ),
            ),
            pgtrigger.Protect(
                name="decided_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state <> 'proposed' AND OLD.* IS DISTINCT FROM NEW.*"),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.rule}.{self.name} {self.scope} {self.effective_from}"


class PreviewAlert(SiteScoped):
    """One alert that last month's data would have given more, less or otherwise under a proposed value."""

    change = models.ForeignKey(ParameterChange, models.CASCADE, related_name="alerts")
    effect = models.CharField(max_length=8, choices=_EFFECTS)
    rule = models.CharField(max_length=20)
    subject = models.CharField(max_length=120)
    first = models.DateField()
    last = models.DateField()
    hit_days_before = models.PositiveIntegerField(db_comment="0: no alert with the present value")
    hit_days_after = models.PositiveIntegerField(db_comment="0: no alert with the proposed value")
    severity_before = models.CharField(max_length=6, choices=_SEVERITIES, blank=True)
    severity_after = models.CharField(max_length=6, choices=_SEVERITIES, blank=True)
    evidence_before = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    evidence_after = models.DecimalField(max_digits=8, decimal_places=4, null=True)

    objects: ClassVar[ScopedQuerySet[PreviewAlert]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "monitoring_preview_alert"
        indexes = (models.Index(fields=("change", "effect"), name="monitoring_preview_change"),)
        constraints = (
            models.UniqueConstraint(
                fields=("change", "site", "rule", "subject", "first", "effect"),
                name="monitoring_preview_once",
            ),
            models.CheckConstraint(
                condition=Q(effect__in=[e.value for e in Effect]), name="monitoring_preview_effect"
            ),
            models.CheckConstraint(
                condition=Q(severity_before__in=["", *(s.value for s in Severity)])
                & Q(severity_after__in=["", *(s.value for s in Severity)]),
                name="monitoring_preview_severity",
            ),
        )

    def __str__(self) -> str:
        return f"{self.change_id} {self.effect} {self.site_id}"
