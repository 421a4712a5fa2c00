"""The list of who owes which form as a workbook."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import IO

import xlsxwriter
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import TooLarge
from hengjian.kernel.text import N_
from hengjian.measures.selectors.obligations import (
    ObligationQuery,
    ObligationRow,
    find_obligations,
    obligation_row,
)

MAX_ROWS, CHUNK = 20_000, 1_000
# A cell is text, never a formula or link: names come from files that strangers wrote.
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
COLUMNS: Sequence[tuple[str, int, Callable[[ObligationRow], str]]] = (
    (N_("厂区"), 34, lambda row: row.site),
    (N_("属地"), 22, lambda row: row.place),
    (N_("报表"), 20, lambda row: row.form),
    (N_("来源"), 14, lambda row: row.source),
    (N_("起日"), 12, lambda row: row.valid_from),
    (N_("止日"), 12, lambda row: row.valid_to),
    (N_("产生方式"), 12, lambda row: row.origin),
    (N_("依据"), 50, lambda row: row.basis),
    (N_("须审核"), 8, lambda row: _("是") if row.needs_review else _("否")),
    (N_("列入单位"), 24, lambda row: row.made),
    (N_("移出理由"), 40, lambda row: row.ended),
)


def export_obligations(
    *, actor: Actor, query: ObligationQuery, now: datetime, today: date
) -> tuple[IO[bytes], str]:
    """The open workbook, at its start, and the name of the file. The export is recorded.

    Raises:
        TooLarge: more than MAX_ROWS rows.
    """
    require(actor, "measures.obligation.export")
    rows = find_obligations(actor, query, today)
    total = rows.count()
    if total > MAX_ROWS:
        raise TooLarge(
            N_("符合条件的有 {total} 条，一次最多导出 {limit} 条，请缩小范围分次导出"),
            total=total,
            limit=MAX_ROWS,
        )
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        sheet = book.add_worksheet(_("报送名录"))
        head = book.add_format({"bold": True, "bottom": 1})
        sheet.freeze_panes(3, 1)
        for column, (title, width, _text) in enumerate(COLUMNS):
            sheet.set_column(column, column, width)
            sheet.write_string(2, column, _(title), head)
        sheet.write_string(0, 0, _("报送名录"), book.add_format({"bold": True, "font_size": 14}))
        about = _("共 %(total)s 条，按%(post)s的权限范围导出，时间 %(at)s")
        at = f"{localtime(now):%Y-%m-%d %H:%M}"
        sheet.write_string(1, 0, about % {"total": total, "post": actor.post, "at": at})
        for line, one in enumerate(rows.iterator(chunk_size=CHUNK), start=3):
            shown = obligation_row(actor, one, today)
            for column, (_title, _width, value) in enumerate(COLUMNS):
                sheet.write_string(line, column, value(shown))
    file.seek(0)
    record(
        actor=actor,
        verb="measures.obligation.export",
        subject="measures.obligation:list",
        region=actor.home_region,
        now=now,
        data={"rows": total, "form": query.form, "state": query.state, "text": query.text},
    )
    return file, _("报送名录") + f"-{today:%Y%m%d}.xlsx"
