"""The whole way of an installation on an empty server: init, check, and what serve and worker refuse."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hengjian.config.cli.base import URLS
from hengjian.config.tests.test_cli import SECRET, one_sentence, program
from hengjian.config.tests.test_import import ROW, register
from hengjian.kernel.database.embedded import Cluster
from hengjian.kernel.database.names import DATABASE

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    server = Cluster.for_clone(tmp_path_factory.mktemp("clone"), fsync=False)
    server.start()
    yield server
    server.destroy()
    shutil.rmtree(server.data_dir.parents[1])


@pytest.fixture(scope="module")
def settings(cluster: Cluster) -> dict[str, str]:
    urls = {
        name: cluster.url(f"hengjian_{process}", f"p@ss {process}", DATABASE)
        for process, name in URLS.items()
    }
    return {**urls, "HENGJIAN_SECRET_KEY": SECRET}


@pytest.fixture(scope="module")
def first_run(cluster: Cluster, settings: dict[str, str]) -> str:
    before = program("init", **settings)
    assert (before.returncode, one_sentence(before.stderr)) == (1, True)
    run = program("init", "--superuser-url", cluster.superuser_url(), **settings)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_init_opens_three_administrators_once(
    first_run: str, cluster: Cluster, settings: dict[str, str]
) -> None:
    names = ["system-admin", "security-admin", "audit-admin"]
    assert [name for name in names if f"管理员 {name}，初始密码 " in first_run] == names

    again = program("init", **settings)
    assert (again.returncode, again.stdout) == (0, "数据库已就绪\n")
    with psycopg.connect(cluster.superuser_url(DATABASE)) as connection:
        rows = connection.execute(
            "SELECT username, sphere, must_change_password FROM access_account ORDER BY id"
        ).fetchall()
    spheres = ["system", "security", "audit"]
    assert rows == [(n, s, True) for n, s in zip(names, spheres, strict=True)]


def test_check_accepts_both_logins(first_run: str, settings: dict[str, str]) -> None:
    run = program("check", **settings)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == "web：检查通过\nworker：检查通过\n"


def test_a_register_is_imported_with_the_workers_login(
    first_run: str, cluster: Cluster, settings: dict[str, str], tmp_path: Path
) -> None:
    file = register(tmp_path, ROW)
    count = "SELECT count(*) FROM registry_site"
    sites = []
    for arguments in ([], ["--apply"], ["--apply"]):
        run = program("import", str(file), *arguments, **settings)
        assert (run.returncode, run.stderr) == (0, "")
        with psycopg.connect(cluster.superuser_url(DATABASE)) as connection:
            sites.append(connection.execute(count).fetchall()[0][0])
    assert sites == [0, 1, 1]
    file.write_text("name,color\nx,red\n")
    run = program("import", str(file), "--apply", **settings)
    assert (run.returncode, one_sentence(run.stderr)) == (1, True)


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_owner_and_superuser_may_not_serve(
    first_run: str, cluster: Cluster, settings: dict[str, str], command: str
) -> None:
    name = URLS["web" if command == "serve" else "worker"]
    owner = program(command, **{**settings, name: settings[URLS["owner"]]})
    assert (owner.returncode, one_sentence(owner.stderr)) == (1, True)
    assert "拥有业务表" in owner.stderr

    superuser = program(command, **{**settings, name: cluster.superuser_url(DATABASE)})
    assert (superuser.returncode, one_sentence(superuser.stderr)) == (1, True)
    assert "超级用户" in superuser.stderr


def test_an_address_without_a_database_is_a_sentence(settings: dict[str, str]) -> None:
    run = program("serve", **{**settings, URLS["web"]: "postgresql://hengjian_web:p@localhost"})
    assert (run.returncode, one_sentence(run.stderr)) == (1, True)
    assert "设置有误" in run.stderr
