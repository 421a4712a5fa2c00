"""Sites (厂区) are what is supervised: region, industries, lines, meters, control and projects hang on them (W3)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.kernel.database.ids import uuid7
from hengjian.kernel.regions.models import Region
from hengjian.registry.models.enterprise import Enterprise
from hengjian.registry.models.industry import Industry


class Site(models.Model):
    """One plant. ``region`` is the supervising region; until a person confirmed it, the best proposal."""

    class Status(models.TextChoices):
        OPERATING = "operating", _("在产")
        SUSPENDED = "suspended", _("停产")
        BUILDING = "building", _("在建")
        CLOSED = "closed", _("已关停")
        PLANNED = "planned", _("拟建")
        CANCELLED = "cancelled", _("已取消")

    class Datum(models.TextChoices):
        WGS84 = "wgs84", "WGS-84"
        CGCS2000 = "cgcs2000", "CGCS2000"
        GCJ02 = "gcj02", "GCJ-02"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="sites")
    name = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160, blank=True)
    aliases = ArrayField(
        models.CharField(max_length=160), default=list, db_comment="other names of the plant"
    )
    region = models.ForeignKey(Region, models.PROTECT, related_name="sites")
    region_confirmed_at = models.DateTimeField(
        null=True, db_comment="null: proposed, not yet confirmed by a person"
    )
    proposed_region = models.ForeignKey(
        Region, models.PROTECT, null=True, related_name="+", db_comment="by point in polygon"
    )
    lon = models.DecimalField(
        max_digits=9, decimal_places=6, null=True, db_comment="as given, in datum"
    )
    lat = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    datum = models.CharField(max_length=10, choices=Datum, default=Datum.WGS84)
    status = models.CharField(max_length=12, choices=Status, default=Status.OPERATING)
    commissioned_on = models.DateField(null=True)
    day_start = models.PositiveSmallIntegerField(
        default=0, db_comment="hour at which the production day starts"
    )
    key_site = models.BooleanField(default=False, db_comment="key enterprise: reports daily (M2.4)")
    search = models.TextField(
        db_comment="names of the plant and their initials, see text.search_key; the enterprise has its own"
    )
    is_demo = models.BooleanField(default=False, db_comment="invented: never a real firm")

    objects: ClassVar[ScopedQuerySet[Site]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "registry_site"
        ordering = ("region_id", "name", "id")
        indexes = (
            models.Index(fields=("region", "name", "id"), name="registry_site_region_name"),
            models.Index(fields=("enterprise",), name="registry_site_enterprise"),
        )
        constraints = (
            models.UniqueConstraint(fields=("id", "region"), name="registry_site_in_region"),
            # A latitude alone places nothing but still helps to match registers.
            models.CheckConstraint(
                condition=Q(lon=None) | Q(lat__isnull=False), name="registry_site_point"
            ),
            models.CheckConstraint(
                condition=Q(day_start__in=(0, 8, 20)), name="registry_site_day_start"
            ),
        )

    def __str__(self) -> str:
        return self.name


class SiteScoped(models.Model):
    """What belongs to a site carries its region and enterprise; the region follows the site (``follow_site``)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class SiteSource(SiteScoped):
    """Under which number a register knows the site; a second import of the register finds it by this."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="sources")
    source = models.CharField(max_length=200, db_comment="name of the register")
    source_id = models.CharField(max_length=200, db_comment="identity within the register")
    stated = models.JSONField(
        default=dict,
        db_comment="what the register said when last imported; only its changes are taken",
    )

    objects: ClassVar[ScopedQuerySet[SiteSource]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "registry_site_source"
        constraints = (
            models.UniqueConstraint(
                fields=("source", "source_id"), name="registry_site_source_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.source_id}"


class SiteIndustry(SiteScoped):
    """An industry of a site; a steel works has coking, captive power and lime beside it."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="industries")
    industry = models.ForeignKey(Industry, models.PROTECT, related_name="+")
    main = models.BooleanField(default=False)

    objects: ClassVar[ScopedQuerySet[SiteIndustry]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "registry_site_industry"
        constraints = (
            models.UniqueConstraint(
                fields=("site", "industry"), name="registry_site_industry_once"
            ),
            models.UniqueConstraint(
                fields=("site",), condition=Q(main=True), name="registry_site_one_main_industry"
            ),
        )

    def __str__(self) -> str:
        return f"{self.site_id} {self.industry_id}"


class Line(SiteScoped):
    """A production line: product and capacity per year."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="lines")
    name = models.CharField(max_length=80)
    industry = models.ForeignKey(Industry, models.PROTECT, related_name="+")
    product = models.CharField(max_length=120, db_comment="product code of measures' daily form")
    capacity = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    capacity_unit = models.CharField(max_length=20, blank=True)
    commissioned_on = models.DateField(null=True)
    retired_on = models.DateField(null=True)

    objects: ClassVar[ScopedQuerySet[Line]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "registry_line"
        constraints = (
            models.CheckConstraint(
                condition=Q(capacity=None) | Q(capacity__gte=0), name="registry_line_capacity"
            ),
        )

    def __str__(self) -> str:
        return self.name


class OutputControl(SiteScoped):
    """The site is under output control (M3): named sites with dates, not the whole industry."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="output_controls")
    product = models.CharField(max_length=120)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    basis = models.CharField(max_length=160)

    objects: ClassVar[ScopedQuerySet[OutputControl]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "registry_output_control"
        constraints = (
            models.UniqueConstraint(
                fields=("site", "product", "valid_from"), name="registry_output_control_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="registry_output_control_days",
            ),
        )

    def __str__(self) -> str:
        return f"{self.site_id} {self.product}"


class Project(SiteScoped):
    """A two-high construction project at a site (M2.1, M2.2); its ledgers come with those mechanisms."""

    class Stage(models.TextChoices):
        PREPARING = "preparing", _("前期")
        BUILDING = "building", _("在建")
        TRIAL = "trial", _("试运行")
        EXISTING = "existing", _("存量")

    site = models.ForeignKey(Site, models.PROTECT, related_name="projects")
    name = models.CharField(max_length=160)
    code = models.CharField(
        max_length=40, blank=True, db_comment="code of the national online approval platform"
    )
    industry = models.ForeignKey(Industry, models.PROTECT, related_name="+")
    stage = models.CharField(max_length=12, choices=Stage)
    listed = models.BooleanField(default=False, db_comment="on the provincial list")

    objects: ClassVar[ScopedQuerySet[Project]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "registry_project"
        constraints = (
            models.UniqueConstraint(
                fields=("code",), condition=~Q(code=""), name="registry_project_code_once"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Meter(SiteScoped):
    """A metering instrument (GB 17167): level, what it measures, accuracy class, verification."""

    class Level(models.IntegerChoices):
        SITE = 1, _("进出用能单位")
        SUB_UNIT = 2, _("主要次级用能单位")
        EQUIPMENT = 3, _("主要用能设备")

    site = models.ForeignKey(Site, models.PROTECT, related_name="meters")
    code = models.CharField(max_length=60, db_comment="the enterprise's own number")
    level = models.PositiveSmallIntegerField(choices=Level)
    medium = models.CharField(max_length=40, db_comment="energy or product code measured")
    accuracy_class = models.CharField(max_length=10, blank=True)
    relative_error = models.DecimalField(
        max_digits=6,
        decimal_places=4,
        null=True,
        db_comment="permitted relative error, 0.005 is half a percent",
    )
    verified_on = models.DateField(null=True)
    interval_months = models.PositiveSmallIntegerField(null=True)
    retired_on = models.DateField(null=True)

    objects: ClassVar[ScopedQuerySet[Meter]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "registry_meter"
        constraints = (
            models.UniqueConstraint(fields=("site", "code"), name="registry_meter_once"),
        )

    def __str__(self) -> str:
        return self.code
