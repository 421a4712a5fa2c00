"""App of audit."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The kernel's audit."""

    name = "hengjian.kernel.audit"
    label = "audit"
