"""Filling in a day (G2): keyboard only, yesterday beside, draft kept, one click for a day without production."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hengjian.kernel.errors import NotVisible, ValidationFailed
from hengjian.measures.selectors.forms import (
    DailyPage,
    daily_page,
    due_day,
    sites_to_report,
    zero_quantities,
)
from hengjian.measures.selectors.reports import last_receipts
from hengjian.measures.services.drafts import save_draft
from hengjian.measures.services.submission import Outcome, submit_report
from hengjian.web.measures.forms import DailyForm
from hengjian.web.requests import HouseRequest


@require_GET
@login_required
def choose(request: HouseRequest) -> HttpResponse:
    """The one site's form at once, or a choice where there are several."""
    day = due_day(request.today)
    sites = sites_to_report(request.actor, day)
    if len(sites) == 1:
        return redirect(_form_url(sites[0].id, day))
    rows = [{"name": s.name, "reported": s.reported, "url": _form_url(s.id, day)} for s in sites]
    return render(request, "measures/site_choice.html", {"sites": rows, "day": day.isoformat()})


@require_http_methods(["GET", "POST"])
@login_required
def daily(request: HouseRequest, site: UUID, day: str) -> HttpResponse:
    """The form; a correct report leads to its page with figures and receipt."""
    page = daily_page(request.actor, site, parse_day(day), request.today)
    form = DailyForm(page, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            return _submit(request, page, form)
        except ValidationFailed as failed:
            form.add_faults(failed)
    status = 422 if form.is_bound else 200
    context = _context(request, page, form)
    return render(request, "measures/report_form.html", context, status=status)


@require_POST
@login_required
def draft(request: HouseRequest, site: UUID, day: str) -> HttpResponse:
    """Autosave of the form as typed."""
    kept = {
        name: value
        for name, value in request.POST.items()
        if name not in {"csrfmiddlewaretoken", "report_id", "action"} and isinstance(value, str)
    }
    save_draft(
        actor=request.actor, site_id=site, period=parse_day(day), payload=kept, now=request.now
    )
    return HttpResponse(status=204)


def parse_day(text: str) -> date:
    """A day of the address; anything else is no page."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotVisible from None


def _submit(request: HouseRequest, page: DailyPage, form: DailyForm) -> HttpResponse:
    zero = request.POST.get("action") == "zero"
    report, outcome = submit_report(
        actor=request.actor,
        report_id=form.cleaned_data["report_id"],
        site_id=page.site_id,
        form="daily",
        period=page.day,
        source=page.source.value,
        quantities=zero_quantities(page) if zero else form.quantities(),
        reason=form.cleaned_data["reason"],
        now=request.now,
        today=request.today,
    )
    if outcome is Outcome.CREATED:
        messages.success(request, _("已收到，折算结果与回执如下。"))
    else:
        messages.info(request, _("该日报此前已收到，未重复记录。"))
    return redirect("measures:report", report_id=report.pk)


def _form_url(site: UUID, day: date) -> str:
    return reverse("measures:daily_form", args=[site, day.isoformat()])


def _context(request: HouseRequest, page: DailyPage, form: DailyForm) -> dict[str, Any]:
    late = request.now > page.due and not page.is_correction
    due = localtime(page.due)
    return {
        "site": {"name": page.site, "url": reverse("measures:daily")},
        "day_text": page.day_text,
        "form_title": _("生产能耗日报"),
        "form": form,
        "rows": _rows(page, form),
        "draft_url": reverse("measures:draft", args=[page.site_id, page.day.isoformat()]),
        "draft_text": _("草稿已恢复 %(at)s") % {"at": page.draft_saved} if page.draft_saved else "",
        "is_correction": page.is_correction,
        "revision_text": _("第 %(number)s 版更正") % {"number": page.revision + 1}
        if page.is_correction
        else "",
        "deadline_text": _("%(at)s 前报送") % {"at": f"{due:%m-%d %H:%M}"},
        "late": late,
        "due_list": [
            {
                "label": missing.isoformat(),
                "url": _form_url(page.site_id, missing),
                "state": "plain" if missing == page.day else "orange",
                "state_text": _("本页") if missing == page.day else _("未报"),
            }
            for missing in page.missing_days
        ],
        "receipts": [
            {
                "day": row.day.isoformat(),
                "text": row.received,
                "hash": row.sha256[:8],
                "url": reverse("measures:report", args=[row.id]),
            }
            for row in last_receipts(request.actor, page.site_id)
        ],
    }


def _rows(page: DailyPage, form: DailyForm) -> list[dict[str, Any]]:
    """Lines for the template, with a heading row where a section begins."""
    rows: list[dict[str, Any]] = []
    section = ""
    for line in page.lines:
        if line.section != section:
            section = line.section
            rows.append({"section": section})
        rows.append(
            {
                "name": line.code,
                "label": line.label,
                "hint": _("必填") if line.required else "",
                "unit": line.unit,
                "bound": form[line.code],
                "yesterday": line.yesterday,
                "yesterday_value": line.yesterday_value,
                "average": line.average,
            }
        )
    return rows
