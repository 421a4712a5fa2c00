"""The request as views see it: the middleware has added who acts, when, and in which posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from hengjian.kernel.access.actor import Actor

if TYPE_CHECKING:
    from hengjian.kernel.access.models import Duty


class HouseRequest(HttpRequest):
    """For annotations: ``actor``, ``now`` (aware, UTC), ``today`` (Asia/Shanghai), ``duties`` in force, ``htmx``."""

    actor: Actor
    now: datetime
    today: date
    duties: Sequence[Duty]
    htmx: HtmxDetails
