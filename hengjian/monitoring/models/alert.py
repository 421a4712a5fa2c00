"""An alert: consecutive hits of one rule on one site and subject, with all that a person needs to judge it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hengjian.cases.models import Inquiry, Problem
from hengjian.cases.states import SEVERITY_LABELS, Severity
from hengjian.kernel.access.models import Duty
from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.monitoring.models.run import Finding, Run
from hengjian.monitoring.states import ALERT_LABELS, AlertState

MISSING_REPORT = "Q101"
_STATES = [(s.value, label) for s, label in ALERT_LABELS.items()]
_SEVERITIES = [(s.value, label) for s, label in SEVERITY_LABELS.items()]


class Alert(Finding):
    """Figures are those of its last day; ``first``..``last`` are the first and last day that hit. Never deleted."""

    number = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=120)
    text = models.TextField(db_comment="the rule's explanation in Chinese")
    first = models.DateField()
    last = models.DateField()
    hit_days = models.PositiveIntegerField(db_comment="days from first to last that hit")
    input_reports = models.JSONField(db_comment="list of report id and revision, see measures")
    severity = models.CharField(max_length=6, choices=_SEVERITIES)
    severity_rank = models.PositiveSmallIntegerField(db_comment="0 red … 3 blue, for sorting")
    state = models.CharField(max_length=10, choices=_STATES, default=AlertState.NEW)
    raised_at = models.DateTimeField()
    first_run = models.ForeignKey(Run, models.PROTECT, related_name="+")
    last_run = models.ForeignKey(
        Run, models.PROTECT, related_name="+", db_comment="the run that gave the present figures"
    )
    closed_reason = models.TextField(
        blank=True, db_comment="why judging again no longer finds it; empty while found"
    )
    due = models.DateField(null=True, db_comment="of the explanation or the problem")
    inquiry = models.ForeignKey(Inquiry, models.PROTECT, null=True, related_name="+")
    problem = models.ForeignKey(Problem, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=180, blank=True, db_comment="name and post")
    reason = models.TextField(blank=True, db_comment="of the decision")
    assignee_duty = models.ForeignKey(
        Duty, models.PROTECT, null=True, related_name="+", db_comment="who looks into it"
    )
    assignee_name = models.CharField(max_length=180, blank=True, db_comment="name and post")
    assigned_at = models.DateTimeField(null=True)
    assigned_by = models.CharField(max_length=180, blank=True, db_comment="name and post")

    objects: ClassVar[ScopedQuerySet[Alert]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "monitoring_alert"
        ordering = ("severity_rank", "-last", "id")
        indexes = (
            models.Index(
                fields=("region", "state", "severity_rank", "-last"), name="monitoring_alert_region"
            ),
            models.Index(fields=("site", "-last"), name="monitoring_alert_site"),
            models.Index(fields=("rule", "-last"), name="monitoring_alert_rule"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("site", "rule", "subject", "first"), name="monitoring_alert_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in AlertState]), name="monitoring_alert_state"
            ),
            models.CheckConstraint(
                condition=Q(severity__in=[s.value for s in Severity]),
                name="monitoring_alert_severity",
            ),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="monitoring_alert_days"),
            models.CheckConstraint(
                condition=~Q(state="problem") | Q(problem__isnull=False),
                name="monitoring_alert_problem",
            ),
            models.CheckConstraint(
                condition=~Q(state="asked") | Q(inquiry__isnull=False),
                name="monitoring_alert_inquiry",
            ),
            models.CheckConstraint(
                condition=~Q(state="dismissed") | ~Q(reason=""), name="monitoring_alert_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | ~Q(closed_reason=""),
                name="monitoring_alert_withdrawn",
            ),
            models.CheckConstraint(
                # A report that is missing is the one finding without a report behind it.
                condition=~Q(text="")
                & ~Q(basis="")
                & ~Q(unit="")
                & (~Q(input_reports=[]) | Q(rule=MISSING_REPORT)),
                name="monitoring_alert_complete",
            ),
            models.CheckConstraint(
                condition=Q(assignee_duty=None, assignee_name="", assigned_at=None, assigned_by="")
                | (
                    Q(assignee_duty__isnull=False, assigned_at__isnull=False)
                    & ~Q(assignee_name="")
                    & ~Q(assigned_by="")
                ),
                name="monitoring_alert_assigned",
            ),
        )

    def __str__(self) -> str:
        return self.number
