"""Batches of reports as received, and the rows of them that were refused: kept as sent, never changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.kernel.database.append_only import append_only
from hengjian.kernel.database.ids import uuid7
from hengjian.kernel.regions.models import Region
from hengjian.measures.permissions import SOURCE_LABELS


class Batch(models.Model):
    """The receipt of one batch: what came, from whom, and what became of its rows."""

    class Channel(models.TextChoices):
        JSON = "json", "JSON"
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel"

    id = models.UUIDField(primary_key=True, editable=False, db_comment="made by the sender")
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="+", db_comment="of the sender or the uploading post"
    )
    source = models.CharField(
        max_length=12, choices=[(s.value, label) for s, label in SOURCE_LABELS.items()]
    )
    channel = models.CharField(max_length=4, choices=Channel)
    file_name = models.CharField(max_length=160, blank=True)
    sha256 = models.CharField(max_length=64, db_comment="of the bytes received")
    reports_sha256 = models.CharField(
        max_length=64, db_comment="over the hashes of the reports in the order of the rows"
    )
    partial = models.BooleanField(db_comment="good rows were kept although others were refused")
    rows = models.PositiveIntegerField()
    created = models.PositiveIntegerField()
    replayed = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()
    first_period = models.DateField(null=True)
    last_period = models.DateField(null=True)
    received_at = models.DateTimeField(db_comment="server time")
    sent_at = models.DateTimeField(null=True, db_comment="sender's clock; informs, never decides")
    account_id = models.BigIntegerField(null=True, db_comment="null: the platform")
    sender_name = models.CharField(max_length=60)
    sender_post = models.CharField(max_length=120, blank=True)

    objects: ClassVar[ScopedQuerySet[Batch]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "measures_batch"
        ordering = ("-received_at", "id")
        indexes = (
            models.Index(fields=("region", "-received_at"), name="measures_batch_region"),
            models.Index(fields=("account_id", "-received_at"), name="measures_batch_account"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(rows=F("created") + F("replayed") + F("refused")),
                name="measures_batch_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(partial=True) | Q(refused=0), name="measures_batch_whole"
            ),
        )
        triggers = append_only("measures_batch")

    def __str__(self) -> str:
        return f"{self.id}"


class RefusedRow(models.Model):
    """A row that broke a rule, word for word, with every reason: nothing that was sent is lost."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="refused_rows")
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="+", db_comment="the batch's, for scope"
    )
    account_id = models.BigIntegerField(null=True, db_comment="the batch's, for scope")
    number = models.PositiveIntegerField(db_comment="row as the sender sees it")
    text = models.TextField(db_comment="as sent: the JSON of the row or its cells as CSV")
    faults = models.JSONField(db_comment="list of field, message id and data")

    objects: ClassVar[ScopedQuerySet[RefusedRow]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "measures_refused_row"
        ordering = ("batch_id", "number")
        constraints = (
            models.UniqueConstraint(fields=("batch", "number"), name="measures_refused_row_once"),
        )
        triggers = append_only("measures_refused_row")

    def __str__(self) -> str:
        return f"{self.batch_id} {self.number}"
