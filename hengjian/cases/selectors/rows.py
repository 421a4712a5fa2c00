"""What the lists of problems and inquiries share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hengjian.kernel.calendar.rules import PROVISIONAL, workdays_between
from hengjian.kernel.calendar.table import shipped_calendar
from hengjian.kernel.regions.models import Region

PAGE = 50
R = TypeVar("R")
TONES: Mapping[str, str] = {"closed": "done", "accepted": "done", "withdrawn": "done"}


def place_of(region: Region) -> str:
    """City and county; needs ``select_related("region__city")``."""
    if region.city is None or region.city_id == region.pk:
        return region.name
    return f"{region.city.name} {region.name}"


def due_text(due: date, today: date, *, settled: bool, provisional: bool = False) -> str:
    """The day, and how many working days are left or by how many days it is late."""
    day = f"{due:%m-%d}" if due.year == today.year else due.isoformat()
    mark = f"，{_(PROVISIONAL)}" if provisional else ""
    if settled:
        return day
    if due < today:
        return _("%(day)s（逾期 %(days)s 日）") % {"day": day, "days": (today - due).days}
    if due == today:
        return _("%(day)s（今日到期）") % {"day": day}
    left = workdays_between(today, due, shipped_calendar()) - 1
    return _("%(day)s（剩 %(days)s 个工作日%(mark)s）") % {
        "day": day,
        "days": max(left, 0),
        "mark": mark,
    }


def moment(at: datetime | None) -> str:
    """Date and time of the province; empty when it has not happened."""
    return f"{localtime(at):%Y-%m-%d %H:%M}" if at else ""


def page_of(rows: QuerySet[Any], number: int, show: Callable[[Any], R]) -> Page[R]:
    """One page of ``rows``, each as ``show`` makes it."""
    found = Paginator(rows, PAGE).get_page(number)
    shown: list[Any] = [show(row) for row in found]
    return Page(shown, found.number, found.paginator)
