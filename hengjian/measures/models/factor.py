"""Dated conversion factors (GB/T 2589-2020, emission factors); a change is a new row from a new day."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from hengjian.measures.rules.conversion import Figure


class FactorSet(models.Model):
    """One edition from which factors are taken; its code is the version that every figure names."""

    code = models.CharField(
        max_length=80, primary_key=True, db_comment="version, as kept with each report"
    )

    class Meta:
        db_table = "measures_factor_set"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class Factor(models.Model):
    """Tonnes (tce or CO2) for one ``unit`` of ``subject``, in force from a day to a day."""

    set = models.ForeignKey(FactorSet, models.PROTECT, related_name="factors")
    subject = models.CharField(max_length=40)
    figure = models.CharField(max_length=12, choices=[(f.value, f.value) for f in Figure])
    value = models.DecimalField(max_digits=20, decimal_places=9)
    unit = models.CharField(max_length=20)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, db_comment="last day; null: open")
    derived_from = models.CharField(max_length=120, blank=True)
    note = models.TextField(blank=True)
    source = models.TextField()
    confidence = models.CharField(max_length=24)

    class Meta:
        db_table = "measures_factor"
        ordering = ("subject", "figure", "valid_from")
        constraints = (
            models.UniqueConstraint(
                fields=("subject", "figure", "valid_from"), name="measures_factor_once"
            ),
            models.CheckConstraint(
                condition=Q(figure__in=[f.value for f in Figure]), name="measures_factor_figure"
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="measures_factor_not_negative"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="measures_factor_days",
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject} {self.figure} {self.valid_from}"
