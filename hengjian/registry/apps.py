"""App of registry."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Registry."""

    name = "hengjian.registry"
    label = "registry"
