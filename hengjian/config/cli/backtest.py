"""``hengjian backtest``: run the detectors over past days and compare with what was found."""

from __future__ import annotations

import click

from hengjian.config.cli.base import Command
from hengjian.config.cli.mistakes import no_such_part
from hengjian.kernel.text import N_


@click.command(
    "backtest",
    cls=Command,
    short_help=N_("用历史数据检验监测规则"),
    help=N_("用历史数据检验监测规则。"),
)
def backtest() -> None:
    """Not in this version."""
    raise no_such_part(N_("规则回测"))
