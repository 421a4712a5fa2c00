"""Every verb of every app, collected once from each app's ``permissions.py``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from hengjian.kernel.access.declare import Verb
from hengjian.kernel.database.registry import permission_modules


@cache
def verbs() -> Mapping[str, Verb]:
    """Every verb by its code. A code declared twice is an error of the program."""
    found: dict[str, Verb] = {}
    for module in permission_modules():
        for verb in getattr(module, "VERBS", ()):
            if verb.code in found:
                raise RuntimeError(f"verb declared twice: {verb.code}")
            found[verb.code] = verb
    return found
