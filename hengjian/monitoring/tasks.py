"""Jobs of monitoring: the daily run."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from procrastinate.contrib.django import app

from hengjian.kernel.access.actor import worker
from hengjian.kernel.calendar import clock
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.database.scope import transaction_as
from hengjian.kernel.text import N_

NAME = N_("监测")
TRIAL_FAILED = N_("试算没有完成，请重试；仍不行请联系系统管理员")
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


def try_change(change_id: UUID) -> None:
    """Try a proposed parameter on last month's data; each step in a transaction of its own, so progress shows."""
    from hengjian.monitoring.services import trials  # the engine: see run_day

    who, now, today = worker(NAME), clock.now(), clock.today()
    role: dict[str, Any] = {"kind": Kind.WORKER, "uid": None, "duty": None, "today": today}
    with transaction_as(**role):
        plan = trials.begin(actor=who, change_id=change_id, now=now, today=today)
    if plan is None:
        return
    try:
        with transaction_as(**role):
            before = trials.trial(actor=who, plan=plan, values=plan.before)
        with transaction_as(**role):
            trials.progress(actor=who, change_id=change_id, percent=50)
        with transaction_as(**role):
            after = trials.trial(actor=who, plan=plan, values=plan.after)
        with transaction_as(**role):
            trials.finish(actor=who, plan=plan, before=before, after=after, now=clock.now())
    except Exception:
        with transaction_as(**role):
            trials.fail(actor=who, change_id=change_id, why=TRIAL_FAILED)
        raise


@app.task(name="monitoring.trial", pass_context=False)
def trial(change_id: str) -> None:
    """A proposal was made: what would it have alerted last month."""
    try_change(UUID(change_id))
