"""App of access."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """The kernel's access."""

    name = "hengjian.kernel.access"
    label = "access"
