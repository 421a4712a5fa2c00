"""The ledger as a workbook: written to a temporary file inside the scoped transaction, so only visible rows enter."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.conf import settings
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import TooLarge
from hengjian.kernel.text import N_
from hengjian.registry.selectors.ledger import LedgerQuery, SiteRow, find_sites, site_rows

MAX_ROWS = 20_000
CHUNK = 1_000
# A cell is text, never a formula or link: names come from files that strangers wrote.
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}

COLUMNS: Sequence[tuple[str, int, Callable[[SiteRow], str]]] = (
    (N_("厂区"), 34, lambda row: row.name),
    (N_("企业"), 34, lambda row: row.enterprise),
    (N_("统一社会信用代码"), 22, lambda row: row.code),
    (N_("市"), 12, lambda row: row.city),
    (N_("县（市、区）"), 14, lambda row: row.county),
    (N_("主要行业"), 14, lambda row: row.industry),
    (N_("其他行业"), 20, lambda row: row.other_industries),
    (N_("状态"), 10, lambda row: row.status),
    (N_("产能（含单位）"), 22, lambda row: row.capacity),
    (N_("产量受控"), 10, lambda row: _("是") if row.controlled else _("否")),
    (N_("重点企业"), 10, lambda row: _("是") if row.key_site else _("否")),
    (N_("坐标"), 12, lambda row: row.place),
    (N_("监管属地"), 14, lambda row: row.supervision),
    (N_("备注"), 20, lambda row: _("演示数据") if row.is_demo else ""),
)


def export_ledger(
    *, actor: Actor, query: LedgerQuery, now: datetime, today: date
) -> tuple[IO[bytes], str]:
    """The open workbook, at its start, and the name of the file. The export is recorded.

    Raises:
        TooLarge: more than MAX_ROWS rows.
    """
    require(actor, "registry.site.export")
    rows = find_sites(actor, query)
    total = rows.count()
    if total > MAX_ROWS:
        raise TooLarge(
            N_(
                "符合条件的有 {total} 家，一次最多导出 {limit} 家。请缩小范围分次导出；整表导出任务正在建设。"
            ),
            total=total,
            limit=MAX_ROWS,
        )
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        sheet = _sheet(book, actor, total, now)
        at = 3
        for start in range(0, total, CHUNK):
            for row in site_rows(actor, list(rows[start : start + CHUNK]), "", today):
                for column, (_title, _width, value) in enumerate(COLUMNS):
                    sheet.write_string(at, column, value(row))
                at += 1
    file.seek(0)
    record(
        actor=actor,
        verb="registry.site.export",
        subject="registry.site:ledger",
        region=actor.home_region,
        now=now,
        data={"rows": total, "conditions": _conditions(query)},
    )
    return file, _("企业台账") + f"-{today:%Y%m%d}.xlsx"


def _sheet(book: Any, actor: Actor, total: int, now: datetime) -> Any:
    """The sheet with title, scope, time and heads; data starts in the fourth row."""
    sheet = book.add_worksheet(_("企业台账"))
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"})
    sheet.freeze_panes(3, 1)
    for column, (_title, width, _value) in enumerate(COLUMNS):
        sheet.set_column(column, column, width)
    at = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    sheet.write_string(0, 0, _("企业台账"), book.add_format({"bold": True, "font_size": 14}))
    about = _("共 %(total)s 家，按%(post)s的权限范围导出，时间 %(at)s；产能单位见各单元格")
    sheet.write_string(
        1, 0, about % {"total": total, "post": actor.post, "at": f"{at:%Y-%m-%d %H:%M}"}
    )
    for column, (title, _width, _value) in enumerate(COLUMNS):
        sheet.write_string(2, column, _(title), head)
    return sheet


def _conditions(query: LedgerQuery) -> dict[str, str]:
    given = {name: getattr(query, name) for name in LedgerQuery.__slots__}
    return {name: value for name, value in given.items() if value}
