"""All declarations of all apps, collected once from each app's ``permissions.py``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from django.conf import settings

from hengjian.kernel.database.declare import Table


@cache
def permission_modules() -> tuple[ModuleType, ...]:
    """The ``permissions`` modules of the installed apps of the project."""
    names = [f"{app}.permissions" for app in settings.INSTALLED_APPS if app.startswith("hengjian.")]
    return tuple(import_module(name) for name in names if find_spec(name) is not None)


@cache
def tables() -> Mapping[str, Table]:
    """Every declared table by its name. A table declared twice is an error of the program."""
    found: dict[str, Table] = {}
    for module in permission_modules():
        for table in getattr(module, "TABLES", ()):
            if table.name in found:
                raise RuntimeError(f"table declared twice: {table.name}")
            found[table.name] = table
    return found
