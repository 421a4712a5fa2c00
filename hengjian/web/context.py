"""What every page's frame needs: who acts in which post, the navigation that the post allows, demo mark, version."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from hengjian.kernel.access.actor import ANONYMOUS, Actor
from hengjian.kernel.access.scope import can
from hengjian.web.navigation import navigation

VERSION = version("hengjian")


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of base.html; one count of open work per page, nothing for a person who is not signed in."""
    actor: Actor = getattr(request, "actor", ANONYMOUS)
    common = {"demo": settings.DEMO, "version": VERSION}
    if actor.account_id is None:
        return common
    organ, _sep, post = actor.post.partition(" · ")
    return common | {
        "user_name": actor.name,
        "organ": organ,
        "post": post,
        "posts": [
            {"id": d.pk, "label": d.post, "current": d.pk == actor.duty_id}
            for d in getattr(request, "duties", [])
        ],
        "switch_post_url": reverse("assume_post"),
        "nav": navigation(actor, request.path),
        "may_search": can(actor, "registry.site.view"),
        "inbox_url": reverse("kernel:my_day"),
        "inbox_count": getattr(request, "open_work", 0),
        "data_time": timezone.localtime(request.now).strftime("%Y-%m-%d %H:%M")
        if hasattr(request, "now")
        else "",
    }
