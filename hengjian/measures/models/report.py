"""A day's quantities as received (G2, E1): never overwritten, never deleted; a correction is the next revision."""

from __future__ import annotations

import hashlib
import json
from typing import ClassVar

from django.db import models
from django.db.models import Case, F, Func, Q, Value, When

from hengjian.kernel.access.models import Account
from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.kernel.database.append_only import kept_in_place
from hengjian.measures.permissions import SOURCE_LABELS, Source
from hengjian.measures.rules.forms import FREQUENCY, STOP_LABELS, Form, Frequency
from hengjian.registry.models import SiteScoped

DAILY = Form.DAILY.value
_SOURCES = [(source.value, label) for source, label in SOURCE_LABELS.items()]


# Generated columns by which the owner of a figure sees it; they change with nothing but the region's trigger.
OWNERS = ("enterprise_sees", "resident_sees")


def seen_by(source: Source, column: str) -> models.GeneratedField:
    """A column that holds ``column`` for rows of ``source`` and null for all others."""
    return models.GeneratedField(
        expression=Case(When(source=source.value, then=F(column)), default=None),
        output_field=models.UUIDField(null=True),
        db_persist=True,
    )


def _forms(*frequencies: Frequency) -> list[str]:
    return [form.value for form, often in FREQUENCY.items() if often in frequencies]


# A period is named by its first day, so that no month is stored twice under two days.
_FORM_AND_PERIOD = (
    Q(form__in=_forms(Frequency.DAY))
    | Q(form__in=_forms(Frequency.MONTH), period__day=1)
    | Q(form__in=_forms(Frequency.QUARTER), period__day=1, period__month__in=(1, 4, 7, 10))
    | Q(form__in=_forms(Frequency.YEAR), period__day=1, period__month=1)
)
_STOPS = [(kind.value, label) for kind, label in STOP_LABELS.items()]

_HASH_OF_CANON = Func(
    Func(Func(F("canon"), Value("UTF8"), function="convert_to"), function="sha256"),
    Value("hex"),
    function="encode",
    output_field=models.CharField(),
)


