"""``hengjian serve``: the web server, as the web login."""

from __future__ import annotations

import os
import socket
import sys

import click

from hengjian.config.cli.base import Command, Failure, refuse_unsafe_login, setup
from hengjian.kernel.text import N_


@click.command(
    "serve",
    cls=Command,
    short_help=N_("启动网站"),
    help=N_("启动网站。数据库登录不安全时拒绝启动。"),
)
@click.option("--host", default="127.0.0.1", show_default=True, help=N_("监听地址"))
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    metavar="N",
    show_default=True,
    help=N_("监听端口"),
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    metavar="N",
    show_default=True,
    help=N_("进程数"),
)
@click.option(
    "--threads",
    type=click.IntRange(1, 64),
    default=4,
    metavar="N",
    show_default=True,
    help=N_("每个进程的线程数"),
)
def serve(host: str, port: int, workers: int, threads: int) -> None:
    """Check the login, then become granian."""
    setup("web")
    refuse_unsafe_login()
    require_free(host, port)
    from django.db import connection

    connection.close()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi"]
    command += ["--host", host, "--port", str(port)]
    command += ["--workers", str(workers), "--blocking-threads", str(threads)]
    command += ["--workers-kill-timeout", "5", "--respawn-failed-workers"]
    os.execv(sys.executable, [*command, "hengjian.config.wsgi:application"])  # noqa: S606 - no shell


def require_free(host: str, port: int) -> None:
    """Granian shares a taken port silently (SO_REUSEPORT), so ask first.

    Raises:
        Failure: another process listens there, or the address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Connections of an earlier server that are still closing do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Failure(
                N_("无法监听 {host}:{port}：端口已被占用，或本机没有这个地址").format(
                    host=host, port=port
                )
            ) from error
