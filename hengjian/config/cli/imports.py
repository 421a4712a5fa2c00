"""``hengjian import``: load a register of sites from CSV or Excel."""

from __future__ import annotations

from pathlib import Path

import click

from hengjian.config.cli.base import Command, ExistingFile
from hengjian.config.cli.mistakes import no_such_part
from hengjian.kernel.text import N_


@click.command(
    "import",
    cls=Command,
    short_help=N_("导入企业与厂区名册"),
    help=N_("从 CSV 或 Excel 文件导入企业与厂区名册。"),
)
@click.argument("file", type=ExistingFile(), help=N_("名册文件"))
def import_file(file: Path) -> None:
    """Not in this version."""
    raise no_such_part(N_("命令行导入（{file}），请在网页的导入页操作").format(file=file))
