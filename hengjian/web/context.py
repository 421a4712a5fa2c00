"""What every page's frame needs: who acts in which post, the navigation that the post allows, demo mark, version."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from hengjian.kernel.access.actor import ANONYMOUS


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of base.html."""
    return {
        "actor": getattr(request, "actor", ANONYMOUS),
        "duties": getattr(request, "duties", []),
        "demo": settings.DEMO,
    }
