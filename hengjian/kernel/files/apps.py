"""App of files."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """The kernel's files."""

    name = "hengjian.kernel.files"
    label = "files"
