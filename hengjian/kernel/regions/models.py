"""Administrative divisions (GB/T 2260) and functional zones; public reference data."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RegionLevel(models.TextChoices):
    """Levels of division."""

    PROVINCE = "province", _("省")
    CITY = "city", _("市")
    COUNTY = "county", _("县（市、区）")


class Region(models.Model):
    """A division or functional zone. ``code`` has six digits; ``city`` and ``province`` are its ancestors or itself."""

    code = models.IntegerField(
        primary_key=True, db_comment="GB/T 2260 or statistical zone code, six digits"
    )
    name = models.CharField(max_length=60)
    level = models.CharField(max_length=10, choices=RegionLevel)
    functional_zone = models.BooleanField(
        default=False, db_comment="development zone: no GB/T 2260 code, may be 监管属地"
    )
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    city = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    province = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    lon = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    lat = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    datum = models.CharField(max_length=60, blank=True)
    source = models.TextField()
    confidence = models.CharField(max_length=24)

    class Meta:
        db_table = "regions_region"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name
