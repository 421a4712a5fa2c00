"""App of regions."""

from django.apps import AppConfig


class RegionsConfig(AppConfig):
    """The kernel's regions."""

    name = "hengjian.kernel.regions"
    label = "regions"
