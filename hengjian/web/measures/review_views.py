"""The forms that a reporter owes, and the reviewer's desk: send or return what another filled in (G2)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hengjian.kernel.errors import Conflict, FieldError, ValidationFailed
from hengjian.kernel.text import N_
from hengjian.measures.selectors.form_list import owed_forms, waiting_report, waiting_reports
from hengjian.measures.services.review import approve_report, return_report
from hengjian.web.errors import sentence
from hengjian.web.measures.entry_page import form_url
from hengjian.web.requests import HouseRequest

_STATES = {
    "reported": ("done", N_("已报")),
    "submitted": ("blue", N_("待审核")),
    "returned": ("orange", N_("已退回")),
    "typed": ("plain", N_("草稿")),
    "none": ("open", N_("未报")),
}


@require_GET
@login_required
def form_list(request: HouseRequest) -> HttpResponse:
    """Every form that is due, with its state and the way into it."""
    rows = [
        {
            "site": one.site,
            "title": one.title,
            "period": one.period_text,
            "due": f"{localtime(one.due):%Y-%m-%d %H:%M}",
            "late": one.state != "reported" and request.now > one.due,
            "url": form_url(one.site_id, one.form, one.period),
            "excel_url": reverse("measures:excel", args=[one.site_id, one.form.value]),
            "state": _STATES[one.state][0],
            "state_text": _(_STATES[one.state][1]),
        }
        for one in owed_forms(request.actor, request.today)
    ]
    return render(request, "measures/form_list.html", {"rows": rows})


@require_GET
@login_required
def review_list(request: HouseRequest) -> HttpResponse:
    """What waits for review."""
    return render(request, "measures/review_list.html", {"rows": waiting_reports(request.actor)})


@require_http_methods(["GET", "POST"])
@login_required
def review(request: HouseRequest, report_id: UUID) -> HttpResponse:
    """One report before it is sent: approve it, or return it with a reason."""
    fault, status = "", 200
    if request.method == "POST":
        try:
            return _decide(request, report_id)
        except ValidationFailed as failed:
            first = failed.errors[0]
            fault = _(first.message).format(**first.data) if first.data else _(first.message)
            status = 422
        except Conflict as changed:
            fault, status = sentence(changed.message, changed.data), changed.status
    one = waiting_report(request.actor, report_id)
    facts = [
        {"label": _("厂区"), "value": one.site},
        {"label": _("填表人"), "value": one.reporter},
        {"label": _("提交审核"), "value": one.submitted},
        {"label": _("停产检修"), "value": one.stop or "—"},
        {"label": _("情况说明"), "value": one.explanation or "—"},
        {"label": _("更正理由"), "value": one.reason or "—"},
    ]
    context = {"one": one, "facts": facts, "fault": fault}
    return render(request, "measures/review.html", context, status=status)


def _decide(request: HouseRequest, report_id: UUID) -> HttpResponse:
    action = request.POST.get("action", "")
    if action == "approve":
        report, _outcome = approve_report(
            actor=request.actor,
            report_id=report_id,
            now=request.now,
            today=request.today,
            seen=request.POST.get("seen", ""),
        )
        messages.success(request, _("已审核报出，折算结果与回执如下。"))
        return redirect("measures:report", report_id=report.pk)
    if action != "return":
        waiting_report(request.actor, report_id)
        raise ValidationFailed([FieldError("action", N_("没有这种操作"))])
    return_report(
        actor=request.actor,
        report_id=report_id,
        reason=request.POST.get("reason", ""),
        now=request.now,
    )
    messages.success(request, _("已退回填表人。"))
    return redirect("measures:review_list")
