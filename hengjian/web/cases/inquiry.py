"""Inquiries: officials and the enterprise open the same pages; what each may do differs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hengjian.cases.rules import USUAL_DAYS_TO_ANSWER, usual_deadline
from hengjian.cases.selectors import inquiry as selectors
from hengjian.cases.selectors.inquiry import AnswerRow, InquiryDetail, find_inquiry
from hengjian.cases.services import inquiry as services
from hengjian.kernel.calendar.table import shipped_calendar
from hengjian.kernel.errors import FieldError, ValidationFailed
from hengjian.kernel.text import N_, number
from hengjian.measures.selectors.figures import DayFigures
from hengjian.monitoring.selectors.alerts import alerts_of_inquiry
from hengjian.web.cases.forms import AnswerForm, DecideForm
from hengjian.web.forms import add_faults, page_number
from hengjian.web.gate import needs
from hengjian.web.requests import HouseRequest

_TABS = ("open", "answered", "done", "all")
_DECISIONS = {
    "accept": (N_("采纳说明"), "primary"),
    "return": (N_("退回补充"), ""),
    "withdraw": (N_("撤回函询"), ""),
}


@require_GET
@login_required
def inquiry_list(request: HouseRequest) -> HttpResponse:
    """Inquiries in my scope; htmx gets the rows alone."""
    query = request.GET
    tab = query.get("tab", "open")
    page: Page[Any] = selectors.inquiry_page(
        request.actor,
        today=request.today,
        tab=tab,
        text=query.get("q", "").strip(),
        sort=query.get("sort", ""),
        page=page_number(query),
    )
    page.object_list = [
        {**asdict(row), "url": reverse("cases:inquiry_detail", args=[row.id])}
        for row in page.object_list
    ]
    if request.htmx:
        return render(request, "cases/_inquiry_rows.html", {"page": page})
    counts = selectors.inquiry_counts(request.actor, request.today)
    labels = (_("待说明"), _("已说明"), _("已办结"), _("全部"))
    search = {"name": "q", "label": _("查找"), "kind": "search", "value": query.get("q", "")}
    context = {
        "page": page,
        "filters": [{**search, "placeholder": _("厂区、标题或编号")}],
        "tabs": [
            {"label": text, "count": counts[name], "url": f"?tab={name}", "current": name == tab}
            for name, text in zip(_TABS, labels, strict=True)
        ],
        "scope_text": request.actor.post,
    }
    return render(request, "cases/inquiry_list.html", context)


@require_GET
@login_required
def inquiry_detail(request: HouseRequest, inquiry_id: UUID) -> HttpResponse:
    """One inquiry."""
    detail = selectors.inquiry_detail(request.actor, inquiry_id, request.today)
    return render(request, "cases/inquiry_detail.html", _context(request, detail))


@require_POST
@login_required
@needs("cases.inquiry.answer")
def answer(request: HouseRequest, inquiry_id: UUID) -> HttpResponse:
    """The enterprise explains."""
    inquiry = find_inquiry(request.actor, inquiry_id)
    form = AnswerForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.answer(
                actor=request.actor,
                inquiry=inquiry,
                text=form.cleaned_data["answer"],
                files=[(one.name, one.file) for one in form.cleaned_data["attachments"]],
                now=request.now,
            )
        except ValidationFailed as failed:
            add_faults(form, _named(failed, "file", "attachments"))
        else:
            messages.success(request, _("说明已提交"))
            return HttpResponseRedirect(reverse("cases:inquiry_detail", args=[inquiry_id]))
    detail = selectors.inquiry_detail(request.actor, inquiry_id, request.today)
    context = _context(request, detail) | {"form": form}
    return render(request, "cases/inquiry_detail.html", context, status=422)


def _named(failed: ValidationFailed, name: str, here: str) -> ValidationFailed:
    """The same faults under the name that the field has on this page."""
    return ValidationFailed(
        [
            FieldError(here if e.field == name else e.field, e.message, e.row, e.data)
            for e in failed.errors
        ]
    )


@require_POST
@login_required
@needs("cases.inquiry.accept")
def decide(request: HouseRequest, inquiry_id: UUID) -> HttpResponse:
    """Officials accept, return or withdraw."""
    inquiry = find_inquiry(request.actor, inquiry_id)
    form = DecideForm(request.POST)
    if form.is_valid():
        try:
            _decide(request, inquiry, form.cleaned_data)
        except ValidationFailed as failed:
            add_faults(form, _named(failed, "reason", "remark"))
        else:
            messages.success(request, _("已办理"))
            return HttpResponseRedirect(reverse("cases:inquiry_detail", args=[inquiry_id]))
    detail = selectors.inquiry_detail(request.actor, inquiry_id, request.today)
    context = _context(request, detail) | {"decide_form": form}
    return render(request, "cases/inquiry_detail.html", context, status=422)


def _decide(request: HouseRequest, inquiry: Any, data: dict[str, Any]) -> None:
    given: dict[str, Any] = {"actor": request.actor, "inquiry": inquiry, "now": request.now}
    action = request.POST.get("action")
    if action == "accept":
        services.accept(**given, remark=data["remark"])
    elif action == "return":
        due = data["deadline"]
        services.return_answer(**given, remark=data["remark"], due=due, today=request.today)
    elif action == "withdraw":
        services.withdraw(**given, reason=data["remark"])
    else:
        raise ValidationFailed([FieldError("action", N_("没有这种操作"))])


def _context(request: HouseRequest, detail: InquiryDetail) -> dict[str, Any]:
    row = detail.row
    alerts = alerts_of_inquiry(request.actor, row.id)
    actions = [a for a in _DECISIONS if a in detail.actions]
    due = usual_deadline(USUAL_DAYS_TO_ANSWER, today=request.today, calendar=shipped_calendar())
    return {
        "inquiry": {
            **asdict(row),
            "due": _("限 %(due)s") % {"due": row.due},
            "asked_by": detail.asked_by,
            "asked_at": detail.asked_at,
            "question": detail.question,
            "remark": detail.remark,
        },
        "figures": [_figure(figure) for figure in detail.figures],
        "may_answer": "answer" in detail.actions,
        "form": AnswerForm() if "answer" in detail.actions else None,
        "answer_url": reverse("cases:inquiry_answer", args=[row.id]),
        "answers": [_answer(one) for one in detail.answers],
        "decide_form": DecideForm(initial={"deadline": due}) if actions else None,
        "decisions": [
            {"name": a, "label": _(_DECISIONS[a][0]), "kind": _DECISIONS[a][1]} for a in actions
        ],
        "decide_url": reverse("cases:inquiry_decide", args=[row.id]),
        "staff_url": reverse("monitoring:alert_detail", args=[alerts[0]]) if alerts else "",
    }


def _answer(given: AnswerRow) -> dict[str, Any]:
    files = [
        {
            "label": file.name,
            "url": reverse("files:file", args=[file.id]),
            "icon": "paperclip",
            "size": filesizeformat(file.size),
        }
        for file in given.files
    ]
    return {"by": given.by, "at": given.at, "text": given.text, "files": files}


def _figure(figure: DayFigures) -> dict[str, Any]:
    return {
        "day": figure.period.isoformat(),
        "output": number(figure.output, 2),
        "energy": number(figure.energy_tce, 2),
        "url": reverse("measures:report", args=[figure.report_id]),
    }
