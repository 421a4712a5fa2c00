"""Jobs of measures: take in a meter's file, report the days of meters, keep the list of forms, remind."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from procrastinate.contrib.django import app

from hengjian.kernel.access.actor import worker
from hengjian.kernel.calendar import clock
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.database.scope import transaction_as
from hengjian.kernel.errors import DomainError
from hengjian.kernel.text import N_
from hengjian.measures.services.meter_days import report_days
from hengjian.measures.services.meter_import import fail_import, finish, take_file
from hengjian.measures.services.obligations import assign_obligations
from hengjian.measures.services.reminders import remind_due

NAME = N_("计量汇总")
KEEPER = N_("报送管理")


@app.task(name="measures.take_meter_file", pass_context=False, retry=3)
def take_meter_file(batch: str) -> None:
    """Store the readings of a confirmed file, then report its days: two transactions, each repeatable."""
    actor, batch_id = worker(NAME), UUID(batch)
    try:
        with transaction_as(kind=Kind.WORKER, uid=None, duty=None, today=clock.today()):
            days = take_file(actor=actor, batch_id=batch_id, now=clock.now())
    except DomainError as error:
        with transaction_as(kind=Kind.WORKER, uid=None, duty=None, today=clock.today()):
            fail_import(actor=actor, batch_id=batch_id, error=error, now=clock.now())
        return
    with transaction_as(kind=Kind.WORKER, uid=None, duty=None, today=clock.today()):
        finish(actor=actor, batch_id=batch_id, days=days, now=clock.now(), today=clock.today())


@app.task(name="measures.report_meter_days", pass_context=False, retry=3)
def report_meter_days(site: str, days: list[str]) -> None:
    """Report the complete ones of ``days`` of a site as source meter; repeating it changes nothing."""
    with transaction_as(kind=Kind.WORKER, uid=None, duty=None, today=clock.today()):
        report_days(
            actor=worker(NAME),
            site_id=UUID(site),
            days=[date.fromisoformat(day) for day in days],
            now=clock.now(),
            today=clock.today(),
        )


def defer_meter_file(batch_id: UUID) -> None:
    """Queue a confirmed file, in the caller's transaction."""
    take_meter_file.defer(batch=str(batch_id))


def defer_meter_days(site_id: UUID, days: Iterable[date]) -> None:
    """Queue the days that readings touched, in the caller's transaction."""
    report_meter_days.defer(site=str(site_id), days=[day.isoformat() for day in days])


@app.periodic(cron="5 * * * *")
@app.task(name="measures.remind", queueing_lock="measures.remind", pass_context=False)
def remind_of_due(timestamp: int) -> None:
    """Every hour: whoever let a deadline pass is reminded, once."""
    del timestamp  # procrastinate's plan
    with transaction_as(kind=Kind.WORKER, uid=None, duty=None, today=clock.today()):
        remind_due(actor=worker(KEEPER), now=clock.now(), today=clock.today())


@app.periodic(cron="40 17 * * *")  # 01:40 in Asia/Shanghai: procrastinate reads UTC
@app.task(name="measures.assign", queueing_lock="measures.assign", pass_context=False)
def assign_by_rule(timestamp: int) -> None:
    """Every night: the list of who owes which form follows the registry."""
    del timestamp  # procrastinate's plan
    with transaction_as(kind=Kind.WORKER, uid=None, duty=None, today=clock.today()):
        assign_obligations(actor=worker(KEEPER), now=clock.now(), today=clock.today())
