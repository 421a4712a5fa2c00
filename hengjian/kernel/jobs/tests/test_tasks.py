"""A job whose worker died is tried again, under the worker's own login; a job that runs is left alone."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import psycopg
from procrastinate import App, JobContext, PsycopgConnector

from hengjian.kernel.jobs.tasks import retry_stalled
from tests.support import database
from tests.support.plugin import SERVER

_JOBS = """
WITH w AS (
  INSERT INTO procrastinate_workers (last_heartbeat)
  VALUES (now() - interval '10 minutes'), (now()) RETURNING id, last_heartbeat
)
INSERT INTO procrastinate_jobs (task_name, queue_name, status, worker_id)
SELECT CASE WHEN last_heartbeat < now() THEN 'dead' ELSE 'alive' END, 'default', 'doing', id FROM w
"""


async def _retry(url: str) -> None:
    app = App(connector=PsycopgConnector(conninfo=url))
    async with app.open_async():
        context = cast("JobContext", SimpleNamespace(app=app))
        await cast("Any", retry_stalled).func(context, timestamp=0)


def test_a_dead_workers_job_is_tried_again() -> None:
    with database.clone(SERVER, "jobs") as name:
        url = database.url_of(SERVER, name, "hengjian_worker")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_JOBS)
            asyncio.run(_retry(url))
            rows = connection.execute("SELECT task_name, status FROM procrastinate_jobs").fetchall()
    assert set(rows) == {("dead", "todo"), ("alive", "doing")}
