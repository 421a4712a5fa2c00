"""Upkeep of the queue: a job whose worker died is tried again."""

from __future__ import annotations

from procrastinate import JobContext
from procrastinate.contrib.django import app

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
