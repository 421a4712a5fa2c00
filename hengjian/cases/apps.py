"""App of cases."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Cases."""

    name = "hengjian.cases"
    label = "cases"
