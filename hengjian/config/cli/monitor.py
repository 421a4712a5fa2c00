"""``hengjian monitor``: run the detectors for one day."""

from __future__ import annotations

import importlib
import importlib.util
from datetime import date

import click

from hengjian.config.cli.base import Command, Day, setup
from hengjian.config.cli.mistakes import no_such_part
from hengjian.kernel.text import N_


@click.command(
    "monitor",
    cls=Command,
    short_help=N_("按规则监测一天的数据"),
    help=N_("按监测规则检查一天的数据。重复运行不会产生重复的预警。"),
)
@click.option("--date", "day", type=Day(), required=True, help=N_("监测哪一天"))
def monitor(day: date) -> None:
    """Run the detectors over the day's data, as the worker login."""
    if importlib.util.find_spec("hengjian.monitoring.tasks") is None:
        raise no_such_part(N_("监测运行"))
    setup("worker")
    tasks = importlib.import_module("hengjian.monitoring.tasks")
    tasks.run_day(day)
    click.echo(N_("{day} 监测完成").format(day=day.isoformat()))
