"""The one history (G1, M1.6, M2.4): append-only entries that keep the exact text of what was done."""

from __future__ import annotations

from django.db import models

from hengjian.kernel.database.append_only import append_only
from hengjian.kernel.database.ids import uuid7


class Entry(models.Model):
    """One act, or one refused attempt. The actor is an id and the texts shown then: they outlive the account."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(db_comment="server time of the act")
    actor_account = models.BigIntegerField(
        null=True, db_comment="account id; null: nobody or the platform"
    )
    actor_name = models.CharField(max_length=60)
    actor_post = models.CharField(max_length=120, blank=True)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=100, db_comment="kind:id of the object")
    region = models.IntegerField(
        null=True, db_comment="region of the object: decides who reads the entry"
    )
    reason = models.TextField(blank=True)
    refused = models.BooleanField(default=False)
    request_id = models.CharField(max_length=32, blank=True)
    canon = models.TextField(db_comment="exact JSON text of the act, kept as written")
    digest = models.CharField(max_length=64, db_comment="SHA-256 of canon (UTF-8)")

    class Meta:
        db_table = "audit_entry"
        indexes = (
            models.Index(fields=("subject", "at"), name="audit_subject_at"),
            models.Index(fields=("region", "-at"), name="audit_region_at"),
            models.Index(fields=("actor_account", "-at"), name="audit_actor_at"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(digest__regex="^[0-9a-f]{64}$"), name="audit_digest_is_sha256"
            ),
        )
        triggers = append_only("audit_entry")

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"
