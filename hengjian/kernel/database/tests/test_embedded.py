from __future__ import annotations

import contextlib
import multiprocessing
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from hengjian.kernel.database import embedded, programs
from hengjian.kernel.database.embedded import Cluster, ClusterError

ROOT = os.geteuid() == 0
DAEMON = 1
FORK = multiprocessing.get_context("fork")


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "衡 鉴, clone"
    folder.mkdir()
    yield folder
    _remove(folder)


def _remove(clone: Path) -> None:
    cluster = _cluster(clone)
    cluster.destroy()
    shutil.rmtree(cluster.data_dir.parents[1], ignore_errors=True)


def _cluster(clone: Path, name: str = "demo") -> Cluster:
    return Cluster.for_clone(clone, fsync=False, name=name)


def _value(cluster: Cluster, query: str) -> object:
    with psycopg.connect(cluster.superuser_url(), autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def _run(cluster: Cluster, *statements: str) -> None:
    with psycopg.connect(cluster.superuser_url(), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _fill(cluster: Cluster) -> None:
    _run(cluster, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS id")


def _rows(cluster: Cluster) -> object:
    return _value(cluster, "SELECT count(*) FROM kept")


def _server(cluster: Cluster) -> psutil.Process:
    server = cluster._server(cluster._processes())
    assert server is not None
    return server


def _log(cluster: Cluster) -> str:
    return (cluster.data_dir.parent / "server.log").read_text(encoding="utf-8")


def _child(
    function: Callable[[], None], uid: int | None = None
) -> multiprocessing.process.BaseProcess:
    """Run the function in a forked process, as another operating-system user when asked."""

    def act() -> None:
        if uid is not None:
            account = pwd.getpwuid(uid)
            os.setgroups([])
            os.setgid(account.pw_gid)
            os.setuid(uid)
        function()

    process = FORK.Process(target=act)
    process.start()
    return process


def _as_user(function: Callable[[], None], uid: int | None = None) -> None:
    process = _child(function, uid)
    process.join(90)
    assert process.exitcode == 0


@pytest.fixture
def home() -> Iterator[Path]:
    """A 0700 home of an ordinary user: ``nobody`` when the tests run as root, else our own."""
    folder = Path(tempfile.mkdtemp(prefix="hengjian-home-"))
    if ROOT:
        account = pwd.getpwnam("nobody")
        os.chown(folder, account.pw_uid, account.pw_gid)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def ordinary(monkeypatch: pytest.MonkeyPatch) -> int | None:
    """The user id for the child process; its programs lie where that user can read them."""
    if not ROOT:
        return None
    found = programs.find_binaries()
    monkeypatch.setenv("HENGJIAN_POSTGRES_BIN", str(programs.copy_for_all(found)))
    return pwd.getpwnam("nobody").pw_uid


def test_start_is_idempotent_and_rows_survive_a_restart(clone: Path) -> None:
    cluster = _cluster(clone)
    cluster.start()
    _fill(cluster)
    first = _server(cluster).pid
    cluster.start()
    assert _server(cluster).pid == first

    cluster.stop()
    assert "database system is shut down" in _log(cluster)
    assert cluster._processes() == []
    cluster.stop()

    cluster.start()
    assert _server(cluster).pid != first
    assert _rows(cluster) == 1000


def test_the_server_has_checksums_a_portable_locale_and_no_network(clone: Path) -> None:
    cluster = _cluster(clone)
    cluster.start()
    assert str(_value(cluster, "SHOW server_version")).startswith(cluster.version)
    assert _value(cluster, "SHOW data_checksums") == "on"
    assert _value(cluster, "SHOW server_encoding") == "UTF8"
    provider = _value(
        cluster, "SELECT datlocprovider::text FROM pg_database WHERE datname = 'template1'"
    )
    assert provider == ("b" if int(cluster.version.split(".")[0]) >= 17 else "c")
    assert _value(cluster, "SELECT upper('é') || ('钢' < '铁')::text") == "Étrue"
    assert _value(cluster, "SHOW listen_addresses") == ""
    found = []
    for process in cluster._processes():
        with contextlib.suppress(
            psutil.NoSuchProcess
        ):  # a backend that ends while we look listens nowhere
            found += process.net_connections(kind="inet")
    assert found == []


def test_committed_rows_survive_kill_9_of_the_postmaster(clone: Path) -> None:
    cluster = Cluster.for_clone(clone)
    cluster.start()
    assert _value(cluster, "SHOW fsync") == "on"
    _fill(cluster)
    _server(cluster).send_signal(signal.SIGKILL)
    cluster.start()
    assert _rows(cluster) == 1000


def test_an_orphaned_busy_backend_does_not_stop_the_next_start(clone: Path) -> None:
    cluster = Cluster.for_clone(clone)
    cluster.start()
    _fill(cluster)
    with psycopg.connect(cluster.superuser_url()) as connection:
        connection.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 2000000000)")
        connection.pgconn.flush()
        time.sleep(0.2)
        _server(cluster).send_signal(signal.SIGKILL)
        cluster.start()
        connection.close()
    assert _rows(cluster) == 1000


def test_a_stale_pid_file_naming_a_living_process_is_ignored(clone: Path) -> None:
    cluster = _cluster(clone)
    cluster.start()
    _fill(cluster)
    pid_file = cluster.data_dir / "postmaster.pid"
    before = pid_file.read_text(encoding="utf-8")
    owner = cluster.data_dir.stat()
    cluster.stop()
    with subprocess.Popen(["sleep", "60"], user=owner.st_uid if ROOT else None) as stranger:
        # Numbers start low again in a restarted container, so another process of this user bears it.
        pid_file.write_text(
            before.replace(before.split("\n")[0], str(stranger.pid), 1), encoding="utf-8"
        )
        os.chown(pid_file, owner.st_uid, owner.st_gid)
        cluster.socket_dir.joinpath(".s.PGSQL.5432.lock").write_text(
            f"{stranger.pid}\n", encoding="utf-8"
        )
        cluster.start()
        assert stranger.poll() is None
        stranger.kill()
    assert _rows(cluster) == 1000


def test_a_server_whose_socket_was_deleted_is_replaced(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "SILENT_SECONDS", 0.3)
    cluster = _cluster(clone)
    cluster.start()
    _fill(cluster)
    first = _server(cluster).pid
    shutil.rmtree(cluster.socket_dir)
    cluster.start()
    assert _server(cluster).pid != first
    assert _rows(cluster) == 1000


def test_two_clones_and_two_names_do_not_meet(clone: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    clusters = [_cluster(clone), _cluster(other), _cluster(clone, "test")]
    try:
        for index, cluster in enumerate(clusters):
            cluster.start()
            _run(cluster, f"CREATE TABLE mine AS SELECT {index} AS value")
        assert [_value(cluster, "SELECT value FROM mine") for cluster in clusters] == [0, 1, 2]
        clusters[1].stop()
        assert _value(clusters[0], "SELECT value FROM mine") == 0
    finally:
        clusters[2].destroy()
        _remove(other)


def test_two_processes_starting_one_clone_share_one_server(clone: Path) -> None:
    def start() -> None:
        cluster = _cluster(clone)
        cluster.start()
        assert _value(cluster, "SELECT 1") == 1

    children = [_child(start) for _ in range(3)]
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert _log(_cluster(clone)).count("database system is ready") == 1


@pytest.mark.parametrize("victim", ["launcher", "launcher and initdb"])
def test_an_interrupted_initdb_is_begun_again(clone: Path, victim: str) -> None:
    cluster = _cluster(clone)
    partial = cluster.data_dir.with_name("pgdata.partial")
    child = _child(cluster.start)
    deadline = time.monotonic() + 30
    while not (partial / "global").exists():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    child.kill()
    child.join()
    if victim != "launcher":
        for process in psutil.process_iter():
            if str(partial) in (process.as_dict(["cmdline"])["cmdline"] or []):
                process.kill()
    assert not cluster.data_dir.exists()

    cluster.start()
    assert _value(cluster, "SELECT count(*) > 0 FROM pg_class") is True
    assert not partial.exists()


def test_an_ordinary_user_in_a_closed_home_changes_nothing_around(
    home: Path, ordinary: int | None
) -> None:
    clone = home / ("深" * 30) / "clone"

    def live() -> None:
        clone.mkdir(parents=True)
        before = _modes(clone)
        cluster = _cluster(clone)
        cluster.start()
        assert len(os.fsencode(cluster.socket_dir / ".s.PGSQL.5432")) <= 107
        assert cluster.socket_dir.lstat().st_mode & 0o777 == 0o700
        _fill(cluster)
        assert cluster.data_dir.is_relative_to(clone / "data")
        assert _modes(clone) == before
        cluster.destroy()
        assert not cluster.socket_dir.exists()

    _as_user(live, ordinary)


def test_a_socket_folder_of_someone_else_is_refused(home: Path, ordinary: int | None) -> None:
    if ordinary is None:
        pytest.skip("needs root to make a folder of another user")
    clone = home / ("深" * 40)

    def refuse() -> None:
        clone.mkdir()
        with pytest.raises(ClusterError, match="属于其他用户"):
            Cluster.for_clone(clone, fsync=False).start()

    os.seteuid(ordinary)
    folder = Cluster.for_clone(clone).socket_dir
    os.seteuid(0)
    folder.mkdir()
    folder.chmod(0o777)
    try:
        _as_user(refuse, ordinary)
    finally:
        folder.rmdir()


def _modes(clone: Path) -> dict[str, tuple[int, int]]:
    places = [clone, *clone.parents, embedded.STATE.parent, programs.CACHE.parent, Path("/tmp")]
    return {str(place): (place.lstat().st_mode, place.lstat().st_uid) for place in places}


def test_modes_of_all_parents_stay(clone: Path) -> None:
    before = _modes(clone)
    cluster = _cluster(clone)
    cluster.start()
    cluster.stop()
    assert _modes(clone) == before


def test_programs_are_copied_once_and_readable_by_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = programs.find_binaries()
    if programs.wheel_folder() is None or not found.is_relative_to(str(programs.wheel_folder())):
        pytest.skip("the system's PostgreSQL is readable by all and is not copied")
    monkeypatch.setattr(programs, "CACHE", tmp_path / "cache")

    def copy() -> None:
        os.umask(0o077)
        bin_dir = programs.copy_for_all(found)
        subprocess.run([bin_dir / "initdb", "--version"], check=True, capture_output=True)

    children = [_child(copy) for _ in range(2)]
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0, 0]
    (copied,) = (tmp_path / "cache").glob("postgres-*")
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in copied.rglob("*"))


def _may_connect(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def test_logins_need_their_password(clone: Path) -> None:
    cluster = _cluster(clone)
    cluster.start()
    _run(cluster, "CREATE ROLE worker LOGIN PASSWORD 'p@ss/word:%'")
    assert _may_connect(cluster.url("worker", "p@ss/word:%", "postgres"))
    assert not _may_connect(cluster.url("worker", "guess", "postgres"))
    assert not _may_connect(cluster.url("worker", "", "postgres"))
    assert not _may_connect(cluster.url("nobody", "guess", "postgres"))


def test_another_user_of_the_machine_cannot_be_superuser(clone: Path) -> None:
    if not ROOT:
        pytest.skip("needs root to act as another user of the machine")
    cluster = _cluster(clone)
    cluster.start()
    url = cluster.superuser_url()

    def refused() -> None:
        assert not _may_connect(url)

    def seen() -> None:
        with pytest.raises(PermissionError):
            list(cluster.socket_dir.iterdir())

    assert _may_connect(url)
    _as_user(seen, DAEMON)
    _as_user(refused, DAEMON)
    # ``nobody`` runs the server and may enter its folder: the access rules alone must refuse it.
    _as_user(refused, pwd.getpwnam("nobody").pw_uid)


def test_without_programs_the_error_is_a_sentence(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("HENGJIAN_POSTGRES_BIN", "/nowhere")
        with pytest.raises(ClusterError, match="找不到 PostgreSQL 程序"):
            Cluster.for_clone(clone)
