"""What all subcommands share: Chinese help, a day as an argument, and Django set up for one login."""

from __future__ import annotations

import logging
import os
from datetime import date
from pathlib import Path
from typing import Any

import click

import hengjian
from hengjian.kernel.text import N_

CLONE = Path(hengjian.__file__).resolve().parents[1]
URLS = {
    "owner": "HENGJIAN_DATABASE_URL",
    "web": "HENGJIAN_WEB_DATABASE_URL",
    "worker": "HENGJIAN_WORKER_DATABASE_URL",
}
HEADINGS = {
    "Options": N_("选项"),
    "Commands": N_("子命令"),
    "Positional arguments": N_("参数"),
}


class Failure(Exception):
    """The command cannot do what was asked; the message is one Chinese sentence."""


class Mistake(click.BadParameter):
    """A wrong value; the message is one Chinese sentence, shown as it is."""


class HelpFormatter(click.HelpFormatter):
    """Headings in Chinese."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The line that shows how the command is called."""
        super().write_usage(prog, args, prefix or N_("用法：") + " ")

    def write_heading(self, heading: str) -> None:
        """A heading of a section."""
        self.write(f"{'':>{self.current_indent}}{HEADINGS.get(heading, heading)}：\n")


class Context(click.Context):
    """Formats help in Chinese."""

    formatter_class = HelpFormatter


class Command(click.Command):
    """A subcommand with Chinese help."""

    context_class = Context

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option ``--help``, described in Chinese."""
        return in_chinese(super().get_help_option(ctx))


def in_chinese(option: click.Option | None) -> click.Option | None:
    """The help option with a Chinese description."""
    if option is not None:
        option.help = N_("显示本说明")
    return option


class Day(click.ParamType[date]):
    """A calendar day, as in 2026-11-23."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError as error:
            sentence = N_("{value} 不是日期，应写作 2026-11-23 的形式").format(value=value)
            raise Mistake(sentence, ctx, param) from error


class ExistingFile(click.ParamType[Path]):
    """A file that can be read."""

    name = "FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path."""
        path = Path(value)
        if not path.is_file():
            raise Mistake(N_("没有文件 {path}").format(path=path), ctx, param)
        if not os.access(path, os.R_OK):
            raise Mistake(N_("没有权限读取文件 {path}").format(path=path), ctx, param)
        return path


def is_set(name: str) -> bool:
    """Whether a setting is given, itself or by a file that holds it."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def setup(process: str) -> None:
    """Load Django with the login of ``process`` (owner, web, worker).

    Raises:
        Failure: a setting is missing or the fixed day is none.
    """
    needed = [URLS[process]]
    if process != "owner" and os.environ.get("HENGJIAN_DEMO") != "1":
        needed.append("HENGJIAN_SECRET_KEY")
    if missing := [name for name in needed if not is_set(name)]:
        raise Failure(
            N_("缺少设置 {names}，见 docs/settings.md").format(names=N_("、").join(missing))
        )
    os.environ["HENGJIAN_PROCESS"] = process
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hengjian.config.settings")
    from hengjian.kernel.calendar import clock

    try:
        clock.today()
    except ValueError as error:
        raise Failure(N_("设置 HENGJIAN_DEMO_DATE 应为日期，如 2026-11-23")) from error
    import django

    # It reports at each start that tasks exist; a person at the command line waits for other words.
    for talker in ("procrastinate.blueprints", "procrastinate.periodic"):
        logging.getLogger(talker).setLevel(logging.WARNING)
    django.setup()


def refuse_unsafe_login() -> None:
    """Stop web and worker when the database would not hold them to their scope.

    Raises:
        Failure: with every problem that ``check_connection`` found.
    """
    from hengjian.kernel.database.provision import check_connection

    if problems := check_connection():
        raise Failure(N_("；").join(problems))
