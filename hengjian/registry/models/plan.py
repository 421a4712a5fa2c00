"""Annual output plans (产量控制目标, M3): what a site may make of a product in a year; a change is the next revision."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.kernel.database.append_only import kept_in_place
from hengjian.registry.models.site import SiteScoped


class OutputPlan(SiteScoped):
    """One revision of a plan; the highest one of site, product and year holds."""

    product = models.CharField(max_length=40, db_comment="product code of measures' daily form")
    year = models.PositiveSmallIntegerField()
    revision = models.PositiveSmallIntegerField()
    amount = models.DecimalField(max_digits=24, decimal_places=6, db_comment="for the whole year")
    unit = models.CharField(max_length=20, db_comment="unit code of measures")
    basis = models.CharField(max_length=200, db_comment="document that sets the plan")
    reason = models.CharField(max_length=200, blank=True, db_comment="why changed; empty at first")
    set_account = models.BigIntegerField(null=True, db_comment="null: the platform")
    set_name = models.CharField(max_length=60)
    set_post = models.CharField(max_length=120, blank=True)
    set_at = models.DateTimeField(db_comment="server time; rules know the plan from then on")

    objects: ClassVar[ScopedQuerySet[OutputPlan]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "registry_output_plan"
        ordering = ("-year", "product", "-revision")
        constraints = (
            models.UniqueConstraint(
                fields=("site", "product", "year", "revision"), name="registry_output_plan_once"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="registry_output_plan_amount"),
            models.CheckConstraint(
                condition=Q(year__range=(2000, 2100)), name="registry_output_plan_year"
            ),
            models.CheckConstraint(
                condition=~Q(basis="") & ~Q(unit=""), name="registry_output_plan_basis"
            ),
            models.CheckConstraint(
                condition=Q(revision=1, reason="") | (Q(revision__gt=1) & ~Q(reason="")),
                name="registry_output_plan_reason",
            ),
        )
        triggers = kept_in_place("registry_output_plan")

    def __str__(self) -> str:
        return f"{self.site_id} {self.product} {self.year}"
