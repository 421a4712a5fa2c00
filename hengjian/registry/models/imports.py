"""An import is previewed row by row, decided, then applied in one transaction; the same file twice changes nothing."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.kernel.database.ids import uuid7
from hengjian.kernel.regions.models import Region


class ImportBatch(models.Model):
    """One uploaded register and what became of it."""

    class State(models.TextChoices):
        PREVIEW = "preview", _("待确认")
        APPLIED = "applied", _("已导入")
        CANCELLED = "cancelled", _("已取消")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file_name = models.CharField(max_length=160)
    sha256 = models.CharField(max_length=64)
    source = models.CharField(
        max_length=200, db_comment="name of the register, part of each row's identity"
    )
    layout = models.CharField(max_length=40, db_comment="which columns mean what: data/layouts.csv")
    state = models.CharField(max_length=10, choices=State, default=State.PREVIEW)
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="+", db_comment="region of the importing post"
    )
    account_id = models.BigIntegerField()
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    created_sites = models.PositiveIntegerField(default=0)
    updated_sites = models.PositiveIntegerField(default=0)
    unchanged_sites = models.PositiveIntegerField(default=0)
    skipped_rows = models.PositiveIntegerField(default=0)

    objects: ClassVar[ScopedQuerySet[ImportBatch]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "registry_import_batch"
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.file_name


class ImportRow(models.Model):
    """One row: what it says, what is wrong with it, which enterprise it is likely to be, what a person decided."""

    class Decision(models.TextChoices):
        UNDECIDED = "", _("未决定")
        NEW = "new", _("新建")
        SAME = "same", _("同一企业")
        SKIP = "skip", _("跳过")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="rows")
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="+", db_comment="the batch's, for scope"
    )
    number = models.PositiveIntegerField(db_comment="row in the file as a person sees it")
    values = models.JSONField(db_comment="registry field to text, see rules.imports")
    faults = models.JSONField(default=list, db_comment="list of column, value, message id, data")
    known = models.BooleanField(
        default=False, db_comment="candidate_site bears the row's number in the same register"
    )
    candidate_site = models.UUIDField(null=True, db_comment="likely the same")
    candidate_score = models.DecimalField(max_digits=4, decimal_places=3, null=True)
    candidate_reasons = models.JSONField(default=list)
    candidates = models.JSONField(
        default=list, db_comment="every site nearly as likely: site, score; the likeliest first"
    )
    decision = models.CharField(max_length=6, choices=Decision, blank=True, default="")

    objects: ClassVar[ScopedQuerySet[ImportRow]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "registry_import_row"
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("batch", "number"), name="registry_import_row_once"),
            models.CheckConstraint(
                condition=~Q(decision="same") | Q(candidate_site__isnull=False),
                name="registry_import_same_as_what",
            ),
        )

    def __str__(self) -> str:
        return f"{self.batch_id} {self.number}"
