"""The 16 industries, their dated designations, and the energy limits of their products. Public reference data."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hengjian.kernel.database.ids import uuid7


class Industry(models.Model):
    """One of the two-high industries of an edition of the provincial catalogue."""

    code = models.CharField(max_length=30, primary_key=True)
    seq = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    gbt4754 = models.CharField(max_length=120, db_comment="GB/T 4754-2017 classes, separated by ;")
    products = models.TextField()
    output_unit = models.CharField(max_length=60)
    edition = models.CharField(max_length=60, db_comment="edition of the provincial catalogue")
    source = models.TextField()
    confidence = models.CharField(max_length=24)

    class Meta:
        db_table = "registry_industry"
        ordering = ("seq",)

    def __str__(self) -> str:
        return self.name


class IndustryDesignation(models.Model):
    """A dated flag of an industry: key industry (M2.3) or output-controlled (M3)."""

    class Kind(models.TextChoices):
        KEY = "key", _("重点行业")
        OUTPUT_CONTROLLED = "output_controlled", _("产量控制行业")

    industry = models.ForeignKey(Industry, models.PROTECT, related_name="designations")
    kind = models.CharField(max_length=20, choices=Kind)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    basis = models.CharField(max_length=120)

    class Meta:
        db_table = "registry_industry_designation"
        constraints = (
            models.UniqueConstraint(
                fields=("industry", "kind", "valid_from"), name="registry_designation_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="registry_designation_days",
            ),
        )

    def __str__(self) -> str:
        return f"{self.industry_id} {self.kind}"


class Limit(models.Model):
    """An energy limit of a product: edition, effective days, three levels that may be negative, empty, unordered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(
        max_length=200,
        unique=True,
        db_comment="standard|product|indicator|unit|row type: identity of a loaded row",
    )
    row_type = models.CharField(max_length=20, db_comment="gb_limit or policy_benchmark")
    industry = models.ForeignKey(Industry, models.PROTECT, related_name="limits")
    product = models.CharField(max_length=120)
    indicator = models.CharField(max_length=60)
    unit = models.CharField(max_length=40)
    level1 = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, db_comment="advanced value"
    )
    level2 = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, db_comment="access value: new plants"
    )
    level3 = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, db_comment="limit value: existing plants"
    )
    benchmark = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    baseline = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    standard = models.CharField(max_length=60)
    title = models.CharField(max_length=200, blank=True)
    effective_from = models.DateField(null=True)
    effective_to = models.DateField(null=True)
    note = models.TextField(blank=True)
    source = models.TextField()
    confidence = models.CharField(max_length=24)

    class Meta:
        db_table = "registry_limit"
        indexes = (
            models.Index(
                fields=("industry", "product", "effective_from"), name="registry_limit_product"
            ),
        )

    def __str__(self) -> str:
        return f"{self.standard} {self.product}"
