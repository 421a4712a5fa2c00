"""The empty table that people fill in, as CSV or workbook, made from the layout itself."""

from __future__ import annotations

import csv
import io

import xlsxwriter
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.registry.selectors.imports import template_heads


def import_template(*, actor: Actor, kind: str) -> bytes:
    """The template; ``kind`` is csv (UTF-8 with mark, so that Excel reads it) or xlsx."""
    require(actor, "registry.import.run")
    heads, notes = template_heads()
    if kind == "csv":
        text = io.StringIO()
        csv.writer(text).writerow(heads)
        return text.getvalue().encode("utf-8-sig")
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(_("企业台账"))
        for column, head in enumerate(heads):
            sheet.set_column(column, column, max(12, 2 * len(head) + 4))
            sheet.write_string(0, column, head, bold)
        about = book.add_worksheet(_("填写说明"))
        about.set_column(0, 2, 30)
        for at, line in enumerate([[_("列"), _("要求"), _("可填内容")], *notes]):
            for column, text_ in enumerate(line):
                about.write_string(at, column, text_, bold if at == 0 else None)
    return file.getvalue()
