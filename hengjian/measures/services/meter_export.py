"""A month of a site's meters as a workbook: days against reports, and the quarter-hours of one meter."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any
from uuid import UUID

import xlsxwriter
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.audit.services import record
from hengjian.kernel.text import N_
from hengjian.measures.permissions import SOURCE_LABELS
from hengjian.measures.rules.intervals import CHINA, FLAGS
from hengjian.measures.selectors.meter_page import DayLine, MeterPage, meter_page
from hengjian.measures.selectors.readings import QuarterReading, day_readings

VERB = "measures.reading.export"
# A cell is text, never a formula or link.
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_DAY_HEADS = (
    N_("生产日"),
    N_("计量电量（kWh）"),
    N_("有效时段"),
    N_("应有时段"),
    N_("报表外购电量（kWh）"),
    N_("报表修订"),
    N_("差值（kWh）"),
    N_("差值率（%）"),
)
_QUARTER_HEADS = (
    N_("时段末"),
    N_("有功电量（kWh）"),
    N_("感性无功（kvarh）"),
    N_("容性无功（kvarh）"),
    N_("感性功率因数（%）"),
    N_("容性功率因数（%）"),
    N_("二氧化碳（t）"),
    N_("数据标记"),
    N_("修订"),
    N_("收到时间"),
)


def export_month(
    *, actor: Actor, site_id: UUID, meter_id: UUID | None, day: date, now: datetime, today: date
) -> tuple[IO[bytes], str]:
    """The open workbook, at its start, and the name of the file. The export is recorded.

    Raises:
        NotPermitted, NotVisible: as every fetch.
    """
    require(actor, VERB)
    page = meter_page(actor, site_id, meter_id=meter_id, day=day, today=today)
    readings = (
        [] if page.meter is None else day_readings(actor, page.meter.pk, page.first, page.last)
    )
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        _days(book, actor, page, now)
        _quarters(book, page, readings)
    file.seek(0)
    record(
        actor=actor,
        verb=VERB,
        subject=f"registry.site:{page.site.pk}",
        region=page.site.region_id,
        now=now,
        data={
            "meter": None if page.meter is None else page.meter.pk,
            "first": page.first,
            "last": page.last,
            "rows": len(readings),
        },
    )
    return file, f"{page.site.name}-{_('计量数据')}-{page.first:%Y%m}.xlsx"


def _days(book: Any, actor: Actor, page: MeterPage, now: datetime) -> None:
    sheet = book.add_worksheet(_("按日"))
    about = _("%(site)s；对照%(source)s；按%(post)s的权限范围导出，时间 %(at)s") % {
        "site": page.site.name,
        "source": _(SOURCE_LABELS[page.compared_with]),
        "post": actor.post,
        "at": f"{now.astimezone(CHINA):%Y-%m-%d %H:%M}",
    }
    sheet.write_string(0, 0, about)
    _head(book, sheet, _DAY_HEADS)
    for at, line in enumerate(reversed(page.days), start=2):
        _write(sheet, at, _day_cells(line))


def _day_cells(line: DayLine) -> tuple[object, ...]:
    stated, ratio = line.reported, line.ratio
    return (
        line.day.isoformat(),
        line.kwh,
        line.measured,
        line.expected,
        None if stated is None else stated.kwh,
        None if stated is None else stated.revision,
        line.difference,
        None if ratio is None else round(ratio * 100, 3),
    )


def _quarters(book: Any, page: MeterPage, readings: Sequence[QuarterReading]) -> None:
    sheet = book.add_worksheet(_("15 分钟"))
    sheet.write_string(0, 0, "" if page.meter is None else page.meter.code)
    _head(book, sheet, _QUARTER_HEADS)
    for at, one in enumerate(readings, start=2):
        cells = (
            f"{one.at.astimezone(CHINA):%Y-%m-%d %H:%M}",
            one.active_kwh, one.lagging_kvarh, one.leading_kvarh,
            one.power_factor_lagging, one.power_factor_leading, one.co2_t,
            f"{one.flag} {_(FLAGS[one.flag])}", one.revision,
            f"{one.received_at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
        )  # fmt: skip
        _write(sheet, at, cells)


def _head(book: Any, sheet: Any, titles: Sequence[str]) -> None:
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet.freeze_panes(2, 1)
    for column, title in enumerate(titles):
        sheet.set_column(column, column, 18)
        sheet.write_string(1, column, _(title), bold)


def _write(sheet: Any, at: int, cells: Sequence[object]) -> None:
    for column, cell in enumerate(cells):
        if isinstance(cell, int | Decimal):
            sheet.write_number(at, column, cell)
        elif cell is not None:
            sheet.write_string(at, column, str(cell))
