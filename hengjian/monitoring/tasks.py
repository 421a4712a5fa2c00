"""Jobs of monitoring: the daily run."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from procrastinate.contrib.django import app

from hengjian.kernel.access.actor import worker
from hengjian.kernel.calendar import clock
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.database.scope import transaction_as
from hengjian.kernel.text import N_

NAME = N_("监测")
# 06:00 in Asia/Shanghai; procrastinate reads cron lines in UTC.
DAILY = "0 22 * * *"


def run_day(day: date) -> None:
    """Run the rules for a day in a transaction of the worker's role; repeating it is harmless."""
    # Every process loads this module to know its jobs; only this one needs the engine (1 s, 80 MB).
    from hengjian.monitoring.services.runs import run_rules

    with transaction_as(kind=Kind.WORKER, uid=None, duty=None, today=clock.today()):
        run_rules(actor=worker(NAME), day=day, now=clock.now())


@app.periodic(cron=DAILY)
@app.task(name="monitoring.daily", queueing_lock="monitoring.daily", pass_context=False)
def daily(timestamp: int) -> None:
    """Every morning: the newest day that had to be reported."""
    del timestamp  # procrastinate's plan; the day is the calendar's
    run_day(clock.today() - timedelta(days=settings.REPORT_DAY_LAG))
