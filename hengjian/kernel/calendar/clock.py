"""The only place that reads the clock; everything else is given `now` or `today`.

`HENGJIAN_DEMO_DATE` (ISO date) fixes today for demo, tests and screenshots; the time of day runs on.
Works without Django, so the command line may ask before settings are loaded.
"""

import os
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

PLAN_ZONE = ZoneInfo("Asia/Shanghai")
DEMO_DATE = "HENGJIAN_DEMO_DATE"


def now() -> datetime:
    """The present moment, aware, in UTC.

    Raises:
        ValueError: HENGJIAN_DEMO_DATE is set and no ISO date.
    """
    real = datetime.now(UTC)
    demo = _demo_date()
    if demo is None:
        return real
    local = real.astimezone(PLAN_ZONE)
    return datetime.combine(demo, local.time(), PLAN_ZONE).astimezone(UTC)


def today() -> date:
    """The present calendar day in Asia/Shanghai.

    Raises:
        ValueError: HENGJIAN_DEMO_DATE is set and no ISO date.
    """
    return now().astimezone(PLAN_ZONE).date()


def _demo_date() -> date | None:
    text = os.environ.get(DEMO_DATE, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{DEMO_DATE}={text!r}: not an ISO date such as 2025-06-03") from error
