"""Meters of a site: completeness, one day's quarter-hours, sums against reports; files of readings."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from hengjian.kernel.access.scope import can
from hengjian.kernel.errors import NotVisible
from hengjian.kernel.text import number, percent
from hengjian.measures.meter_reference import meter_layouts
from hengjian.measures.permissions import SOURCE_LABELS
from hengjian.measures.rules.intervals import CHINA, EVENT_LABELS, FLAGS, MEASURED, MeterEventKind
from hengjian.measures.selectors.meter_page import (
    CalendarDay,
    DayLine,
    MeterPage,
    meter_page,
    metered_sites,
)
from hengjian.measures.selectors.readings import QuarterReading, electricity_meters
from hengjian.measures.services.meter_export import export_month
from hengjian.measures.services.meter_import import LIMITS, confirm_import, upload_meter_file
from hengjian.measures.tasks import defer_meter_file
from hengjian.web.forms import parsed
from hengjian.web.gate import needs
from hengjian.web.measures.entry import parse_day
from hengjian.web.measures.meter_batches import batch_context, batch_row
from hengjian.web.requests import HouseRequest

VIEW = "measures.reading.view"
UPLOAD = "measures.reading.upload"


@require_GET
@login_required
@needs(VIEW)
def meter_sites(request: HouseRequest) -> HttpResponse:
    """Sites with electricity meters in scope."""
    context = {"sites": metered_sites(request.actor)}
    return render(request, "measures/meter_sites.html", context)


@require_GET
@login_required
@needs(VIEW)
def site_meters(request: HouseRequest, site_id: UUID) -> HttpResponse:
    """One month, meter and day of a site."""
    page = meter_page(
        request.actor, site_id, meter_id=_meter(request), day=_day(request), today=request.today
    )
    return render(request, "measures/meters.html", _context(request, page))


@require_GET
@login_required
@needs("measures.reading.export")
def meter_export(request: HouseRequest, site_id: UUID) -> FileResponse:
    """The month as a workbook."""
    file, name = export_month(
        actor=request.actor,
        site_id=site_id,
        meter_id=_meter(request),
        day=_day(request) or request.today,
        now=request.now,
        today=request.today,
    )
    return FileResponse(file, as_attachment=True, filename=name)


class MeterFileForm(forms.Form):
    """A file of one meter."""

    meter = forms.ChoiceField(label=gettext_lazy("计量器具"))
    layout = forms.ChoiceField(label=gettext_lazy("表格"), required=False)
    file = forms.FileField(label=gettext_lazy("CSV 或 Excel 文件"))

    def __init__(self, *args: Any, meters: list[tuple[str, str]], **kwargs: Any) -> None:
        """``meters``: (id, number) of the site's electricity meters."""
        super().__init__(*args, **kwargs)
        own = [(one.code, _(one.title)) for one in meter_layouts()]
        self["meter"].field.choices = meters  # type: ignore[attr-defined]
        self["layout"].field.choices = [("", _("按表头识别")), *own]  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
