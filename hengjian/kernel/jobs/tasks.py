"""Upkeep of the queue: a job whose worker died is tried again."""

from __future__ import annotations

from procrastinate import JobContext
from procrastinate.contrib.django import app

from hengjian.kernel.access.services import prune
from hengjian.kernel.calendar.clock import now, today
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.database.scope import transaction_as

# Three missed heartbeats (procrastinate beats every 10 s); every job is idempotent, so a late one may run twice.
SILENT_SECONDS = 30


@app.periodic(cron="*/5 * * * *")
@app.task(name="jobs.retry_stalled", queueing_lock="jobs.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Put back every job that is marked as running by a worker that no longer beats."""
    del timestamp  # procrastinate's plan
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        await manager.retry_job(job)


@app.periodic(cron="17 19 * * *")  # 03:17 in Asia/Shanghai: procrastinate reads UTC
@app.task(name="jobs.prune", queueing_lock="jobs.prune")
def forget_ended(timestamp: int) -> None:
    """Ended sessions and full buckets go; nothing else is ever deleted."""
    del timestamp  # procrastinate's plan
    with transaction_as(kind=Kind.WORKER, uid=None, duty=None, today=today()):
        prune(now=now())
