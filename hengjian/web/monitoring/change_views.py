"""Parameters changed by approval: propose, see the trial, decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hengjian.kernel.access.history import timeline
from hengjian.kernel.access.scope import can
from hengjian.kernel.errors import NotVisible, ValidationFailed
from hengjian.monitoring.selectors.changes import (
    TABS,
    VERB,
    change_counts,
    change_detail,
    change_page,
    proposable,
)
from hengjian.monitoring.services import parameters as services
from hengjian.monitoring.services.proposals import Proposal, propose
from hengjian.web.forms import add_faults, page_number, parsed
from hengjian.web.gate import needs
from hengjian.web.monitoring.change_forms import ChangeForm, DecisionForm
from hengjian.web.requests import HouseRequest


@require_GET
@login_required
@needs(VERB)
def change_list(request: HouseRequest) -> HttpResponse:
    """Changes of parameters by state."""
    tab = request.GET.get("tab", TABS[0])
    page = change_page(request.actor, tab, page=page_number(request.GET))
    page.object_list = [
        {**row, "url": reverse("monitoring:change", args=[row["id"]])} for row in page.object_list
    ]
    context = {"page": page, "tabs": _tabs(request, tab)}
    return render(request, "monitoring/change_list.html", context)


def _tabs(request: HouseRequest, current: str) -> list[dict[str, Any]]:
    counts = change_counts(request.actor)
    labels = (_("待审批"), _("已批准"), _("退回、撤回"), _("全部"))
    return [
        {"label": label, "count": counts[tab], "url": f"?tab={tab}", "current": tab == current}
        for tab, label in zip(TABS, labels, strict=True)
    ]


@require_http_methods(["GET", "POST"])
@login_required
@needs("monitoring.parameter.propose")
def change_new(request: HouseRequest, rule: str, name: str) -> HttpResponse:
    """Propose another value of one parameter."""
    parameter = proposable(rule, name, request.today)
    if parameter is None:
        raise NotVisible(verb="monitoring.parameter.propose")
    form = ChangeForm(request.POST or None, actor=request.actor, listed=parameter["listed"])
    if request.method == "POST" and form.is_valid():
        given = Proposal(rule=rule, name=name, unit=parameter["unit"], **form.proposal())
        try:
            change = propose(
                actor=request.actor, proposal=given, now=request.now, today=request.today
            )
        except ValidationFailed as failed:
            add_faults(form, failed)
        else:
            messages.success(request, _("已提出，正在按上月数据试算"))
            return HttpResponseRedirect(reverse("monitoring:change", args=[change.pk]))
    context = {
        "form": form,
        "parameter": parameter,
        "rule_url": reverse("monitoring:rule_list"),
    }
    status = 422 if form.is_bound else 200
    return render(request, "monitoring/change_form.html", context, status=status)


@require_GET
@login_required
@needs(VERB)
def change(request: HouseRequest, change_id: UUID) -> HttpResponse:
    """One change: the value, its trial, the decision; htmx asks for the trial alone while it runs."""
    detail = change_detail(request.actor, change_id)
    context: dict[str, Any] = {
        "change": detail,
        "running": detail.preview_state in {"queued", "running"},
        "page_url": reverse("monitoring:change", args=[change_id]),
        "retry_url": reverse("monitoring:change_retry", args=[change_id])
        if detail.may_retry
        else "",
    }
    if request.htmx and request.GET.get("part") == "trial":
        answer = render(request, "monitoring/_trial.html", context)
        if not context["running"]:
            answer["HX-Refresh"] = "true"  # what may be decided now depends on it
        return answer
    forms = {action: DecisionForm(prefix=action) for action in detail.actions}
    context |= {
        "forms": [
            {
                "action": action,
                "form": form,
                "label": _LABELS[action](),
                "url": reverse(f"monitoring:change_{action}", args=[change_id]),
            }
            for action, form in forms.items()
        ],
        "waits": can(request.actor, "monitoring.parameter.approve")
        and detail.preview_state != "done"
        and bool(detail.actions),
        "events": timeline(request.actor, [f"monitoring.parameter:{change_id}"], request.today),
    }
    return render(request, "monitoring/change_detail.html", context)


_LABELS = {
    "approve": lambda: _("批准"),
    "return": lambda: _("退回"),
    "withdraw": lambda: _("撤回"),
}


@require_POST
@login_required
@needs("monitoring.parameter.approve")
def change_approve(request: HouseRequest, change_id: UUID) -> HttpResponse:
    """Approve."""
    text = parsed(DecisionForm(request.POST, prefix="approve"))["reason"]
    services.approve(
        actor=request.actor, change_id=change_id, remark=text, now=request.now, today=request.today
    )
    messages.success(request, _("已批准，自生效日起按新值判定"))
    return _to(change_id)


@require_POST
@login_required
@needs("monitoring.parameter.return")
def change_return(request: HouseRequest, change_id: UUID) -> HttpResponse:
    """Return with the reason."""
    text = parsed(DecisionForm(request.POST, prefix="return"))["reason"]
    services.send_back(actor=request.actor, change_id=change_id, reason=text, now=request.now)
    messages.success(request, _("已退回"))
    return _to(change_id)


@require_POST
@login_required
@needs("monitoring.parameter.withdraw")
def change_withdraw(request: HouseRequest, change_id: UUID) -> HttpResponse:
    """Take one's own proposal back."""
    text = parsed(DecisionForm(request.POST, prefix="withdraw"))["reason"]
    services.withdraw(actor=request.actor, change_id=change_id, reason=text, now=request.now)
    messages.success(request, _("已撤回"))
    return _to(change_id)


@require_POST
@login_required
@needs("monitoring.parameter.preview")
def change_retry(request: HouseRequest, change_id: UUID) -> HttpResponse:
    """Have a failed trial made again."""
    services.try_again(actor=request.actor, change_id=change_id, now=request.now)
    messages.success(request, _("已重新排队试算"))
    return _to(change_id)


def _to(change_id: UUID) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("monitoring:change", args=[change_id]))
