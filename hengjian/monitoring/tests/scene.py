"""A ferroalloy works whose coke decides whether it keeps the limit of 950 kgce/t (GB 21341-2022, level 3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from hengjian.kernel.access.actor import worker
from hengjian.measures.services.bulk import Delivery, bulk_intake
from hengjian.monitoring.models import Run
from hengjian.monitoring.services.runs import run_rules
from hengjian.registry.models import Site
from hengjian.registry.tests.factories import make_line, make_site
from tests.support.roles import acting

PRODUCT = "锰硅合金"
TODAY = date(2026, 11, 23)
DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
PLATFORM = worker("监测")
# 500 t; 200 x 10^4 kWh x 1.229 = 245.8 tce; coke x 0.9714: 200 t -> 880 kgce/t, 260 t -> 996.7 kgce/t
WITHIN, OVER = "200", "260"


def make_works(**fields: object) -> Site:
    """One product, one line that names the limit's product."""
    site = make_site(industry="ferroalloy", **fields)  # type: ignore[arg-type]
    make_line(site, industry="ferroalloy", product=PRODUCT)
    return site


def days_to(last: date, count: int) -> list[date]:
    """``count`` days that end on ``last``."""
    return [last - timedelta(days=back) for back in reversed(range(count))]


def report(
    site: Site, days: Iterable[date], coke: str, *, reason: str = "", output: str = "500"
) -> None:
    """One report of the enterprise for each day."""
    rows = [
        Delivery(
            report_id=uuid4(),
            site_id=site.pk,
            period=day,
            source="enterprise",
            quantities={
                "ferroalloy_output": (output, ""),
                "electricity_purchased": ("200", ""),
                "coke": (coke, ""),
            },
            reason=reason,
        )
        for day in days
    ]
    with acting(PLATFORM):
        bulk_intake(actor=PLATFORM, rows=rows, now=NOW, today=TODAY)


def judge(lake: Path, day: date = DAY, now: datetime = NOW) -> list[Run]:
    """One run, as the worker."""
    with acting(PLATFORM):
        return run_rules(actor=PLATFORM, day=day, now=now, lake=lake)
