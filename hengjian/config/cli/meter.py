"""``hengjian import meter``: take in a file of one meter, all of it or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from hengjian.config.cli.base import Command, ExistingFile, Failure, setup
from hengjian.kernel.text import N_

if TYPE_CHECKING:
    from hengjian.kernel.access.actor import Actor
    from hengjian.measures.models import ReadingBatch
    from hengjian.registry.models import Meter

PLATFORM = N_("命令行导入")
SHOWN = 20


@click.command(
    "meter",
    cls=Command,
    short_help=N_("导入一块电能表的 15 分钟数据"),
    help=N_(
        "从 CSV 或 Excel 文件导入一块电能表的 15 分钟电量或示数。不带 --apply 时只预览，不留下任何记录；同一文件再次导入没有变化。"
    ),
)
@click.argument("file", type=ExistingFile(), help=N_("计量文件"))
@click.option("--site", required=True, help=N_("厂区名称或编号"))
@click.option("--meter", required=True, help=N_("计量器具编号，须已在台账登记"))
@click.option("--layout", default="", help=N_("文件的列布局；不写时按表头识别"))
@click.option("--apply", "wanted", is_flag=True, help=N_("没有错误时写入"))
def import_meter(file: Path, site: str, meter: str, layout: str, wanted: bool) -> None:  # noqa: FBT001 - a flag of click
    """Preview, and with ``--apply`` store, as the worker login."""
    setup("worker")
    from hengjian.kernel.access.actor import worker
    from hengjian.kernel.calendar import clock
    from hengjian.kernel.database.declare import Kind
    from hengjian.kernel.database.scope import transaction_as

    with transaction_as(kind=Kind.WORKER, uid=None, duty=None, today=clock.today()):
        actor = worker(PLATFORM)
        load_meter(actor, find_meter(actor, site, meter), file, layout=layout, wanted=wanted)


def find_meter(actor: Actor, site: str, code: str) -> Meter:
    """The meter with that number at the site of that name or id.

    Raises:
        Failure: no such site or meter, or several sites of the name.
    """
    from hengjian.registry.models import Meter, Site

    named = Site.objects.visible_to(actor)
    try:
        sites = list(named.filter(id=UUID(site)))
    except ValueError:
        sites = list(named.filter(name=site)[:2])
    if not sites:
        raise Failure(N_("台账里没有厂区 {site}").format(site=site))
    if len(sites) > 1:
        raise Failure(N_("有几个厂区都叫 {site}，请用编号").format(site=site))
    meters = Meter.objects.visible_to(actor).filter(site=sites[0])
    found = meters.filter(code=code).first()
    if found is None:
        known = N_("、").join(meters.order_by("code").values_list("code", flat=True))
        raise Failure(
            N_("{site} 没有登记计量器具 {code}；已登记：{known}").format(
                site=sites[0].name, code=code, known=known or N_("无")
            )
        )
    return found


def load_meter(actor: Actor, meter: Meter, file: Path, *, layout: str, wanted: bool) -> None:
    """Print what the file says; store it when ``wanted``. Inside a transaction.

    Raises:
        Failure: wanted, but rows are faulty. DomainError: the file is refused.
    """
    from hengjian.kernel.calendar import clock
    from hengjian.measures.models import ReadingBatch
    from hengjian.measures.services.meter_import import import_meter_file

    now = clock.now()
    batch = import_meter_file(
        actor=actor, meter_id=meter.pk, path=file, file_name=file.name, layout=layout,
        now=now, today=clock.today(), apply=wanted,
    )  # fmt: skip
    if batch.state == ReadingBatch.State.DONE and batch.finished_at != now:
        click.echo(N_("这个文件以前导入过，没有变化。回执 {receipt}").format(receipt=batch.receipt))
        return
    show(batch)
    if wanted and batch.fault_count:
        raise Failure(N_("有错误的行，整批未导入，请更正文件后再导入"))
    if wanted:
        click.echo(
            N_(
                "新增 {created} 条，更正 {corrected} 条，未变 {unchanged} 条；生成在线计量日报 {reports} 份。回执 {receipt}"
            ).format(
                created=batch.created,
                corrected=batch.corrected,
                unchanged=batch.unchanged,
                reports=batch.reports,
                receipt=batch.receipt,
            )
        )


def show(batch: ReadingBatch) -> None:
    """Print counts, days and sums, and the first faults by row and column."""
    said = batch.summary
    click.echo(
        N_("{stated} 行，可用 {rows} 条，{first} 至 {last}").format(
            stated=said["stated"], rows=said["rows"], first=said["first"], last=said["last"]
        )
    )
    click.echo(
        N_(
            "{days} 个生产日，其中完整 {complete_days} 日，缺 {missing} 个时段，事件 {events} 件"
        ).format(**said)
    )
    for name, total in said["sums"].items():
        click.echo(f"{name} {total}")
    for fault in batch.faults[:SHOWN]:
        text = fault["message"].format(**fault["data"])
        click.echo(
            N_("第 {row} 行 {column}：{text}").format(
                row=fault["row"], column=fault["column"], text=text
            )
        )
    if batch.fault_count > SHOWN:
        click.echo(N_("另有 {count} 处错误").format(count=batch.fault_count - SHOWN))
