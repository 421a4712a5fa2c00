"""The test database: one template built by the owner under a lock, cloned for each worker and each real server.

Tests log in as ``hengjian_test``: a NOINHERIT member of the web login and of ``hj_loader``, a role that exists
only here and sees every row. Factories run as loader, code under test as the roles that the product assumes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from hengjian.kernel.database.embedded import Cluster

ROOT = Path(__file__).resolve().parents[2]
TEST_LOGIN, LOADER = "hengjian_test", "hj_loader"
PASSWORD = "test"  # an embedded server without network, thrown away


def cluster() -> Cluster:
    """The clone's test cluster, started if need be; no fsync: nothing in it must survive."""
    found = Cluster.for_clone(ROOT, fsync=False, name="test")
    found.start()
    return found


def fingerprint() -> str:
    """Changes whenever anything that shapes schema, grants or reference data does."""
    digest = hashlib.sha256()
    patterns = (
        "**/migrations/*.py",
        "**/permissions.py",
        "kernel/database/*.py",
        "kernel/access/declare.py",
        "**/data/*.csv",
        "config/reference.py",
    )
    for path in sorted({p for pattern in patterns for p in (ROOT / "hengjian").glob(pattern)}):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()[:12]


def template(server: Cluster) -> str:
    """Name of the up-to-date template database, built when missing."""
    name = f"hj_template_{fingerprint()}"
    lock = ROOT / "data" / "template.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with psycopg.connect(server.superuser_url(), autocommit=True) as admin:
            if admin.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", [name]
            ).fetchone():
                return name
            names = admin.execute("SELECT datname FROM pg_database WHERE datname LIKE 'hj\\_%'")
            for (old,) in names.fetchall():
                if old.startswith("hj_template_") or not _lives(old):
                    _drop(admin, old)
        _build(server, name)
    return name


def _build(server: Cluster, name: str) -> None:
    environment = {
        **os.environ,
        "HENGJIAN_PROCESS": "owner",
        "HENGJIAN_DEBUG": "1",
        "TEMPLATE_SUPERUSER_URL": server.superuser_url(),
        "TEMPLATE_NAME": name,
        "HENGJIAN_DATABASE_URL": server.url("hengjian_owner", PASSWORD, name),
    }
    subprocess.run(
        [sys.executable, "-m", "tests.support.build_template"],
        env=environment,
        cwd=ROOT,
        check=True,
    )
    with psycopg.connect(server.superuser_url(name), autocommit=True) as admin:
        for statement in (
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{LOADER}') THEN CREATE ROLE {LOADER} NOLOGIN BYPASSRLS; END IF; END $$",
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{TEST_LOGIN}') THEN CREATE ROLE {TEST_LOGIN} LOGIN NOINHERIT PASSWORD '{PASSWORD}'; END IF; END $$",
            f"GRANT hengjian_web, hj_worker, {LOADER} TO {TEST_LOGIN}",
            f"GRANT USAGE ON SCHEMA public TO {LOADER}, {TEST_LOGIN}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {LOADER}",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {LOADER}",
            f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {LOADER}",
            f'GRANT CONNECT ON DATABASE "{name}" TO {TEST_LOGIN}',
            f'ALTER DATABASE "{name}" WITH IS_TEMPLATE true',
        ):
            admin.execute(sql.SQL(statement))


def _lives(name: str) -> bool:
    """Whether the process that made a clone still runs (another run of the tests, beside this one)."""
    number = name.rsplit("_", 1)[-1]
    return number.isdigit() and Path(f"/proc/{number}").exists()


def _drop(admin: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    admin.execute(sql.SQL("ALTER DATABASE {} WITH IS_TEMPLATE false").format(sql.Identifier(name)))
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def clone(server: Cluster, purpose: str) -> Iterator[str]:
    """A database of one's own, dropped afterwards."""
    name = f"hj_{purpose}_{os.getpid()}"
    source = template(server)
    with psycopg.connect(server.superuser_url(), autocommit=True) as admin:
        _drop_if_there(admin, name)
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER hengjian_owner STRATEGY wal_log").format(
                sql.Identifier(name), sql.Identifier(source)
            )
        )
        for login in (TEST_LOGIN, "hengjian_web", "hengjian_worker"):
            admin.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    sql.Identifier(name), sql.Identifier(login)
                )
            )
    try:
        yield name
    finally:
        with psycopg.connect(server.superuser_url(), autocommit=True) as admin:
            _drop_if_there(admin, name)


def _drop_if_there(admin: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def url_of(server: Cluster, name: str, login: str = TEST_LOGIN) -> str:
    """Address of a database for a login."""
    return server.url(quote(login), PASSWORD, name)