class Report(SiteScoped):
    """One revision of what one source says of one site, form and period; the id is chosen by the sender."""

    id = models.UUIDField(primary_key=True, editable=False, db_comment="made by the sender")
    form = models.CharField(max_length=20)
    period = models.DateField(db_comment="production day, or first day of the period")
    source = models.CharField(max_length=12, choices=_SOURCES)
    revision = models.PositiveSmallIntegerField()
    reason = models.TextField(blank=True, db_comment="why corrected; empty in revision 1")
    quantities = models.JSONField(
        db_comment="item: {value: decimal as text, unit}; as given, blank items left out"
    )
    zero_report = models.BooleanField(db_comment="every quantity is zero: production stopped")
    stop_kind = models.CharField(max_length=12, blank=True, default="", choices=_STOPS)
    expected_end = models.DateField(null=True, db_comment="last day of the stop, as expected")
    explanation = models.TextField(
        blank=True, default="", db_comment="why an opening stock or a balance differs"
    )
    energy_tce = models.DecimalField(
        max_digits=24, decimal_places=6, db_comment="calorific (dangliang), tce"
    )
    energy_tce_primary = models.DecimalField(
        max_digits=24, decimal_places=6, db_comment="equivalent (dengjia), tce"
    )
    coal_t = models.DecimalField(max_digits=24, decimal_places=6, db_comment="coal as burned, t")
    co2_t = models.DecimalField(max_digits=24, decimal_places=6, db_comment="carbon dioxide, t")
    output = models.DecimalField(
        max_digits=24, decimal_places=6, null=True, db_comment="main product"
    )
    product = models.CharField(max_length=40, blank=True, db_comment="product code of the form")
    output_unit = models.CharField(max_length=20, blank=True)
    factor_version = models.TextField(db_comment="factor sets used, separated by ;")
    conversion = models.JSONField(db_comment="lines: results, formulas, versions and notes by item")
    basis = models.TextField(db_comment="statistical basis of the energy figures (kou jing)")
    permitted_use = models.TextField()
    canon = models.TextField(db_comment="canonical text, verbatim")
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField(db_comment="server time")
    device_time = models.DateTimeField(
        null=True, db_comment="sender's clock; informs, never decides"
    )
    reporter_account = models.BigIntegerField(null=True, db_comment="null: the platform (import)")
    reporter_name = models.CharField(max_length=60)
    reporter_post = models.CharField(max_length=120, blank=True)
    reviewed_by_account = models.BigIntegerField(null=True)
    reviewed_by_name = models.CharField(max_length=60, blank=True, default="")
    reviewed_at = models.DateTimeField(null=True)
    enterprise_sees = seen_by(Source.ENTERPRISE, "enterprise")
    resident_sees = seen_by(Source.RESIDENT, "site")

    objects: ClassVar[ScopedQuerySet[Report]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "measures_report"
        ordering = ("-period", "-received_at", "id")
        indexes = (
            models.Index(fields=("region", "-period"), name="measures_report_region"),
            models.Index(fields=("received_at",), name="measures_report_received"),
            models.Index(fields=("-period", "-received_at", "id"), name="measures_report_newest"),
            models.Index(fields=("enterprise_sees", "-period"), name="measures_report_enterprise"),
            models.Index(fields=("resident_sees", "-period"), name="measures_report_resident"),
            # The status board counts first reports from the index alone, never from the wide rows.
            models.Index(
                fields=("form", "source", "period"),
                include=("site", "region", "received_at", "zero_report"),
                condition=Q(revision=1),
                name="measures_report_first",
            ),
        )
        constraints = (
            # Also finds the latest revision: read backwards.
            models.UniqueConstraint(
                fields=("site", "form", "period", "source", "revision"), name="measures_report_once"
            ),
            models.CheckConstraint(condition=_FORM_AND_PERIOD, name="measures_report_form"),
            models.CheckConstraint(
                condition=Q(stop_kind="", expected_end=None)
                | Q(stop_kind__in=[kind for kind, _ in _STOPS], zero_report=True),
                name="measures_report_stop",
            ),
            models.CheckConstraint(
                condition=Q(expected_end=None) | Q(expected_end__gte=F("period")),
                name="measures_report_expected_end",
            ),
            # Nobody reviews his own; and a review has a name, an account and a time, or does not exist.
            models.CheckConstraint(
                condition=Q(reviewed_by_account=None, reviewed_by_name="", reviewed_at=None)
                | (
                    Q(
                        reviewed_by_account__isnull=False,
                        reviewed_at__isnull=False,
                        reporter_account__isnull=False,
                    )
                    & ~Q(reviewed_by_name="")
                    & ~Q(reviewed_by_account=F("reporter_account"))
                ),
                name="measures_report_reviewed",
            ),
            models.CheckConstraint(
                condition=Q(source__in=[s.value for s in Source]), name="measures_report_source"
            ),
            models.CheckConstraint(
                condition=Q(revision=1, reason="") | (Q(revision__gt=1) & ~Q(reason="")),
                name="measures_report_reason",
            ),
            models.CheckConstraint(
                condition=Q(sha256=_HASH_OF_CANON), name="measures_report_sha256_of_canon"
            ),
            models.CheckConstraint(
                condition=~Q(quantities={}), name="measures_report_says_something"
            ),
            models.CheckConstraint(
                condition=Q(output=None, product="", output_unit="")
                | (Q(output__isnull=False) & ~Q(product="") & ~Q(output_unit="")),
                name="measures_report_output_named",
            ),
            models.CheckConstraint(
                condition=Q(zero_report=False)
                | Q(energy_tce=0, energy_tce_primary=0, coal_t=0, co2_t=0),
                name="measures_report_zero",
            ),
        )
        triggers = kept_in_place("measures_report", *OWNERS)

    def __str__(self) -> str:
        return f"{self.site_id} {self.period} {self.source} {self.revision}"


class DraftState(models.TextChoices):
    """Where a draft is on its way to a report."""

    TYPED = "typed"
    SUBMITTED = "submitted"  # waits for the reviewer of the enterprise
    RETURNED = "returned"


class Draft(SiteScoped):
    """What a reporter typed and has not submitted; thrown away when the report is received.

    Where a site asks for review, the draft waits as SUBMITTED until the reviewer of the enterprise
    takes it (the report is received with both names) or returns it with a reason.
    """

    form = models.CharField(max_length=20)
    period = models.DateField()
    source = models.CharField(max_length=12, choices=_SOURCES)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    payload = models.JSONField(db_comment="fields of the page as typed")
    saved_at = models.DateTimeField()
    state = models.CharField(
        max_length=12, choices=DraftState.choices, default=DraftState.TYPED.value
    )
    report_id = models.UUIDField(null=True, db_comment="id made by the sender, from submission on")
    content = models.JSONField(
        default=dict, db_comment="what was submitted for review, as the report will say it"
    )
    submitted_at = models.DateTimeField(null=True)
    reporter_name = models.CharField(max_length=60, blank=True, default="")
    reporter_post = models.CharField(max_length=120, blank=True, default="")
    returned_by = models.CharField(max_length=60, blank=True, default="")
    return_reason = models.TextField(blank=True, default="")
    enterprise_sees = seen_by(Source.ENTERPRISE, "enterprise")
    resident_sees = seen_by(Source.RESIDENT, "site")

    objects: ClassVar[ScopedQuerySet[Draft]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "measures_draft"
        constraints = (
            models.UniqueConstraint(
                fields=("site", "form", "period", "account"), name="measures_draft_once"
            ),
            models.CheckConstraint(condition=_FORM_AND_PERIOD, name="measures_draft_form"),
            models.CheckConstraint(
                condition=Q(state=DraftState.TYPED)
                | (
                    Q(
                        state__in=[DraftState.SUBMITTED, DraftState.RETURNED],
                        report_id__isnull=False,
                        submitted_at__isnull=False,
                    )
                    & ~Q(reporter_name="")
                ),
                name="measures_draft_submitted",
            ),
            models.CheckConstraint(
                condition=Q(state=DraftState.RETURNED) & ~Q(return_reason="") & ~Q(returned_by="")
                | ~Q(state=DraftState.RETURNED) & Q(return_reason="", returned_by=""),
                name="measures_draft_returned",
            ),
            models.CheckConstraint(
                condition=Q(source__in=[Source.ENTERPRISE.value, Source.RESIDENT.value]),
                name="measures_draft_source",
            ),
        )

    def __str__(self) -> str:
        return f"{self.site_id} {self.period} {self.account_id}"

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what was handed in: a reviewer's decision names what he read, so nothing takes its place."""
        said = (
            str(self.report_id), str(self.site_id), self.form, self.period.isoformat(),
            self.account_id, self.content,
        )  # fmt: skip
        text = json.dumps(said, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()
