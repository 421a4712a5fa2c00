"""Corrections after cut-off and lock (更正申请): the queue, one application, asking with the values just typed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hengjian.kernel.access.history import timeline
from hengjian.kernel.errors import ValidationFailed
from hengjian.measures.selectors.corrections import (
    TABS,
    CorrectionDetail,
    correction_counts,
    correction_detail,
    correction_page,
)
from hengjian.measures.selectors.forms import form_page
from hengjian.measures.services.corrections import (
    ask_correction,
    decide_correction,
    withdraw_correction,
)
from hengjian.measures.states import CORRECTION_LABELS, CorrectionState
from hengjian.web.forms import add_faults, page_number
from hengjian.web.gate import needs
from hengjian.web.measures.entry import parse_period
from hengjian.web.measures.entry_page import page_context
from hengjian.web.measures.forms import EntryForm
from hengjian.web.measures.obligation_forms import DecisionForm
from hengjian.web.requests import HouseRequest


@require_GET
@login_required
@needs("measures.correction.view")
def correction_list(request: HouseRequest) -> HttpResponse:
    """Applications within my scope; htmx gets the rows alone."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "pending"
    page = correction_page(
        request.actor,
        tab=tab,
        now=request.now,
        today=request.today,
        page=page_number(request.GET),
    )
    if request.htmx:
        return render(request, "measures/_correction_rows.html", {"page": page})
    counts = correction_counts(request.actor)
    context = {
        "page": page,
        "scope_text": request.actor.post,
        "tabs": [
            {
                "label": _("全部")
                if name == "all"
                else _(CORRECTION_LABELS[CorrectionState(name)]),
                "count": counts[name],
                "url": f"?tab={name}",
                "current": name == tab,
            }
            for name in TABS
        ],
    }
    return render(request, "measures/correction_list.html", context)


@require_GET
@login_required
@needs("measures.correction.view")
def correction(request: HouseRequest, correction_id: UUID) -> HttpResponse:
    """One application: old and new values, effect, decision."""
    return _page(request, correction_id, None)


@require_POST
@login_required
@needs("measures.correction.ask")
def correction_ask(request: HouseRequest, site: UUID, form: str, period: str) -> HttpResponse:
    """The form of a report, sent as an application; faults are shown in the form, nothing typed is lost."""
    code, day = parse_period(form, period)
    page = form_page(request.actor, site, code, day, request.today)
    typed = EntryForm(page, request.POST)
    if typed.is_valid():
        try:
            made = ask_correction(
                actor=request.actor,
                site_id=site,
                form=code.value,
                period=day,
                quantities=typed.quantities(),
                reason=typed.cleaned_data["reason"],
                remarks=typed.remarks(zero=False),
                now=request.now,
                today=request.today,
            )
        except ValidationFailed as failed:
            typed.add_faults(failed)
        else:
            messages.success(request, _("更正申请已提交，批准后自动成为新一版。"))
            return redirect("measures:correction", correction_id=made.pk)
    context = page_context(request, page, typed)
    return render(request, "measures/report_form.html", context, status=422)


@require_POST
@login_required
@needs("measures.correction.decide")
def correction_decide(request: HouseRequest, correction_id: UUID) -> HttpResponse:
    """Approve or refuse; what is missing is shown beside its field."""
    correction_detail(request.actor, correction_id, now=request.now, today=request.today)
    form = DecisionForm(request.POST)
    if form.is_valid():
        approve = form.cleaned_data["decision"] == "approve"
        try:
            decide_correction(
                actor=request.actor,
                correction_id=correction_id,
                approve=approve,
                reason=form.cleaned_data["reason"],
                now=request.now,
                today=request.today,
            )
        except ValidationFailed as failed:
            add_faults(form, failed)
        else:
            messages.success(
                request, _("已批准，新一版已生成") if approve else _("未批准，数据不变")
            )
            return HttpResponseRedirect(reverse("measures:correction", args=[correction_id]))
    return _page(request, correction_id, form)


@require_POST
@login_required
@needs("measures.correction.withdraw")
def correction_withdraw(request: HouseRequest, correction_id: UUID) -> HttpResponse:
    """The reporter takes his application back."""
    withdraw_correction(actor=request.actor, correction_id=correction_id, now=request.now)
    messages.success(request, _("已撤回，数据不变"))
    return HttpResponseRedirect(reverse("measures:correction", args=[correction_id]))


def _page(request: HouseRequest, correction_id: UUID, form: DecisionForm | None) -> HttpResponse:
    one = correction_detail(request.actor, correction_id, now=request.now, today=request.today)
    context = {
        "one": one,
        "facts": _facts(one),
        "events": timeline(request.actor, [f"measures.correction:{correction_id}"], request.today),
        "form": (form or DecisionForm()) if one.may_decide else None,
        "decide_url": reverse("measures:correction_decide", args=[correction_id]),
        "withdraw_url": reverse("measures:correction_withdraw", args=[correction_id])
        if one.may_withdraw
        else "",
    }
    status = 422 if form is not None else 200
    return render(request, "measures/correction_detail.html", context, status=status)


def _facts(one: CorrectionDetail) -> list[dict[str, Any]]:
    row = one.row
    facts = [
        {"label": _("厂区"), "value": row.site},
        {"label": _("报表"), "value": row.name},
        {"label": _("来源"), "value": row.source},
        {"label": _("申请人"), "value": row.asked},
        {"label": _("申请时间"), "value": row.asked_at},
        {"label": _("更正理由"), "value": row.reason},
        {"label": _("情况说明"), "value": one.explanation},
        {"label": _("审批层级"), "value": row.level},
        {"label": _("办理人"), "value": one.decided},
        {"label": _("办理时间"), "value": one.decided_at},
        {"label": _("审批意见"), "value": one.decision_reason},
    ]
    facts.append(
        {
            "label": _("原版"),
            "value": _("第 %(number)s 版") % {"number": one.base_revision},
            "url": reverse("measures:report", args=[one.base]),
        }
    )
    if one.made is not None:
        facts.append(
            {
                "label": _("新版"),
                "value": _("第 %(number)s 版") % {"number": one.base_revision + 1},
                "url": reverse("measures:report", args=[one.made]),
            }
        )
    return facts
