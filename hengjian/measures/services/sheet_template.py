"""The workbook to fill in for one site and form: heads locked, units named, one row a period."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.text import N_
from hengjian.measures.reference import DailyItem, form_heads
from hengjian.measures.rules.balance import Flow
from hengjian.measures.rules.deadlines import periods_ending_by
from hengjian.measures.rules.forms import STOP_LABELS, Form
from hengjian.measures.services.sheets import (
    MAX_ROWS,
    PERIOD,
    SAID,
    SITE,
    STOP,
    UNTIL,
    head_of,
    site_plant,
)

_PREPARED = {Form.DAILY: 7}
_NOTES = (
    N_("一行填一个报告期；可填多行，一次上传。"),
    N_("没有数据请留空；停产、检修填停产类别，产量和能耗可全部留空。"),
    N_("期初库存留空时自动结转上期期末库存；与上期不一致时须填情况说明。"),
    N_("表头和厂区不能改动；数字按表头所列单位填写，不写万、亿等字。"),
)


def form_template(*, actor: Actor, site_id: UUID, form: Form, today: date) -> bytes:
    """The workbook, with the last periods prepared. NotPermitted, NotVisible as for a report."""
    site, plant = site_plant(actor, site_id)
    lines = plant.lines_of(form)
    daily = form is Form.DAILY
    heads = [_(PERIOD), _(SITE), *(head_of(line) for line in lines)]
    heads += [_(STOP), _(UNTIL)] if daily else []
    heads.append(_(SAID))
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(_(form_heads()[form].title))
        locked = book.add_format(
            {"bold": True, "bg_color": "#E8EEF5", "text_wrap": True, "valign": "top"}
        )
        grey = book.add_format({"font_color": "#5B6B7D"})
        day = book.add_format({"num_format": "yyyy-mm-dd", "locked": False})
        free = book.add_format({"locked": False})
        for column, head in enumerate(heads):
            sheet.set_column(column, column, 13 if column else 12, None)
            sheet.write_string(0, column, head, locked)
        sheet.set_row(0, 48)
        sheet.freeze_panes(1, 2)
        periods = periods_ending_by(form, today - timedelta(days=1), _PREPARED.get(form, 2))
        for row in range(1, MAX_ROWS + 1):
            known = periods[row - 1] if row <= len(periods) else None
            if known is None:
                sheet.write_blank(row, 0, None, day)
            else:
                sheet.write_datetime(row, 0, known, day)
            sheet.write_string(row, 1, site.name, grey)
            for column in range(2, len(heads)):
                sheet.write_blank(row, column, None, day if heads[column] == _(UNTIL) else free)
        _validate(sheet, lines, heads)
        sheet.protect("", {"format_columns": True})
        _explain(book, lines, locked)
    return file.getvalue()


def _validate(sheet: Worksheet, lines: Sequence[DailyItem], heads: Sequence[str]) -> None:
    """Excel itself refuses what is no number; bounds warn, for the server says it better."""
    for column, line in enumerate(lines, start=2):
        sheet.data_validation(
            1,
            column,
            MAX_ROWS,
            column,
            {
                "validate": "decimal",
                "criteria": "between",
                "minimum": float(line.minimum),
                "maximum": float(line.maximum),
                "error_type": "warning",
                "error_title": _(line.name)[:32],
                "error_message": _("请填写数字，并核对单位"),
            },
        )
    if _(STOP) in heads:
        column = heads.index(_(STOP))
        labels = [_(label) for label in STOP_LABELS.values()]
        sheet.data_validation(1, column, MAX_ROWS, column, {"validate": "list", "source": labels})


def _explain(book: xlsxwriter.Workbook, lines: Sequence[DailyItem], bold: Format) -> None:
    about = book.add_worksheet(_("填写说明"))
    about.set_column(0, 0, 44)
    about.set_column(1, 3, 18)
    for row, note in enumerate(_NOTES):
        about.write_string(row, 0, _(note))
    begin = len(_NOTES) + 1
    for column, head in enumerate((_("指标"), _("要求"), _("最小值"), _("最大值"))):
        about.write_string(begin, column, head, bold)
    for row, line in enumerate(lines, start=begin + 1):
        about.write_string(row, 0, head_of(line))
        about.write_string(row, 1, _demand(line))
        about.write_string(row, 2, f"{line.minimum:f}")
        about.write_string(row, 3, f"{line.maximum:f}")


def _demand(line: DailyItem) -> str:
    if line.required:
        return _("必填")
    return _("自动结转") if line.flow is Flow.OPENING else _("选填")
