"""App of api."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Api."""

    name = "hengjian.api"
    label = "api"
