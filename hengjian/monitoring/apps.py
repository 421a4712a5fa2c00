"""App of monitoring."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Monitoring."""

    name = "hengjian.monitoring"
    label = "monitoring"
