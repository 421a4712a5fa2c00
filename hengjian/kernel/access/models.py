"""Accounts, their duties, and the dated scope of each duty. Not under row security: the policies read them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from hengjian.kernel.access.declare import ROLES, Role, Sphere
from hengjian.kernel.database.ids import uuid7

_SPHERE_OF_ROLE = Q()
for _sphere in Sphere:
    _SPHERE_OF_ROLE |= Q(
        sphere=_sphere.value,
        role__in=sorted(r.value for r, s in ROLES.items() if s.sphere is _sphere),
    )


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by user name; making one is ``services.open_account``'s business."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """By user name, case kept: ``username`` is stored lower-case."""
        return self.get(username=(username or "").strip().lower())


class Account(AbstractBaseUser):
    """A person's sign-in. ``sphere`` never changes: an administrator's account holds no business duty."""

    username = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=60, db_comment="the person's name as shown and recorded")
    sphere = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Sphere])
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(
        default=False, db_comment="signs in without second factor in demo mode only"
    )
    password_changed_at = models.DateTimeField(null=True)
    must_change_password = models.BooleanField(default=True)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        db_table = "access_account"
        constraints = (
            models.CheckConstraint(
                condition=Q(username__regex=r"^[a-z0-9][a-z0-9._-]{1,39}$"),
                name="access_username_form",
            ),
            models.CheckConstraint(
                condition=Q(sphere__in=[s.value for s in Sphere]), name="access_sphere_known"
            ),
            models.UniqueConstraint(fields=("id", "sphere"), name="access_account_sphere"),
        )

    def __str__(self) -> str:
        return self.name


class PasswordHistory(models.Model):
    """Hashes of former passwords, so that the last five are not used again (profile ``dengbao3``)."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="passwords")
    password = models.CharField(max_length=128)
    at = models.DateTimeField()

    class Meta:
        db_table = "access_password_history"

    def __str__(self) -> str:
        return f"{self.account_id} {self.at}"


class Duty(models.Model):
    """What an account may act as: one role, the post's text, and the days it holds.

    ``sphere`` repeats the role's and must equal the account's (composite foreign key in the migration).
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="duties")
    role = models.CharField(max_length=30, choices=[(r.value, s.label) for r, s in ROLES.items()])
    sphere = models.CharField(max_length=10)
    post = models.CharField(max_length=120, db_comment="organ and post as shown and recorded")
    home_region = models.ForeignKey("regions.Region", models.PROTECT, null=True, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, db_comment="last day; null: open")

    class Meta:
        db_table = "access_duty"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=_SPHERE_OF_ROLE, name="access_duty_sphere_of_role"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="access_duty_days",
            ),
        )

    def __str__(self) -> str:
        return self.post

    @property
    def role_spec(self) -> str:
        """The Chinese name of the role (message id)."""
        return ROLES[Role(self.role)].label


class Reach(models.Model):
    """One dated piece of a duty's scope: a region with all below it, an enterprise, a site, or a case."""

    duty = models.ForeignKey(Duty, models.CASCADE, related_name="reaches")
    region = models.ForeignKey("regions.Region", models.PROTECT, null=True, related_name="+")
    enterprise = models.UUIDField(null=True)
    site = models.UUIDField(null=True)
    case = models.UUIDField(null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    basis = models.CharField(
        max_length=120, blank=True, db_comment="why: post, campaign, invitation"
    )

    class Meta:
        db_table = "access_reach"
        indexes = (models.Index(fields=("duty",), name="access_reach_duty"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(region__isnull=False, enterprise=None, site=None, case=None)
                | Q(region=None, enterprise__isnull=False, site=None, case=None)
                | Q(region=None, enterprise=None, site__isnull=False, case=None)
                | Q(region=None, enterprise=None, site=None, case__isnull=False),
                name="access_reach_is_one_thing",
            ),
        )

    def __str__(self) -> str:
        return f"{self.duty_id}: {self.region_id or self.enterprise or self.site or self.case}"


class Sender(models.Model):
    """A sender's system: what its account may deliver, and from where. Its reach is that of its duty."""

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True, related_name="sender")
    sources = ArrayField(
        models.CharField(max_length=12), db_comment="sources that it may vouch for"
    )
    networks = ArrayField(
        models.CharField(max_length=43), default=list, db_comment="CIDR; empty: from anywhere"
    )
    contact = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "access_sender"
        constraints = (
            models.CheckConstraint(condition=~Q(sources=[]), name="access_sender_delivers"),
        )

    def __str__(self) -> str:
        return f"{self.account_id}"


class Key(models.Model):
    """A key of a sender's system; the key itself is shown once and kept by its holder alone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sender = models.ForeignKey(Sender, models.PROTECT, related_name="keys")
    prefix = models.CharField(max_length=8, unique=True, db_comment="visible part")
    digest = models.CharField(
        max_length=64, db_comment="SHA-256 of the whole key: 256 random bits need no slow hash"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True, db_comment="to the minute")

    class Meta:
        db_table = "access_key"
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.prefix


class Bucket(models.Model):
    """Token bucket of one key (user, address, route class): throttles sign-in, API and uploads."""

    key = models.CharField(
        max_length=64, primary_key=True, db_comment="SHA-256 of class and subject"
    )
    tokens = models.FloatField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "access_bucket"

    def __str__(self) -> str:
        return self.key
