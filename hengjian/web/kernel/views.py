"""My day, and what a load balancer asks."""

from __future__ import annotations

import shutil

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hengjian.kernel.database.provision import check_connection
from hengjian.kernel.jobs.selectors import worker_seen_seconds
from hengjian.web.kernel.day import my_day_context
from hengjian.web.requests import HouseRequest

LEAST_FREE_BYTES = 512 * 1024 * 1024


@require_GET
@login_required
def my_day(request: HouseRequest) -> HttpResponse:
    """What needs me today, most urgent first."""
    return render(
        request, "kernel/my_day.html", my_day_context(request.actor, request.today, request.now)
    )


@require_GET
def readyz(request: HouseRequest) -> HttpResponse:
    """Database, migrations, role, worker heartbeat and disk; 503 with the failing parts."""
    failing = []
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        failing.append("migrations")
    if check_connection():
        failing.append("role")
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(settings.DATA_DIR).free < LEAST_FREE_BYTES:
        failing.append("disk")
    seen = worker_seen_seconds()
    worker = "ok" if seen is not None and seen < 60 else "silent"
    return JsonResponse({"failing": failing, "worker": worker}, status=503 if failing else 200)
