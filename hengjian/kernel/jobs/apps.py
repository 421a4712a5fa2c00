"""App of jobs."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The kernel's jobs."""

    name = "hengjian.kernel.jobs"
    label = "jobs"
