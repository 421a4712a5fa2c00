"""Reports as received: lists, one report with what is behind each figure, its receipt (G2, E1)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hengjian.kernel.access.history import timeline
from hengjian.measures.selectors.reports import (
    ReportDetail,
    ReportRow,
    form_choices,
    report_detail,
    report_page,
    source_choices,
)
from hengjian.web.forms import page_number
from hengjian.web.measures.entry import parse_day
from hengjian.web.measures.entry_page import form_url
from hengjian.web.requests import HouseRequest


@require_GET
@login_required
def report_list(request: HouseRequest) -> HttpResponse:
    """Every report in scope, newest day first."""
    query = request.GET
    day, source, form = query.get("day", ""), query.get("source", ""), query.get("form", "daily")
    page = report_page(
        request.actor,
        page=page_number(query),
        day=parse_day(day) if day else None,
        source=source,
        form=form,
    )
    context = {
        "page": page,
        "rows": [_row(row) for row in page],
        "filters": [
            {
                "name": "form",
                "label": _("报表"),
                "kind": "select",
                "value": form,
                "options": form_choices(),
            },
            {"name": "day", "label": _("日期"), "kind": "date", "value": day},
            {
                "name": "source",
                "label": _("来源"),
                "kind": "select",
                "value": source,
                "options": source_choices(),
            },
        ],
    }
    template = "measures/_report_rows.html" if request.htmx else "measures/report_list.html"
    return render(request, template, context)


@require_GET
@login_required
def report(request: HouseRequest, report_id: UUID) -> HttpResponse:
    """One report: totals, quantities, conversion line by line, revisions, receipt."""
    detail = report_detail(request.actor, report_id)
    subjects = [f"measures.report:{one.id}" for one in detail.revisions]
    context = {
        **_shown(detail),
        "events": timeline(request.actor, subjects, request.today),
        "receipt_url": reverse("measures:receipt", args=[report_id]),
        "print_url": reverse("measures:report_print", args=[report_id]),
        "correct_url": form_url(detail.site_id, detail.row.form, detail.row.day)
        if detail.may_correct
        else "",
    }
    return render(request, "measures/report_detail.html", context)


@require_GET
@login_required
def receipt(request: HouseRequest, report_id: UUID) -> HttpResponse:
    """The receipt to print: what was received, when, and the text whose hash the sender can recompute."""
    return render(request, "measures/receipt.html", _shown(report_detail(request.actor, report_id)))


@require_GET
@login_required
def printed(request: HouseRequest, report_id: UUID) -> HttpResponse:
    """The form on paper (A4): its head as ordered, the figures, who filled in, reviewed and answers for it."""
    detail = report_detail(request.actor, report_id)
    head = detail.head
    context = {
        **_shown(detail),
        "title": _(head.title),
        "heads": [
            {"label": _("表　　号"), "value": head.table_number},
            {"label": _("制定机关"), "value": head.authority},
            {"label": _("文　　号"), "value": head.document_number or _("待定")},
            {"label": _("有效期至"), "value": head.valid_until or _("待定")},
        ],
        "unsettled": head.confidence == "to_verify",
    }
    return render(request, "measures/report_print.html", context)


def _row(row: ReportRow) -> dict[str, Any]:
    return {
        "url": reverse("measures:report", args=[row.id]),
        "site": row.site,
        "day": row.period_text,
        "title": row.title,
        "zero": row.zero,
        "source": row.source,
        "revision": row.revision,
        "output": row.output,
        "energy": row.energy,
        "coal": row.coal,
        "co2": row.co2,
        "received": row.received,
        "reporter": row.reporter,
    }


def _reviewer(detail: ReportDetail) -> str:
    return f"{detail.reviewer} {detail.reviewed}".strip()


def _shown(detail: ReportDetail) -> dict[str, Any]:
    row = detail.row
    return {
        "report": detail,
        "row": _row(row),
        "figures": [
            {"label": _("综合能源消费量（当量值）"), "value": row.energy},
            {"label": _("综合能源消费量（等价值）"), "value": detail.primary},
            {"label": _("煤炭消费量"), "value": row.coal},
            {"label": _("二氧化碳排放量"), "value": row.co2},
            {"label": _("主要产品"), "value": row.output, "note": detail.product},
        ],
        "facts": [
            {"label": _("来源"), "value": row.source},
            {"label": _("报送人"), "value": row.reporter},
            {"label": _("岗位"), "value": detail.post},
            {"label": _("审核人"), "value": _reviewer(detail)},
            {"label": _("服务器收到时间"), "value": row.received},
            {"label": _("填报设备时间"), "value": detail.device_time},
            {"label": _("版次"), "value": row.revision},
            {"label": _("更正理由"), "value": detail.reason},
            {"label": _("停产检修"), "value": row.zero},
            {"label": _("情况说明"), "value": detail.explanation},
            {"label": _("折算系数版本"), "value": detail.factor_version},
            {"label": _("统计口径"), "value": detail.basis},
            {"label": _("用途限制"), "value": detail.permitted_use},
        ],
        "revisions": [
            {"one": one, "url": reverse("measures:report", args=[one.id])}
            for one in detail.revisions
        ],
    }
