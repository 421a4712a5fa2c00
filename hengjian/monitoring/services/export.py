"""Alerts as a workbook: written to a temporary file inside the scoped transaction, so only visible rows enter."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
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
from hengjian.monitoring.selectors.alerts import (
    AlertQuery,
    AlertRow,
    export_rows,
    find_alerts,
)

MAX_ROWS = 20_000
# A cell is text, never a formula or link: names come from files that strangers wrote.
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
COLUMNS: Sequence[tuple[str, int, Callable[[AlertRow], str]]] = (
    (N_("编号"), 16, lambda row: row.number),
    (N_("等级"), 8, lambda row: row.level_text),
    (N_("事由"), 40, lambda row: row.title),
    (N_("厂区"), 30, lambda row: row.site),
    (N_("属地"), 18, lambda row: row.place),
    (N_("数据日"), 12, lambda row: row.day),
    (N_("实测"), 18, lambda row: row.observed),
    (N_("应为"), 18, lambda row: row.expected),
    (N_("偏离"), 10, lambda row: row.excess),
    (N_("涉及量"), 16, lambda row: row.stake),
    (N_("证据强度"), 10, lambda row: row.evidence),
    (N_("厂区评分"), 10, lambda row: row.score),
    (N_("评分构成"), 24, lambda row: row.score_parts),
    (N_("规则"), 8, lambda row: row.rule),
    (N_("类别"), 16, lambda row: row.layer),
    (N_("依据"), 20, lambda row: row.basis),
    (N_("状态"), 14, lambda row: row.state_text),
    (N_("承办"), 28, lambda row: row.assignee),
    (N_("时限"), 24, lambda row: row.due),
    (N_("说明"), 80, lambda row: row.text),
)


def export_alerts(
    *, actor: Actor, query: AlertQuery, now: datetime, today: date
) -> tuple[IO[bytes], str]:
    """The open workbook, at its start, and the name of the file. The export is recorded.

    Raises:
        TooLarge: more than MAX_ROWS rows.
    """
    require(actor, "monitoring.alert.export")
    total = find_alerts(actor, query).count()
    if total > MAX_ROWS:
        raise TooLarge(
            N_("符合条件的有 {total} 件，一次最多导出 {limit} 件，请缩小范围分次导出"),
            total=total,
            limit=MAX_ROWS,
        )
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        sheet = _sheet(book, actor, total, now)
        for at, row in enumerate(export_rows(actor, query, today), start=3):
            for column, (_title, _width, value) in enumerate(COLUMNS):
                sheet.write_string(at, column, value(row))
    file.seek(0)
    record(
        actor=actor,
        verb="monitoring.alert.export",
        subject="monitoring.alert:list",
        region=actor.home_region,
        now=now,
        data={"rows": total, **asdict(query)},
    )
    return file, _("预警") + f"-{today:%Y%m%d}.xlsx"


def _sheet(book: Any, actor: Actor, total: int, now: datetime) -> Any:
    """The sheet with title, scope, time and heads; data starts in the fourth row."""
    sheet = book.add_worksheet(_("预警"))
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    sheet.freeze_panes(3, 1)
    for column, (_title, width, _value) in enumerate(COLUMNS):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, _("预警"), book.add_format({"bold": True, "font_size": 14}))
    about = _("共 %(total)s 件，按%(post)s的权限范围导出，时间 %(at)s；命中不等于违法，须经核实")
    given = {"total": total, "post": actor.post, "at": f"{localtime(now):%Y-%m-%d %H:%M}"}
    sheet.write_string(1, 0, about % given)
    for column, (title, _width, _value) in enumerate(COLUMNS):
        sheet.write_string(2, column, _(title), head)
    return sheet
