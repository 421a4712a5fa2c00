"""``hengjian check``: may web and worker run with the logins that they are given?"""

from __future__ import annotations

import subprocess
import sys

import click

from hengjian.config.cli.base import Command, refuse_unsafe_login, setup
from hengjian.kernel.text import N_


@click.command(
    "check",
    cls=Command,
    short_help=N_("检查数据库登录与行级权限"),
    help=N_("检查网站与后台任务的数据库登录、行级权限；有问题时逐条列出，退出码为 1。"),
)
@click.option("--process", type=click.Choice(["web", "worker"]), help=N_("只检查其中一个"))
@click.pass_context
def check(ctx: click.Context, process: str | None) -> None:
    """One process can hold one login, so without a choice each is asked in its own."""
    if process is None:
        command = [sys.executable, "-m", "hengjian.config.cli", "check", "--process"]
        runs = [subprocess.run([*command, name], check=False) for name in ("web", "worker")]  # noqa: S603
        ctx.exit(max(run.returncode for run in runs))
    setup(process)
    refuse_unsafe_login()
    click.echo(N_("{process}：检查通过").format(process=process))
