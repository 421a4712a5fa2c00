"""``hengjian backtest``: judge panels in files with the panel rules; needs no database."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from hengjian.config.cli.base import Command, Day, ExistingFile, Failure
from hengjian.kernel.text import N_


@click.command(
    "backtest",
    cls=Command,
    short_help=N_("用历史数据检验监测规则"),
    help=N_(
        "用文件中的历史数据检验监测规则，不需要数据库。每个 PANEL 为 CSV（可用 gzip 压缩），列为 plant_id、period、group、capacity、"
        "output、fuel、receipt、stock_close、co2_meter，前一半期间视为诚实历史；15分钟电能表的数据按功率三角关系识别。"
        "结果写入 DIR，每个文件一个 CSV：plant_id、period、rule、score（证据强度的平方，rule 为 score 的行是各规则之和）。"
    ),
)
@click.argument("panels", metavar="PANEL…", type=ExistingFile(), nargs=-1, required=True)
@click.option(
    "--out",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    required=True,
    help=N_("结果文件夹，没有时新建"),
)
@click.option("--date", "day", type=Day(), help=N_("按哪一天的参数，默认最新"))
def backtest(panels: tuple[Path, ...], folder: Path, day: date | None) -> None:
    """All files are read before anything is written: a bad one leaves no half of a result."""
    from hengjian.monitoring.backtest import PanelRefused, judge, newest, read_panel, target, write
    from hengjian.monitoring.parameters import load

    targets = [target(path, folder) for path in panels]
    if doubled := {path.name for path in targets if targets.count(path) > 1}:
        raise Failure(
            N_("几个文件的结果会同名：{names}").format(names=N_("、").join(sorted(doubled)))
        )
    try:
        read = [read_panel(path) for path in panels]
    except PanelRefused as error:
        raise Failure(str(error)) from error
    parameters = load()
    folder.mkdir(parents=True, exist_ok=True)
    for panel, result in zip(read, targets, strict=True):
        rows = judge(panel, parameters=parameters, day=day or newest(parameters))
        write(rows, panel, result)
        click.echo(N_("{file}：{count}行").format(file=result, count=len(rows)))