@login_required
@needs(UPLOAD)
def meter_upload(request: HouseRequest, site_id: UUID) -> HttpResponse:
    """Choose a file of one of the site's meters; it is read and shown before anything is stored."""
    page = meter_page(request.actor, site_id, meter_id=None, day=None, today=request.today)
    meters = [(str(m.pk), m.code) for m in electricity_meters(request.actor, site_id)]
    if request.method == "POST":
        data = parsed(MeterFileForm(request.POST, request.FILES, meters=meters))
        file: UploadedFile[bytes] = data["file"]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "readings"
            with path.open("wb") as copy:
                copy.writelines(file.chunks())
            batch = upload_meter_file(
                actor=request.actor, meter_id=UUID(data["meter"]), path=path, file_name=file.name or "",
                layout=data["layout"], now=request.now,
            )  # fmt: skip
        return HttpResponseRedirect(reverse("measures:meter_batch", args=[batch.pk]))
    context = {
        "site": page.site,
        "form": MeterFileForm(meters=meters) if meters else None,
        "batches": [batch_row(batch) for batch in page.batches],
        "limits_text": _("不超过 %(size)s MB、%(rows)s 行")
        % {"size": LIMITS.file_bytes // 2**20, "rows": f"{LIMITS.rows:,}"},
    }
    return render(request, "measures/meter_upload.html", context)


@require_http_methods(["GET", "POST"])
@login_required
@needs(UPLOAD)
def meter_batch(request: HouseRequest, batch_id: UUID) -> HttpResponse:
    """What a file says, how far it is, what became of it; POST takes it in."""
    if request.method == "POST":
        batch = confirm_import(actor=request.actor, batch_id=batch_id)
        defer_meter_file(batch.pk)
        return HttpResponseRedirect(reverse("measures:meter_batch", args=[batch.pk]))
    context = batch_context(request.actor, batch_id)
    template = "measures/_meter_batch.html" if request.htmx else "measures/meter_batch.html"
    return render(request, template, context)


def _meter(request: HouseRequest) -> UUID | None:
    text = request.GET.get("meter", "")
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise NotVisible from error


def _day(request: HouseRequest) -> date | None:
    text = request.GET.get("day", "")
    return parse_day(text) if text else None


def _context(request: HouseRequest, page: MeterPage) -> dict[str, Any]:
    base = reverse("measures:meters", args=[page.site.pk])
    chosen = f"&meter={page.meter.pk}" if page.meter else ""
    upload = reverse("measures:meter_upload", args=[page.site.pk]) if page.may_upload else ""
    export = reverse("measures:meter_export", args=[page.site.pk])
    return {
        "page": page,
        "meters": _choices(page, base),
        "before_url": f"{base}?day={page.first - timedelta(days=1)}{chosen}",
        "after_url": f"{base}?day={page.last + timedelta(days=1)}{chosen}"
        if page.last < request.today
        else "",
        "weeks": _weeks(page, base, chosen, request.today),
        "figures": _figures(page),
        "energy_chart": _chart(page, "kWh", (_("有功电量"), "active_kwh", "bar")),
        "reactive_chart": _chart(
            page,
            "kvarh",
            (_("感性无功"), "lagging_kvarh", "line"),
            (_("容性无功"), "leading_kvarh", "line"),
        ),
        "quarters": [_quarter(end, reading) for end, reading in page.quarters],
        "gaps": [
            {"first": _clock(gap.first), "last": _clock(gap.last), "quarters": gap.quarters}
            for gap in page.gaps
        ],
        "days": [_line(line, base, chosen, request.today) for line in page.days if line.expected],
        "compared": _(SOURCE_LABELS[page.compared_with]),
        "events": _events(page),
        "upload_url": upload,
        "export_url": f"{export}?day={page.day}{chosen}"
        if can(request.actor, "measures.reading.export")
        else "",
    }


def _choices(page: MeterPage, base: str) -> list[dict[str, Any]]:
    return [
        {
            "url": f"{base}?meter={meter.pk}&day={page.day}",
            "code": meter.code,
            "level": meter.get_level_display(),
            "accuracy": meter.accuracy_class,
            "current": meter == page.meter,
            "retired": meter.retired_on,
        }
        for meter in page.meters
    ]


def _events(page: MeterPage) -> list[dict[str, Any]]:
    return [
        {
            "at": _clock(event.at, full=True),
            "meter": event.meter.code,
            "kind": _(EVENT_LABELS[MeterEventKind(event.kind)]),
            "before": event.before,
            "after": event.after,
        }
        for event in page.events
    ]


def _weeks(
    page: MeterPage, base: str, chosen: str, today: date
) -> list[list[dict[str, Any] | None]]:
    """Weeks from Monday to Sunday; None outside the month and for days to come."""
    cells: list[dict[str, Any] | None] = [None] * page.first.weekday()
    cells += [
        None if day.day > today else _cell(day, page.day, base, chosen) for day in page.calendar
    ]
    cells += [None] * (-len(cells) % 7)
    return [cells[at : at + 7] for at in range(0, len(cells), 7)]


def _cell(day: CalendarDay, shown: date, base: str, chosen: str) -> dict[str, Any]:
    share = Decimal(day.measured) / day.expected
    step = 4 if share == 1 else 0 if not day.measured else 1 + int(share * 3)
    text = _("%(day)s：有效 %(measured)s/%(expected)s 个时段，%(kwh)s kWh") % {
        "day": day.day.isoformat(),
        "measured": day.measured,
        "expected": day.expected,
        "kwh": number(day.kwh, 1),
    }
    return {
        "number": day.day.day,
        "url": f"{base}?day={day.day}{chosen}",
        "step": step,
        "text": text,
        "measured": day.measured,
        "corrected": day.corrected,
        "current": day.day == shown,
    }


def _figures(page: MeterPage) -> list[dict[str, Any]]:
    readings = [reading for _end, reading in page.quarters if reading is not None]
    measured = [r for r in readings if r.flag in MEASURED and r.active_kwh is not None]
    full = sum(day.measured == day.expected for day in page.calendar)
    total = sum((day.kwh for day in page.calendar), Decimal())
    kwh = sum((r.active_kwh or Decimal() for r in measured), Decimal())
    peak = max((r.active_kwh or Decimal() for r in measured), default=None)
    return [
        {"label": _("当日电量"), "value": number(kwh if measured else None, 2), "unit": "kWh",
         "note": page.day.isoformat()},
        {"label": _("当日有效时段"), "value": f"{len(measured)}/{len(page.quarters)}", "unit": "",
         "note": _("缺 %(count)s 个") % {"count": len(page.quarters) - len(readings)}},
        {"label": _("当日最大负荷"), "value": number(None if peak is None else peak * 4, 1), "unit": "kW",
         "note": _("15 分钟平均")},
        {"label": _("本月完整天数"), "value": str(full), "unit": _("天"),
         "note": _("共 %(count)s 天") % {"count": len(page.calendar)}},
        {"label": _("本月电量"), "value": number(total, 1), "unit": "kWh",
         "note": _("仅计有效时段")},
    ]  # fmt: skip


def _chart(page: MeterPage, unit: str, *series: tuple[str, str, str]) -> dict[str, Any]:
    def value(reading: QuarterReading | None, name: str) -> float | None:
        amount = None if reading is None else getattr(reading, name)
        return None if amount is None else float(amount)

    shown = [
        {"name": name, "kind": kind, "data": [value(r, field) for _end, r in page.quarters]}
        for name, field, kind in series
    ]
    if all(amount is None for one in shown for amount in one["data"]):
        return {}
    return {"unit": unit, "x": [_clock(end) for end, _r in page.quarters], "series": shown}


def _quarter(end: Any, reading: QuarterReading | None) -> dict[str, Any]:
    if reading is None:
        return {"end": _clock(end), "missing": True}
    return {
        "end": _clock(end),
        "missing": False,
        "values": [
            number(reading.active_kwh),
            number(reading.lagging_kvarh),
            number(reading.leading_kvarh),
            number(reading.power_factor_lagging),
            number(reading.power_factor_leading),
            number(reading.co2_t),
        ],
        "flag": _(FLAGS[reading.flag]),
        "measured": reading.flag in MEASURED,
        "revision": reading.revision,
        "received": f"{reading.received_at.astimezone(CHINA):%m-%d %H:%M}",
    }


def _line(line: DayLine, base: str, chosen: str, today: date) -> dict[str, Any]:
    return {
        "day": line.day,
        "url": f"{base}?day={line.day}{chosen}",
        "kwh": number(line.kwh, 2),
        "complete": f"{line.measured}/{line.expected}",
        "whole": line.kwh is not None,
        "running": line.day >= today,
        "reported": number(None if line.reported is None else line.reported.kwh, 2),
        "report_url": _report_url(line.reported),
        "difference": number(line.difference, 2),
        "ratio": percent(line.ratio, 2),
        "metered_url": _report_url(line.metered),
    }


def _report_url(stated: Any) -> str:
    return "" if stated is None else reverse("measures:report", args=[stated.report_id])


def _clock(at: Any, *, full: bool = False) -> str:
    """The end of a quarter-hour; midnight as 24:00, as the day that it ends says."""
    local = at.astimezone(CHINA)
    if full:
        return f"{local:%Y-%m-%d %H:%M}"
    return "24:00" if (local.hour, local.minute) == (0, 0) else f"{local:%H:%M}"
