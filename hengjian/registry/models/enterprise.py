"""Enterprises (法人) and the names they bear or bore (W3)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.kernel.database.ids import uuid7
from hengjian.kernel.regions.models import Region


class Enterprise(models.Model):
    """A legal person with one or more sites, possibly in different cities; it belongs to all their regions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    credit_code = models.CharField(  # noqa: DJ001 - unique where known, several may be unknown
        max_length=18, null=True, unique=True, db_comment="GB 32100; null: 待补"
    )
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    seat = models.ForeignKey(Region, models.PROTECT, related_name="+", db_comment="registered seat")
    regions = ArrayField(
        models.IntegerField(), db_comment="seat and regions of all sites: decides who sees it"
    )
    parent = models.CharField(
        max_length=400, blank=True, db_comment="owner or group as the source states"
    )
    search = models.TextField(
        db_comment="name, former names, aliases, code, initials; lower case, see text.search_key"
    )

    objects: ClassVar[ScopedQuerySet[Enterprise]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "registry_enterprise"
        indexes = (GinIndex(fields=("regions",), name="registry_enterprise_regions"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(credit_code=None) | Q(credit_code__regex="^[0-9A-HJ-NPQRTUWXY]{18}$"),
                name="registry_credit_code_form",
            ),
            models.CheckConstraint(
                condition=Q(regions__len__gt=0), name="registry_enterprise_somewhere"
            ),
        )

    def __str__(self) -> str:
        return self.name


class EnterpriseName(models.Model):
    """A former name or alias; searched like the name itself."""

    class Kind(models.TextChoices):
        FORMER = "former", _("曾用名")
        ALIAS = "alias", _("别名")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="names")
    regions = ArrayField(models.IntegerField())
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=10, choices=Kind)
    until = models.DateField(null=True, db_comment="last day of a former name")

    objects: ClassVar[ScopedQuerySet[EnterpriseName]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "registry_enterprise_name"
        constraints = (
            models.UniqueConstraint(
                fields=("enterprise", "name"), name="registry_enterprise_name_once"
            ),
        )

    def __str__(self) -> str:
        return self.name
