"""Organs, posts, people and terms (S1, G1): who serves where, from when to when, in whose stead."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hengjian.kernel.access.declare import ROLES
from hengjian.kernel.access.models import Account, Duty
from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.kernel.database.ids import uuid7
from hengjian.kernel.regions.models import Region


class Department(models.TextChoices):
    """The departments that the plan names, and the organs around them."""

    DRC = "drc", _("发展改革")
    IIT = "iit", _("工业和信息化")
    ECO_ENV = "eco_env", _("生态环境")
    MARKET_REGULATION = "market_regulation", _("市场监管")
    STATISTICS = "statistics", _("统计")
    FOUR_ENTRY = "four_entry", _("“四进”攻坚")
    GOVERNMENT = "government", _("人民政府")
    DISCIPLINE = "discipline", _("纪检监察与审计")
    ENTERPRISE = "enterprise", _("企业")
    PLATFORM = "platform", _("平台运行管理")
    OTHER = "other", _("其他")


class Organ(models.Model):
    """A department, office, enterprise or association that holds posts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80)
    department = models.CharField(max_length=20, choices=Department)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    enterprise = models.UUIDField(null=True)
    site = models.UUIDField(null=True)

    objects: ClassVar[ScopedQuerySet[Organ]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "people_organ"
        ordering = ("region_id", "name")
        constraints = (
            models.UniqueConstraint(fields=("region", "name"), name="people_organ_once"),
        )

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A post of an organ: the role it gives and the region, enterprise or site that it reaches."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organ = models.ForeignKey(Organ, models.PROTECT, related_name="posts")
    title = models.CharField(max_length=60)
    role = models.CharField(max_length=30, choices=[(r.value, s.label) for r, s in ROLES.items()])
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    enterprise = models.UUIDField(null=True)
    site = models.UUIDField(null=True)
    closed_on = models.DateField(null=True)

    objects: ClassVar[ScopedQuerySet[Post]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "people_post"
        ordering = ("region_id", "organ_id", "title")

    def __str__(self) -> str:
        return self.title


class Person(models.Model):
    """A person; the account is the way in, the person stays when it is closed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=60)
    account = models.OneToOneField(Account, models.PROTECT, null=True, related_name="person")
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="+", db_comment="where the person serves"
    )
    enterprise = models.UUIDField(null=True)

    objects: ClassVar[ScopedQuerySet[Person]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "people_person"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Term(models.Model):
    """A person in a post from a day to a day; ``substitute`` while the holder is away. Never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    post = models.ForeignKey(Post, models.PROTECT, related_name="terms")
    person = models.ForeignKey(Person, models.PROTECT, related_name="terms")
    duty = models.OneToOneField(Duty, models.PROTECT, null=True, related_name="term")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    enterprise = models.UUIDField(null=True)
    site = models.UUIDField(null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, db_comment="last day; null: open")
    substitute = models.BooleanField(default=False)
    basis = models.CharField(max_length=120, blank=True, db_comment="document of the appointment")

    objects: ClassVar[ScopedQuerySet[Term]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "people_term"
        ordering = ("-valid_from",)
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="people_term_days",
            ),
            models.UniqueConstraint(
                fields=("post", "person", "valid_from"), name="people_term_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} {self.post}"
