"""``hengjian worker``: runs jobs and periodic tasks, as the worker login."""

from __future__ import annotations

import click

from hengjian.config.cli.base import Command, refuse_unsafe_login, setup
from hengjian.kernel.text import N_


@click.command(
    "worker",
    cls=Command,
    short_help=N_("启动后台任务"),
    help=N_("启动后台任务。数据库登录不安全时拒绝启动。"),
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 32),
    default=1,
    metavar="N",
    show_default=True,
    help=N_("同时执行的任务数"),
)
def worker(concurrency: int) -> None:
    """Check the login, then run procrastinate's worker until a signal ends it."""
    setup("worker")
    refuse_unsafe_login()
    from django.core.management import call_command

    call_command("procrastinate", "worker", "--concurrency", str(concurrency))
