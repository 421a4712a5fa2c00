"""Puts my day together from the selectors of the apps."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from hengjian.kernel.access.actor import Actor


def my_day_context(actor: Actor, today: date, now: datetime) -> dict[str, Any]:
    """Context of kernel/my_day.html."""
    return {
        "hello": actor.name,
        "day_text": today.isoformat(),
        "figures": [],
        "urgent": [],
        "gaps": [],
        "news": [],
        "links": [],
    }
