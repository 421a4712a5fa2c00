"""App of people."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """The kernel's people."""

    name = "hengjian.kernel.people"
    label = "people"
