"""``hengjian demo``: everything on this machine, from the database to the address in the browser."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shlex
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from hengjian.config.cli import init
from hengjian.config.cli.base import CLONE, URLS, Command, Failure, setup
from hengjian.config.cli.children import Child
from hengjian.config.cli.serve import require_free
from hengjian.kernel.text import N_

if TYPE_CHECKING:
    from hengjian.kernel.database.embedded import Cluster

HOST, FIRST_PORT, PORTS = "127.0.0.1", 8000, 100
READY_SECONDS = 60
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Progress:
    """Lines with the seconds since the start."""

    def __init__(self) -> None:
        """Begin to count."""
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """One line."""
        click.echo(f"[{time.monotonic() - self._began:5.1f} s] {text}")


@click.command(
    "demo",
    cls=Command,
    short_help=N_("启动演示：数据库、网站、后台任务和演示数据"),
    help=N_("在本机启动整套演示，打印网址和演示账号，按 Ctrl-C 停止。只监听本机地址。"),
)
@click.option("--fresh", is_flag=True, help=N_("先删除上次演示的数据库与文件"))
@click.option(
    "--smoke", is_flag=True, help=N_("在另一个库中启动，用每个演示账号登录一次，然后停止")
)
def demo(fresh: bool, smoke: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Start, serve until a signal, stop."""
    progress, name = Progress(), "smoke" if smoke else "demo"
    folder = CLONE / "data" / name
    folder.mkdir(parents=True, exist_ok=True)
    for number in STOPPING:
        signal.signal(number, _interrupt)
    with ExitStack() as stack:
        stack.enter_context(only_one(folder))
        if fresh or smoke:
            empty(folder)
        cluster = _database(progress, name, fresh=fresh or smoke)
        stack.callback(cluster.destroy if smoke else cluster.stop)
        os.environ.update(environment(cluster, folder, smoke=smoke))
        _fill(progress)
        _load(progress, folder)
        port = stack.enter_context(reserved_port())
        children = _start(progress, stack, folder, port)
        # Once stopping has begun a second Ctrl-C must not leave it half done.
        stack.callback(_ignore_signals)
        address = f"http://{HOST}:{port}/"
        wait_until_ready(address, children)
        accounts = demo_accounts(folder)
        if smoke:
            from hengjian.config.cli.smoke import sign_in_each

            sign_in_each(address, accounts)
            progress.say(N_("{count} 个演示账号均能登录").format(count=len(accounts)))
            return
        announce(progress, address, accounts, folder)
        try:
            watch(children)
        except KeyboardInterrupt:
            progress.say(N_("正在停止"))


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """One demo of this clone at a time; the lock goes with the process, however it ends.

    Raises:
        Failure: it runs already.
    """
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Failure(N_("这个目录的演示已在运行：{folder}").format(folder=CLONE)) from error
        yield


