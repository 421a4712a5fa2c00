"""The previous commit's demo data migrates: built by its own code, carried over by this one, nothing lost."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.support import database
from tests.support.plugin import SERVER

ROOT = database.ROOT
PREVIOUS = os.environ.get("UPGRADE_FROM", "HEAD^")
BUILT = "hengjian/kernel/regions/data/built"  # made by assets/build.py, not in git
KEPT = (
    "registry_enterprise",
    "registry_site",
    "measures_report",
    "monitoring_alert",
    "cases_problem",
    "people_term",
    "access_account",
    "access_duty",
    "audit_entry",
)
# The first version is in the making: its migrations are still written anew instead of stacked. From the first
# release on a migration that somebody may have applied never changes, and doing so fails here.
IN_THE_MAKING = "0.1.0"
UUID = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}/")


def git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True).stdout


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    """The previous commit's files, in a folder of their own; skips aloud where there is none to upgrade from."""
    try:
        content = git("archive", PREVIOUS)
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        pytest.skip(f"no previous commit here ({PREVIOUS}): {error}")
    if not (ROOT / BUILT).exists():
        pytest.skip(f"the demo needs the map: run assets/build.py ({BUILT})")
    folder = tmp_path / "parent"
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder, filter="data")
    if not (folder / "hengjian/config/demo/__main__.py").exists():
        pytest.skip(f"{PREVIOUS} has no demo to load")
    if changed := rewritten(folder, ROOT):
        version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
        assert version == IN_THE_MAKING, f"migrations of {PREVIOUS} were rewritten: {changed}"
        pytest.skip(f"{version} is in the making, migrations were written anew: {changed}")
    (folder / BUILT).symlink_to(ROOT / BUILT)
    return folder


def rewritten(before: Path, after: Path) -> list[str]:
    """Migrations of ``before`` that ``after`` lacks or that say something else there; layout does not matter."""
    found = []
    for path in sorted((before / "hengjian").rglob("migrations/0*.py")):
        name = str(path.relative_to(before))
        now = after / name
        if not now.exists() or meaning(path) != meaning(now):
            found.append(name)
    return found


def meaning(path: Path) -> str:
    return ast.dump(ast.parse(path.read_text(encoding="utf-8")))


@pytest.fixture
def name() -> Iterator[str]:
    """A database that only this test knows, dropped also after a failure."""
    made = f"upgrade_{os.getpid()}"
    try:
        yield made
    finally:
        with psycopg.connect(SERVER.superuser_url(), autocommit=True) as admin:
            admin.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(made))
            )


def run(code: Path, process: str, module: str, name: str, data: Path) -> str:
    """A module of one of the two versions, under one login; its output."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(code),
        "HENGJIAN_PROCESS": process,
        "HENGJIAN_DEMO": "1",
        "HENGJIAN_DATA_DIR": str(data),
        "TEMPLATE_SUPERUSER_URL": SERVER.superuser_url(),
        "TEMPLATE_NAME": name,
        "HENGJIAN_DATABASE_URL": database.url_of(SERVER, name, "hengjian_owner"),
        "HENGJIAN_WORKER_DATABASE_URL": database.url_of(SERVER, name, "hengjian_worker"),
        "HENGJIAN_WEB_DATABASE_URL": database.url_of(SERVER, name, "hengjian_web"),
    }
    done = subprocess.run(
        [sys.executable, "-m", module],
        env=environment,
        cwd=code,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{module} of {code}:\n{done.stderr[-4000:]}"
    return done.stdout


def state(name: str) -> dict[str, object]:
    """Rows of the kept tables that are there, and one digest over the whole history."""
    with psycopg.connect(SERVER.superuser_url(name)) as admin:
        found: dict[str, object] = {}
        for table in KEPT:
            if admin.execute("SELECT to_regclass(%s)", [f"public.{table}"]).fetchone() != (None,):
                counted = admin.execute(
                    sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
                ).fetchone()
                found[table] = counted[0] if counted else None
        history = admin.execute(
            "SELECT md5(string_agg(digest || canon, '' ORDER BY id)) FROM audit_entry"
        )
        found["history"] = history.fetchone()
    return found


def losses(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    return [
        f"{key}: {was} → {after.get(key)}" for key, was in before.items() if after.get(key) != was
    ]


@pytest.mark.slow
def test_the_previous_commits_demo_migrates(parent: Path, name: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run(parent, "owner", "tests.support.build_template", name, data)
    run(parent, "worker", "hengjian.config.demo", name, data)
    before = state(name)
    empty = [t for t in ("registry_site", "measures_report", "audit_entry") if not before[t]]
    assert empty == [], "the previous demo must hold something to lose"

    run(ROOT, "owner", "tests.support.build_template", name, data)
    assert losses(before, state(name)) == []

    seen = json.loads(run(ROOT, "web", "tests.upgrade.visit", name, data))
    assert seen["problems"] == []
    assert {page: s for page, s in seen["pages"].items() if s >= 500} == {}
    opened = [page for page, s in seen["pages"].items() if s == 200]
    details = [page for page in opened if UUID.search(page)]
    assert any("/registry/sites/" in page for page in details), sorted(seen["pages"].items())
    assert len(opened) - len(details) > 10, opened


def test_the_checks_can_fail(tmp_path: Path) -> None:
    whole: dict[str, object] = {"registry_site": 60, "history": ("ab",)}
    assert losses(whole, whole) == []
    assert losses(whole, {"registry_site": 59, "history": ("ab",)}) == ["registry_site: 60 → 59"]
    assert losses(whole, {"registry_site": 60, "history": ("cd",)})
    assert losses(whole, {})
    for side, text in (("old", "x = 1"), ("new", "x = (1)  # same"), ("other", "x = 2")):
        folder = tmp_path / side / "hengjian/app/migrations"
        folder.mkdir(parents=True)
        (folder / "0001_initial.py").write_text(text)
    (tmp_path / "gone").mkdir()
    assert rewritten(tmp_path / "old", tmp_path / "new") == []
    assert (
        rewritten(tmp_path / "old", tmp_path / "other")
        == rewritten(tmp_path / "old", tmp_path / "gone")
        == ["hengjian/app/migrations/0001_initial.py"]
    )
