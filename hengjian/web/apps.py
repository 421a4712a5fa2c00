"""App of web."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Web."""

    name = "hengjian.web"
    label = "web"
