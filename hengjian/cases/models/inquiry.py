"""An explanation asked of an enterprise. The rows hold the question and the answer, never what led to it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hengjian.cases.states import INQUIRY_LABELS, InquiryState
from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.registry.models import SiteScoped

_STATES = [(s.value, label) for s, label in INQUIRY_LABELS.items()]


class Inquiry(SiteScoped):
    """A question to an enterprise about days of one site, with a due date."""

    number = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=120)
    question = models.TextField()
    first = models.DateField(db_comment="first production day asked about")
    last = models.DateField(db_comment="last production day asked about")
    state = models.CharField(max_length=10, choices=_STATES, default=InquiryState.ASKED)
    asked_account = models.BigIntegerField(null=True, db_comment="null: the platform (demo)")
    asked_name = models.CharField(max_length=60)
    asked_post = models.CharField(max_length=120, blank=True)
    asked_at = models.DateTimeField()
    due = models.DateField(db_comment="last day to answer, a working day")
    due_provisional = models.BooleanField(
        default=False, db_comment="the year's holidays were not yet published"
    )
    answered_at = models.DateTimeField(null=True, db_comment="latest answer")
    remark = models.TextField(blank=True, db_comment="why returned, for the enterprise to read")

    objects: ClassVar[ScopedQuerySet[Inquiry]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "cases_inquiry"
        ordering = ("-asked_at", "id")
        indexes = (
            models.Index(fields=("region", "state", "due"), name="cases_inquiry_region"),
            models.Index(fields=("enterprise", "state", "due"), name="cases_inquiry_enterprise"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in InquiryState]), name="cases_inquiry_state"
            ),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="cases_inquiry_days"),
            models.CheckConstraint(condition=~Q(question=""), name="cases_inquiry_question"),
            models.CheckConstraint(
                condition=~Q(state__in=["answered", "accepted"]) | Q(answered_at__isnull=False),
                name="cases_inquiry_answered_when",
            ),
        )

    def __str__(self) -> str:
        return self.number


class Answer(SiteScoped):
    """One answer of the enterprise; a later one adds to it, none is changed."""

    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="answers")
    text = models.TextField()
    by_account = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=60)
    by_post = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[Answer]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "cases_answer"
        ordering = ("at", "id")
        constraints = (models.CheckConstraint(condition=~Q(text=""), name="cases_answer_text"),)

    def __str__(self) -> str:
        return f"{self.inquiry_id} {self.at}"
