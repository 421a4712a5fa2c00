"""An application to correct a figure after the cut-off or the month lock (更正申请)."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q

from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.kernel.database.append_only import kept
from hengjian.measures.models.report import Report, seen_by
from hengjian.measures.permissions import Source
from hengjian.measures.states import (
    APPROVAL_LABELS,
    CORRECTION_LABELS,
    Approval,
    CorrectionState,
)
from hengjian.registry.models import SiteScoped

_STATES = [(state.value, label) for state, label in CORRECTION_LABELS.items()]
_LEVELS = [(level.value, label) for level, label in APPROVAL_LABELS.items()]


def _total(comment: str, places: int = 6) -> models.Field:  # type: ignore[type-arg]  # of Decimal
    return models.DecimalField(max_digits=24, decimal_places=places, null=True, db_comment=comment)


class Correction(SiteScoped):
    """What the reporter wants to put in place of revision ``base``, and what was decided; never deleted."""

    form = models.CharField(max_length=20)
    period = models.DateField()
    source = models.CharField(max_length=12)
    base = models.ForeignKey(
        Report, models.PROTECT, related_name="+", db_comment="the revision that is to be replaced"
    )
    base_revision = models.PositiveSmallIntegerField()
    quantities = models.JSONField(db_comment="item: {value: decimal as text, unit}; as proposed")
    remarks = models.JSONField(
        default=dict, db_comment="stop_kind, expected_end, explanation; as proposed"
    )
    energy_tce = _total("as proposed, calorific, tce")
    energy_tce_primary = _total("as proposed, equivalent, tce")
    coal_t = _total("as proposed, t")
    co2_t = _total("as proposed, t")
    reason = models.TextField()
    level = models.CharField(
        max_length=12,
        choices=_LEVELS,
        db_comment="when asked; once decided, the level that decided",
    )
    state = models.CharField(max_length=10, choices=_STATES, default=CorrectionState.PENDING.value)
    asked_account = models.BigIntegerField()
    asked_name = models.CharField(max_length=60)
    asked_post = models.CharField(max_length=120, blank=True)
    asked_at = models.DateTimeField()
    decided_account = models.BigIntegerField(null=True)
    decided_name = models.CharField(max_length=60, blank=True)
    decided_post = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(blank=True)
    made_report = models.UUIDField(
        null=True, unique=True, db_comment="the revision made on approval"
    )
    enterprise_sees = seen_by(Source.ENTERPRISE, "enterprise")
    resident_sees = seen_by(Source.RESIDENT, "site")

    objects: ClassVar[ScopedQuerySet[Correction]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "measures_correction"
        ordering = ("-asked_at", "id")
        indexes = (
            models.Index(
                fields=("region", "state", "-asked_at"), name="measures_correction_region"
            ),
            models.Index(fields=("base",), name="measures_correction_base"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("site", "form", "period", "source"),
                condition=Q(state="pending"),
                name="measures_correction_one_pending",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in CorrectionState]),
                name="measures_correction_state",
            ),
            models.CheckConstraint(
                condition=Q(level__in=[Approval.COUNTY_CITY.value, Approval.PROVINCE.value]),
                name="measures_correction_level",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(quantities={}), name="measures_correction_complete"
            ),
            models.CheckConstraint(
                condition=Q(
                    state="pending", decided_at=None, decided_account=None, decision_reason=""
                )
                | (~Q(state="pending") & Q(decided_at__isnull=False)),
                name="measures_correction_decided",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "withdrawn"])
                | (Q(decided_account__isnull=False) & ~Q(decision_reason="")),
                name="measures_correction_reasoned",
            ),
            # Nobody approves his own.
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(decided_account=F("asked_account")),
                name="measures_correction_other_person",
            ),
            models.CheckConstraint(
                condition=Q(state="approved", made_report__isnull=False)
                | (~Q(state="approved") & Q(made_report=None)),
                name="measures_correction_made",
            ),
        )
        triggers = (
            *kept("measures_correction"),
            pgtrigger.Protect(
                name="decided_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state <> 'pending' AND ROW(OLD.state, OLD.level, OLD.decided_account, OLD.decided_name,"
                    " OLD.decided_post, OLD.decided_at, OLD.decision_reason, OLD.made_report) IS DISTINCT FROM"
                    " ROW(NEW.state, NEW.level, NEW.decided_account, NEW.decided_name,"
                    " NEW.decided_post, NEW.decided_at, NEW.decision_reason, NEW.made_report)"
                ),
            ),
            pgtrigger.Protect(
                name="as_asked",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "site", "enterprise", "form", "period", "source", "base", "base_revision",
                    "quantities", "remarks", "reason", "energy_tce", "energy_tce_primary", "coal_t", "co2_t",
                    "asked_account", "asked_name", "asked_post", "asked_at",
                ),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.site_id} {self.form} {self.period} {self.state}"
