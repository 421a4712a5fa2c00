"""A job whose worker died is tried again, under the worker's own login; a job that runs is left alone."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest
from django.contrib.sessions.models import Session
from procrastinate import App, JobContext, PsycopgConnector

from hengjian.kernel.access.models import Bucket
from hengjian.kernel.calendar.clock import now
from hengjian.kernel.jobs.tasks import forget_ended, retry_stalled
from tests.support import database
from tests.support.plugin import SERVER
from tests.support.roles import as_loader_now

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


@pytest.mark.django_db
def test_ended_sessions_and_full_buckets_go_and_nothing_else() -> None:
    moment = now()
    for days, key in ((-1, "ended"), (1, "open")):
        Session.objects.create(
            session_key=key, session_data="", expire_date=moment + timedelta(days=days)
        )
    for days, key in ((2, "old"), (0, "fresh")):
        Bucket.objects.create(key=key, tokens=1, updated_at=moment - timedelta(days=days))
    forget_ended.func(0)
    as_loader_now()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]
    assert list(Bucket.objects.values_list("key", flat=True)) == ["fresh"]