def empty(folder: Path) -> None:
    """Delete files, lake and logs of an earlier run; the lock is held."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


def _database(progress: Progress, name: str, *, fresh: bool) -> Cluster:
    from hengjian.kernel.database.embedded import Cluster

    cluster = Cluster.for_clone(CLONE, fsync=name == "demo", name=name)
    progress.say(N_("启动数据库（PostgreSQL {version}）").format(version=cluster.version))
    if fresh:
        cluster.destroy()
    cluster.start()
    return cluster


def environment(cluster: Cluster, folder: Path, *, smoke: bool) -> dict[str, str]:
    """Settings of the demo; kept in ``folder/env`` (0600) for use from another shell, passwords new each time."""
    from hengjian.kernel.database.names import DATABASE, OWNER, WEB_LOGIN, WORKER_LOGIN
    from hengjian.kernel.database.provision import create_roles

    passwords = {login: secrets.token_urlsafe(18) for login in (OWNER, WEB_LOGIN, WORKER_LOGIN)}
    create_roles(cluster.superuser_url(), passwords)
    settings = {
        "HENGJIAN_DEMO": "1",
        "HENGJIAN_SECRET_KEY": secrets.token_urlsafe(48),
        "HENGJIAN_DATA_DIR": str(folder),
        URLS["owner"]: cluster.url(OWNER, passwords[OWNER], DATABASE),
        URLS["web"]: cluster.url(WEB_LOGIN, passwords[WEB_LOGIN], DATABASE),
        URLS["worker"]: cluster.url(WORKER_LOGIN, passwords[WORKER_LOGIN], DATABASE),
    }
    if smoke:  # every role signs in from one address within a second
        settings["HENGJIAN_RATE_LIMITS"] = "0"
    text = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in settings.items())
    path = folder / "env"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return settings


def _fill(progress: Progress) -> None:
    """Tables, access and reference data, as the owner."""
    setup("owner")
    from django.db import connection

    steps = (
        (N_("建表"), init.migrate),
        (N_("设置权限"), init.apply_access),
        (N_("装载基础数据"), init.load_reference),
    )
    for text, step in steps:
        progress.say(text)
        step()
    connection.close()


def _load(progress: Progress, folder: Path) -> None:
    """The invented sites, in a process of its own: a process knows one login, and this is the worker's.

    Raises:
        Failure: with its last words.
    """
    program = [sys.executable, "-m", "hengjian.config.demo"]
    child = Child(program, os.environ, folder / "load.log")
    with ExitStack() as stack, child.log.open(encoding="utf-8") as log:
        stack.callback(child.stop)
        while True:
            alive = child.alive
            for line in log.read().splitlines():
                progress.say(line)
            if not alive:
                break
            time.sleep(0.1)
    if child.exit_code != 0:
        raise Failure(
            N_("演示数据装载失败：{words}（全文见 {log}）").format(
                words=child.last_words(), log=child.log
            )
        )


@contextmanager
def reserved_port() -> Iterator[int]:
    """A free port from 8000 on that no other demo takes in the moment before the server binds it.

    An abstract socket holds the number: it touches no file and goes with the process.

    Raises:
        Failure: none is free.
    """
    for port in range(FIRST_PORT, FIRST_PORT + PORTS):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as claim:
            try:
                claim.bind(f"\0hengjian-port-{port}")
                require_free(HOST, port)
            except (OSError, Failure):
                continue
            yield port
            return
    last = FIRST_PORT + PORTS - 1
    raise Failure(N_("{first}–{last} 端口全被占用").format(first=FIRST_PORT, last=last))


def _start(progress: Progress, stack: ExitStack, folder: Path, port: int) -> list[Child]:
    progress.say(N_("启动网站与后台任务"))
    program = [sys.executable, "-m", "hengjian.config.cli"]
    commands = {"web": ["serve", "--host", HOST, "--port", str(port)], "worker": ["worker"]}
    children = []
    for name, arguments in commands.items():
        child = Child([*program, *arguments], os.environ, folder / f"{name}.log")
        stack.callback(child.stop)
        children.append(child)
    return children


def wait_until_ready(address: str, children: list[Child]) -> None:
    """Until /readyz answers 200.

    Raises:
        Failure: a child ended, or the time is over; with its last words or the last answer.
    """
    answer, deadline = "", time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        require_alive(children)
        try:
            with urllib.request.urlopen(f"{address}readyz", timeout=5):  # noqa: S310 - our own loopback address
                return
        except urllib.error.HTTPError as error:
            answer = f"{error.code} {error.read(400).decode(errors='replace')}"
        except OSError as error:
            answer = str(error)
        time.sleep(0.1)
    raise Failure(
        N_("网站在 {seconds} 秒内没有就绪：{answer}").format(seconds=READY_SECONDS, answer=answer)
    )


def require_alive(children: list[Child]) -> None:
    """Raise Failure when one of them ended."""
    for child in children:
        if not child.alive:
            raise Failure(
                N_("{name} 意外停止：{words}（全文见 {log}）").format(
                    name=child.log.stem, words=child.last_words(), log=child.log
                )
            )


def demo_accounts(folder: Path) -> list[dict[str, str]]:
    """What ``load_demo`` left in ``accounts.json``: role, username, password.

    Raises:
        Failure: it left nothing.
    """
    path = folder / "accounts.json"
    if not path.exists():
        raise Failure(N_("演示数据没有留下账号：{path}").format(path=path))
    accounts: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return accounts


def announce(
    progress: Progress, address: str, accounts: list[dict[str, str]], folder: Path
) -> None:
    """Address, accounts and where the logs are."""
    click.echo("")
    for account in accounts:
        click.echo(f"  {account['username']:<24} {account['password']:<24} {account['role']}")
    click.echo("")
    progress.say(N_("演示已就绪：{address}").format(address=address))
    click.echo(N_("日志与设置在 {folder}；按 Ctrl-C 停止").format(folder=folder))


def watch(children: list[Child]) -> None:
    """Until a signal; a child that ends by itself is a failure."""
    while True:
        require_alive(children)
        time.sleep(0.2)
