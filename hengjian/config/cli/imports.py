"""``hengjian import``: load a register of sites from CSV or Excel, all of it or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hengjian.config.cli.base import Command, Context, ExistingFile, Failure, setup
from hengjian.config.cli.meter import import_meter
from hengjian.kernel.text import N_

if TYPE_CHECKING:
    from hengjian.kernel.access.actor import Actor
    from hengjian.registry.models import ImportBatch
    from hengjian.registry.selectors.imports import BatchPage

PLATFORM = N_("命令行导入")
SOURCE_CHARACTERS = 200


@click.command(
    "register",
    cls=Command,
    short_help=N_("导入企业与厂区名册"),
    help=N_(
        "从 CSV 或 Excel 文件导入企业与厂区名册。不带 --apply 时只预览，不留下任何记录；同一文件再次导入没有变化。"
        "电能表数据用 hengjian import meter。"
    ),
)
@click.argument("file", type=ExistingFile(), help=N_("名册文件"))
@click.option("--source", default="", help=N_("名册名称；同一名册再次导入时按登记编号更新"))
@click.option("--apply", "wanted", is_flag=True, help=N_("没有错误和未决定的行时写入台账"))
@click.option(
    "--undecided",
    type=click.Choice(["new", "skip"]),
    help=N_("疑似同一厂区的行：new 一律新建，skip 一律跳过；逐行决定请在网页的导入页办理"),
)
def import_file(file: Path, source: str, wanted: bool, undecided: str | None) -> None:  # noqa: FBT001 - a flag of click
    """Preview, and with ``--apply`` write, as the worker login."""
    if len(source) > SOURCE_CHARACTERS:
        raise Failure(N_("名册名称最多 {limit} 字").format(limit=SOURCE_CHARACTERS))
    setup("worker")
    from hengjian.kernel.access.actor import worker
    from hengjian.kernel.calendar import clock
    from hengjian.kernel.database.declare import Kind
    from hengjian.kernel.database.scope import transaction_as

    with transaction_as(kind=Kind.WORKER, uid=None, duty=None, today=clock.today()):
        load_register(
            actor=worker(PLATFORM), file=file, source=source, wanted=wanted, undecided=undecided
        )


class Imports(click.Group):
    """Kinds of import; a file alone is a register."""

    context_class = Context

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Without the name of a kind: a register."""
        kind = [] if args and args[0] in self.commands else ["register"]
        return super().parse_args(ctx, [*kind, *args])


import_group = Imports(
    "import",
    commands={"register": import_file, "meter": import_meter},
    short_help=N_("导入企业与厂区名册、电能表数据"),
)


def load_register(
    *, actor: Actor, file: Path, source: str, wanted: bool, undecided: str | None
) -> None:
    """Print the preview; apply when ``wanted``, else leave no trace of it. Inside a transaction.

    Raises:
        Failure: wanted, but rows are faulty or undecided.
        DomainError: the file is refused, or a row may not be applied.
    """
    from django.db import transaction

    from hengjian.kernel.calendar import clock
    from hengjian.registry.selectors.imports import batch_page
    from hengjian.registry.services.imports import upload_register

    now = clock.now()
    batch = upload_register(actor=actor, path=file, file_name=file.name, now=now, source=source)
    page = batch_page(actor, batch.pk)
    if page.result_text:
        click.echo(page.result_text)
        return
    show(page)
    if wanted:
        click.echo(_apply(actor, batch, undecided, page).result_text)
    else:
        transaction.set_rollback(True)


def _apply(actor: Actor, batch: ImportBatch, undecided: str | None, page: BatchPage) -> BatchPage:
    from hengjian.kernel.calendar import clock
    from hengjian.registry.selectors.imports import batch_page
    from hengjian.registry.services.import_apply import apply_import
    from hengjian.registry.services.imports import decide_rows

    if page.errors:
        raise Failure(N_("有错误的行，整批未导入，请更正文件后再导入"))
    if page.undecided and not undecided:
        raise Failure(
            N_(
                "有 {count} 行疑似同一厂区，整批未导入；用 --undecided 一律新建或跳过，或在网页的导入页逐行决定"
            ).format(count=page.undecided)
        )
    decide_rows(actor=actor, batch_id=batch.pk, decisions={}, rest=undecided or "")
    apply_import(actor=actor, batch_id=batch.pk, now=clock.now())
    return batch_page(actor, batch.pk)


def show(page: BatchPage) -> None:
    """Print what the rows are, each fault by row and column, and the likely same sites."""
    counts = [f"{part['label']} {part['value']}" for part in page.summary]
    click.echo(N_("{name}：{rows}").format(name=page.file["name"], rows=page.file["size"]))
    click.echo(N_("，").join(counts))
    for error in page.errors:
        click.echo(N_("第 {row} 行 {column} “{value}”：{text}").format(**error))
    for match in page.matches:
        click.echo(
            N_("第 {row} 行 {name} 疑似 {candidate}（{score}）：{reason}").format(
                row=match["row"],
                name=match["name"],
                candidate=match["candidate"],
                score=match["score"],
                reason=match["reason"],
            )
        )
    for more in (page.errors_more, page.matches_more):
        if more:
            click.echo(more)
