"""The status board as a workbook: one row per site with a column per period, and the groups on sheets beside it."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from typing import IO, Any

import xlsxwriter
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import TooLarge
from hengjian.kernel.text import N_
from hengjian.measures.reference import form_heads
from hengjian.measures.selectors.status import Status, StatusQuery, status
from hengjian.measures.selectors.status_board import (
    GROUPS,
    board_rows,
    chosen,
    group_rows,
    period_head,
)

MAX_ROWS, CHUNK = 20_000, 500
# A cell is text, never a formula or link: names come from files that strangers wrote.
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_HEADS = (
    (N_("厂区"), 34), (N_("属地"), 22), (N_("行业"), 14), (N_("本期状态"), 10), (N_("按时"), 8),
    (N_("迟报"), 8), (N_("未报"), 8), (N_("按时率"), 10), (N_("最近催报"), 14),
)  # fmt: skip
_GROUP_HEADS = (
    (N_("分组"), 26), (N_("应报"), 8), (N_("按时"), 8), (N_("迟报"), 8), (N_("未报"), 8),
    (N_("未到期"), 8), (N_("本期按时率"), 12), (N_("全表按时率"), 12),
)  # fmt: skip


def export_status(
    *, actor: Actor, query: StatusQuery, now: datetime, today: date
) -> tuple[IO[bytes], str]:
    """The open workbook, at its start, and the name of the file. The export is recorded.

    Raises:
        TooLarge: more than MAX_ROWS sites.
    """
    require(actor, "measures.status.export")
    found = status(actor, query, now=now, today=today)
    sites = chosen(found, query)
    if len(sites) > MAX_ROWS:
        raise TooLarge(
            N_("符合条件的有 {total} 家，一次最多导出 {limit} 家，请缩小范围分次导出"),
            total=len(sites),
            limit=MAX_ROWS,
        )
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        heads = [*_HEADS, *((period_head(query.form, p), 6) for p in found.span.periods)]
        sheet = _sheet(book, _("报送情况"), heads, _about(actor, query, len(sites), now))
        at = 3
        for start in range(0, len(sites), CHUNK):
            for row in board_rows(actor, query, found, sites[start : start + CHUNK], now=now):
                texts = (
                    row.name, row.place, row.industry, row.state_text, row.on_time, row.late,
                    row.missing, row.rate, row.reminded, *(cell.letter for cell in row.cells),
                )  # fmt: skip
                _write(sheet, at, texts)
                at += 1
        _groups(book, found)
    file.seek(0)
    record(
        actor=actor,
        verb="measures.status.export",
        subject=f"measures.obligation:{query.form.value}",
        region=actor.home_region,
        now=now,
        data={"rows": len(sites), "form": query.form, "source": query.source, "text": query.text},
    )
    return file, _("报送情况") + f"-{today:%Y%m%d}.xlsx"


def _groups(book: xlsxwriter.Workbook, found: Status) -> None:
    """One sheet for each way of grouping."""
    for by, label in GROUPS.items():
        sheet = _sheet(book, _(label), _GROUP_HEADS, "")
        for at, one in enumerate(group_rows(found, by), start=3):
            texts = (
                one.name, one.owed, one.on_time, one.late, one.missing, one.open, one.rate,
                one.rate_over,
            )  # fmt: skip
            _write(sheet, at, texts)


def _about(actor: Actor, query: StatusQuery, total: int, now: datetime) -> str:
    return _(
        "%(form)s，%(total)s 家，按%(post)s的权限范围导出，时间 %(at)s（服务器时钟）；"
        "按=按时 停=停产零报告 迟=迟报 缺=未报 待=未到期"
    ) % {
        "form": _(form_heads()[query.form].title),
        "total": total,
        "post": actor.post,
        "at": f"{localtime(now):%Y-%m-%d %H:%M}",
    }


def _sheet(book: Any, title: str, heads: Any, about: str) -> Any:
    """A sheet with title, scope, time and heads; data starts in the fourth row."""
    sheet = book.add_worksheet(title)
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    sheet.freeze_panes(3, 1)
    for column, (_title, width) in enumerate(heads):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
    sheet.write_string(1, 0, about)
    for column, (text, _width) in enumerate(heads):
        sheet.write_string(2, column, _(text), head)
    return sheet


def _write(sheet: Any, at: int, texts: tuple[str, ...]) -> None:
    for column, text in enumerate(texts):
        sheet.write_string(at, column, text)
