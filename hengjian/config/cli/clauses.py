"""``hengjian clauses``: each clause of the plan, the tests that prove it, and their results."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import click

from hengjian.config.cli.base import CLONE, Command, Failure
from hengjian.kernel.text import N_


@click.command(
    "clauses",
    cls=Command,
    short_help=N_("方案条款 → 测试 → 结果"),
    help=N_("运行标明方案条款的测试，按条款列出结果；有不通过的，退出码为 1。"),
)
@click.argument("clause", nargs=-1, metavar="[CLAUSE]...", help=N_("只看这些条款，如 M1.6"))
@click.pass_context
def clauses(ctx: click.Context, clause: tuple[str, ...]) -> None:
    """Run pytest with the plugin that prints the table."""
    plugin = CLONE / "tests" / "clauses_plugin.py"
    if importlib.util.find_spec("pytest") is None or not plugin.is_file():
        raise Failure(N_("测试未安装：请在代码目录中运行 uv sync --all-groups"))
    folders = [str(plugin.parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, folders))}
    command = [sys.executable, "-m", "pytest", "-m", "clause", "-p", "clauses_plugin", "-q"]
    command += [part for name in clause for part in ("--clause", name)]
    ctx.exit(subprocess.run(command, cwd=CLONE, env=environment, check=False).returncode)  # noqa: S603
