"""Files by content: the original is kept as received, images are served re-encoded."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from hengjian.kernel.access.scope import ScopedQuerySet
from hengjian.kernel.database.ids import uuid7
from hengjian.kernel.regions.models import Region


class File(models.Model):
    """One received file and the object it belongs to. Bytes lie under ``FILES_DIR`` by their SHA-256."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.CharField(max_length=100, db_comment="kind:id of the object it belongs to")
    name = models.CharField(max_length=160, db_comment="name as sent, without folders")
    media_type = models.CharField(
        max_length=80, db_comment="found by looking at the bytes, not as claimed"
    )
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, db_comment="of the original")
    served_sha256 = models.CharField(
        max_length=64, db_comment="of what is served: the re-encoded image, else the original"
    )
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    enterprise = models.UUIDField(null=True)
    site = models.UUIDField(
        null=True, db_comment="site it belongs to; its region follows the site's (registry 0003)"
    )
    resident_site = models.UUIDField(
        null=True, db_comment="the same site where its resident supervisor may see the file"
    )
    received_at = models.DateTimeField()
    received_by = models.BigIntegerField(null=True, db_comment="account id")

    objects: ClassVar[ScopedQuerySet[File]] = ScopedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        db_table = "files_file"
        constraints = (
            models.UniqueConstraint(fields=("subject", "sha256"), name="files_file_once"),
            models.CheckConstraint(
                condition=models.Q(resident_site=None)
                | models.Q(site__isnull=False, resident_site=models.F("site")),
                name="files_file_resident_of_site",
            ),
        )

    def __str__(self) -> str:
        return self.name
