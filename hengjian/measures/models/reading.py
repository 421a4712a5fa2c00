"""Quarter-hours of meters as received (E1, G2): never overwritten; a correction is the next revision of its instant."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.kernel.database.append_only import kept_in_place
from hengjian.measures.rules.intervals import EVENT_LABELS, FLAGS, MeterEventKind
from hengjian.registry.models import Meter, SiteScoped
from hengjian.registry.models.enterprise import Enterprise
from hengjian.registry.models.site import Site


class ReadingBatch(SiteScoped):
    """A file or message of one meter: previewed, then taken in; its receipt afterwards."""

    class State(models.TextChoices):
        PREVIEW = "preview"
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    meter = models.ForeignKey(Meter, models.PROTECT, related_name="+")
    name = models.CharField(max_length=160, db_comment="name of the file, or of the sender")
    sha256 = models.CharField(max_length=64, db_comment="of the file or message as received")
    layout = models.CharField(max_length=40, db_comment="code of measures/data/meter_layouts.csv")
    state = models.CharField(max_length=10, choices=State)
    progress = models.PositiveSmallIntegerField(default=0, db_comment="percent")
    summary = models.JSONField(db_comment="rows, days, first and last, sums: see MeterPreview")
    faults = models.JSONField(default=list, db_comment="the first ones: row, field, message, data")
    fault_count = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0, db_comment="first revisions stored")
    corrected = models.PositiveIntegerField(default=0, db_comment="later revisions stored")
    unchanged = models.PositiveIntegerField(default=0)
    reports = models.PositiveIntegerField(default=0, db_comment="days reported as source meter")
    receipt = models.CharField(max_length=64, blank=True, db_comment="sha256 of the rows taken in")
    account = models.BigIntegerField(null=True, db_comment="null: the platform")
    account_name = models.CharField(max_length=60)
    account_post = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedQuerySet[ReadingBatch]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "measures_reading_batch"
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("site", "-created_at"), name="measures_reading_batch_site"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("meter", "sha256"),
                condition=Q(state="done"),
                name="measures_reading_batch_once",
            ),
            models.CheckConstraint(
                condition=Q(progress__lte=100), name="measures_reading_batch_progress"
            ),
        )

    def __str__(self) -> str:
        return f"{self.meter_id} {self.name}"


class Reading(models.Model):
    """A quarter-hour of one meter in one revision.

    Rows are many (35,040 a meter and year), so a row bears no id of its own, and ``enterprise`` and ``site``
    are not checked one by one: the intake copies them from the meter, and ``follow_site`` checks the site.
    """

    pk = models.CompositePrimaryKey("meter", "at", "revision")
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(db_comment="end of the quarter-hour")
    received_at = models.DateTimeField(db_comment="server time")
    site = models.ForeignKey(
        Site, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    batch = models.ForeignKey(ReadingBatch, models.PROTECT, related_name="+", db_index=False)
    region = models.ForeignKey(
        "regions.Region", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    production_day = models.DateField()
    revision = models.PositiveSmallIntegerField()
    quarter = models.PositiveSmallIntegerField(db_comment="1 to 96 within the production day")
    flag = models.CharField(max_length=1, db_comment="HJ 212 data flag; N measured")
    active_kwh = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    lagging_kvarh = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    leading_kvarh = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    power_factor_lagging = models.DecimalField(
        max_digits=9, decimal_places=6, null=True, db_comment="percent"
    )
    power_factor_leading = models.DecimalField(
        max_digits=9, decimal_places=6, null=True, db_comment="percent"
    )
    co2_t = models.DecimalField(max_digits=18, decimal_places=6, null=True)

    objects: ClassVar[ScopedQuerySet[Reading]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "measures_reading"
        # The key also serves one meter in time; equal entries of the index are stored once.
        indexes = (models.Index(fields=("site", "production_day"), name="measures_reading_day"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(quarter__range=(1, 96)), name="measures_reading_quarter"
            ),
            models.CheckConstraint(condition=Q(revision__gte=1), name="measures_reading_revision"),
            models.CheckConstraint(condition=Q(flag__in=list(FLAGS)), name="measures_reading_flag"),
            models.CheckConstraint(
                condition=Q(active_kwh__isnull=False)
                | Q(lagging_kvarh__isnull=False)
                | Q(leading_kvarh__isnull=False)
                | Q(power_factor_lagging__isnull=False)
                | Q(power_factor_leading__isnull=False)
                | Q(co2_t__isnull=False),
                name="measures_reading_says_something",
            ),
        )
        triggers = kept_in_place("measures_reading", "pk")

    def __str__(self) -> str:
        return f"{self.meter_id} {self.at} {self.revision}"


class MeterEvent(SiteScoped):
    """What breaks the row of registers: roll-over, another instrument, another ratio, a register that went back."""

    meter = models.ForeignKey(Meter, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_comment="end of the quarter-hour in which it happened")
    kind = models.CharField(
        max_length=16, choices=[(kind.value, label) for kind, label in EVENT_LABELS.items()]
    )
    before = models.CharField(max_length=60, blank=True, db_comment="register, serial or ratio")
    after = models.CharField(max_length=60, blank=True)
    batch = models.ForeignKey(ReadingBatch, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[MeterEvent]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "measures_meter_event"
        ordering = ("meter", "at")
        constraints = (
            models.UniqueConstraint(
                fields=("meter", "at", "kind", "before", "after"), name="measures_meter_event_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in MeterEventKind]),
                name="measures_meter_event_kind",
            ),
        )
        triggers = kept_in_place("measures_meter_event")

    def __str__(self) -> str:
        return f"{self.meter_id} {self.at} {self.kind}"


class DayStart(SiteScoped):
    """From which day on the production day of a site starts at which hour; before the first, as the site says."""

    valid_from = models.DateField()
    hour = models.PositiveSmallIntegerField(db_comment="0, 8 or 20")
    set_at = models.DateTimeField()

    objects: ClassVar[ScopedQuerySet[DayStart]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "measures_day_start"
        ordering = ("site", "valid_from")
        constraints = (
            models.UniqueConstraint(fields=("site", "valid_from"), name="measures_day_start_once"),
            models.CheckConstraint(
                condition=Q(hour__in=(0, 8, 20)), name="measures_day_start_hour"
            ),
        )
        triggers = kept_in_place("measures_day_start")

    def __str__(self) -> str:
        return f"{self.site_id} {self.valid_from} {self.hour}"
