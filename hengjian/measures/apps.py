"""App of measures."""

from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    """Measures."""

    name = "hengjian.measures"
    label = "measures"
