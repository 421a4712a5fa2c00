"""Problems: opened on a finding, handled by one duty, closed by somebody else."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hengjian.cases.models.inquiry import Inquiry
from hengjian.cases.states import (
    OUTCOME_LABELS,
    PROBLEM_LABELS,
    SEVERITY_LABELS,
    Outcome,
    ProblemState,
    Severity,
)
from hengjian.kernel.access.models import Duty
from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.registry.models import SiteScoped

_STATES = [(s.value, label) for s, label in PROBLEM_LABELS.items()]
_OUTCOMES = [(o.value, label) for o, label in OUTCOME_LABELS.items()]
_SEVERITIES = [(s.value, label) for s, label in SEVERITY_LABELS.items()]


class Counter(models.Model):
    """The last number given in a series and year."""

    series = models.CharField(max_length=10)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        db_table = "cases_counter"
        constraints = (
            models.UniqueConstraint(fields=("series", "year"), name="cases_counter_once"),
        )

    def __str__(self) -> str:
        return f"{self.series} {self.year}"


class Problem(SiteScoped):
    """A problem of a site; what found it is named as text, so that every floor above can open one."""

    number = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=120)
    facts = models.TextField()
    severity = models.CharField(max_length=6, choices=_SEVERITIES)
    origin = models.CharField(max_length=100, db_comment="kind:id, e.g. monitoring.alert:<uuid>")
    state = models.CharField(max_length=10, choices=_STATES, default=ProblemState.OPEN)
    handler_duty = models.ForeignKey(Duty, models.PROTECT, related_name="+")
    handler_account = models.BigIntegerField()
    handler_name = models.CharField(max_length=60)
    handler_post = models.CharField(max_length=120)
    deadline = models.DateField(db_comment="a working day")
    deadline_provisional = models.BooleanField(default=False)
    outcome = models.CharField(max_length=16, choices=_OUTCOMES, blank=True, default="")
    outcome_text = models.TextField(blank=True)
    proposed_by = models.BigIntegerField(null=True, db_comment="account")
    proposed_at = models.DateTimeField(null=True)
    opened_account = models.BigIntegerField(null=True, db_comment="null: the platform (demo)")
    opened_name = models.CharField(max_length=60)
    opened_post = models.CharField(max_length=120, blank=True)
    opened_at = models.DateTimeField()
    closed_by = models.BigIntegerField(null=True, db_comment="account")
    closed_name = models.CharField(max_length=60, blank=True)
    closed_post = models.CharField(max_length=120, blank=True)
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedQuerySet[Problem]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "cases_problem"
        ordering = ("-opened_at", "id")
        indexes = (
            models.Index(fields=("region", "state", "deadline"), name="cases_problem_region"),
            models.Index(fields=("handler_duty", "state"), name="cases_problem_handler"),
            models.Index(fields=("origin",), name="cases_problem_origin"),
            models.Index(fields=("site", "-opened_at"), name="cases_problem_site"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in ProblemState]), name="cases_problem_state"
            ),
            models.CheckConstraint(
                condition=Q(severity__in=[s.value for s in Severity]), name="cases_problem_severity"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "handling"], outcome="", closed_at=None)
                | (
                    Q(outcome__in=[o.value for o in Outcome], proposed_at__isnull=False)
                    & ~Q(outcome_text="")
                ),
                name="cases_problem_outcome",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_at=None, closed_by=None)),
                name="cases_problem_closed_when",
            ),
            models.CheckConstraint(
                condition=Q(closed_by=None)
                | (
                    ~Q(closed_by=F("handler_account"))
                    & (Q(proposed_by=None) | ~Q(closed_by=F("proposed_by")))
                ),
                name="cases_problem_nobody_closes_his_own",
            ),
        )

    def __str__(self) -> str:
        return self.number


class ProblemInquiry(SiteScoped):
    """Which inquiries belong to a problem; kept apart because the enterprise reads inquiries."""

    problem = models.ForeignKey(Problem, models.PROTECT, related_name="inquiry_links")
    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="+")

    objects: ClassVar[ScopedQuerySet[ProblemInquiry]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "cases_problem_inquiry"
        constraints = (
            models.UniqueConstraint(
                fields=("problem", "inquiry"), name="cases_problem_inquiry_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.problem_id} {self.inquiry_id}"
