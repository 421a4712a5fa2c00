"""Loaded by pytest before Django's settings: the environment of the tests."""

from __future__ import annotations

import os
import tempfile

from tests.support import database

os.environ.update(
    HENGJIAN_PROCESS="web",
    HENGJIAN_DEBUG="1",
    HENGJIAN_SECRET_KEY="tests-only-" + "0" * 40,
    HENGJIAN_TLS="0",
    HENGJIAN_RATE_LIMITS="0",
    HENGJIAN_DEMO_DATE="2026-11-23",
    HENGJIAN_LOG_LEVEL="ERROR",
    HENGJIAN_DATA_DIR=tempfile.mkdtemp(prefix="hengjian-test-"),
)
os.environ.pop("HENGJIAN_DEMO", None)
SERVER = database.cluster()
# Replaced by the worker's clone in conftest.py before the first query.
os.environ["HENGJIAN_WEB_DATABASE_URL"] = database.url_of(SERVER, "postgres")
