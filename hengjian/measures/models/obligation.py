"""The list of who owes which form (报送名录, M2.3, M2.4): dated, never deleted, ended with a reason. Reminders."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Func, Q

from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.kernel.database.append_only import kept, kept_in_place
from hengjian.measures.models.report import OWNERS, seen_by
from hengjian.measures.permissions import Source
from hengjian.measures.states import ORIGIN_LABELS, Origin
from hengjian.registry.models import SiteScoped

_ORIGINS = [(origin.value, label) for origin, label in ORIGIN_LABELS.items()]


def _days() -> Func:
    """The days of an obligation, the last one included; empty when it ended before it began."""
    after = Func(F("valid_to"), template="(%(expressions)s + 1)", output_field=models.DateField())
    return Func(
        F("valid_from"),
        after,
        function="daterange",
        template="%(function)s(%(expressions)s, '[)')",
        output_field=DateRangeField(),
    )


class Obligation(SiteScoped):
    """From ``valid_from`` to ``valid_to`` a site owes a form for every period that begins within these days."""

    form = models.CharField(max_length=20)
    source = models.CharField(max_length=12)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, db_comment="last day; the day before valid_from: void")
    origin = models.CharField(max_length=10, choices=_ORIGINS)
    basis = models.CharField(max_length=200, db_comment="clause or document that requires the form")
    needs_review = models.BooleanField(
        default=False, db_comment="filled in by one person, reviewed by another before it is sent"
    )
    made_account = models.BigIntegerField(null=True, db_comment="null: the platform")
    made_name = models.CharField(max_length=60)
    made_post = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField()
    ended_name = models.CharField(max_length=60, blank=True)
    ended_post = models.CharField(max_length=120, blank=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=200, blank=True)
    enterprise_sees = seen_by(Source.ENTERPRISE, "enterprise")
    resident_sees = seen_by(Source.RESIDENT, "site")

    objects: ClassVar[ScopedQuerySet[Obligation]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "measures_obligation"
        ordering = ("site_id", "form", "valid_from", "id")
        indexes = (
            models.Index(fields=("form", "source", "region"), name="measures_obligation_form"),
        )
        constraints = (
            ExclusionConstraint(
                name="measures_obligation_apart",
                expressions=(
                    (OpClass(F("site"), "gist_uuid_ops"), RangeOperators.EQUAL),
                    (OpClass(F("form"), "gist_text_ops"), RangeOperators.EQUAL),
                    (OpClass(F("source"), "gist_text_ops"), RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ),
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None)
                | Q(
                    valid_to__gte=Func(
                        F("valid_from"),
                        template="(%(expressions)s - 1)",
                        output_field=models.DateField(),
                    )
                ),
                name="measures_obligation_days",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=[o.value for o in Origin]), name="measures_obligation_origin"
            ),
            models.CheckConstraint(condition=~Q(basis=""), name="measures_obligation_basis"),
            models.CheckConstraint(
                condition=Q(ended_at=None, end_reason="", ended_name="")
                | (
                    Q(ended_at__isnull=False, valid_to__isnull=False)
                    & ~Q(end_reason="")
                    & ~Q(ended_name="")
                ),
                name="measures_obligation_ended",
            ),
        )
        triggers = (
            *kept("measures_obligation"),
            # What was owed stays as it was written; only its end is written later, and once.
            pgtrigger.Protect(
                name="only_its_end",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    exclude=[
                        "region", "enterprise_sees", "resident_sees",
                        "valid_to", "ended_name", "ended_post", "ended_at", "end_reason",
                    ]
                ),
            ),
            pgtrigger.Protect(
                name="ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.ended_at IS NOT NULL AND ROW(OLD.valid_to, OLD.ended_at, OLD.end_reason, OLD.ended_name)"
                    " IS DISTINCT FROM ROW(NEW.valid_to, NEW.ended_at, NEW.end_reason, NEW.ended_name)"
                ),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.site_id} {self.form} {self.valid_from}"


class Reminder(SiteScoped):
    """That somebody was asked for an owed report (催报); the text names form and period, never a figure."""

    form = models.CharField(max_length=20)
    period = models.DateField()
    source = models.CharField(max_length=12)
    text = models.CharField(max_length=200)
    automatic = models.BooleanField(db_comment="by the platform when the deadline passed")
    day = models.DateField(
        db_comment="of the province; one a day from people, one from the platform"
    )
    sent_at = models.DateTimeField()
    by_account = models.BigIntegerField(null=True, db_comment="null: the platform")
    by_name = models.CharField(max_length=60)
    by_post = models.CharField(max_length=120, blank=True)
    enterprise_sees = seen_by(Source.ENTERPRISE, "enterprise")
    resident_sees = seen_by(Source.RESIDENT, "site")

    objects: ClassVar[ScopedQuerySet[Reminder]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "measures_reminder"
        ordering = ("-sent_at", "id")
        indexes = (
            models.Index(
                fields=("enterprise_sees", "form", "period"), name="measures_reminder_enterprise"
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("site", "form", "period", "source", "day", "automatic"),
                name="measures_reminder_once",
            ),
            models.UniqueConstraint(
                fields=("site", "form", "period", "source"),
                condition=Q(automatic=True),
                name="measures_reminder_automatic_once",
            ),
        )
        triggers = kept_in_place("measures_reminder", *OWNERS)

    def __str__(self) -> str:
        return f"{self.site_id} {self.form} {self.period}"
