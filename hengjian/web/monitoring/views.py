"""Alerts: the list with filters, bulk and export; one alert explained, with its three acts (E1)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hengjian.cases.rules import USUAL_DAYS_TO_ANSWER, usual_deadline
from hengjian.cases.selectors.handlers import handler_choices
from hengjian.kernel.access.history import timeline
from hengjian.kernel.access.scope import can
from hengjian.kernel.calendar.table import shipped_calendar
from hengjian.kernel.errors import ValidationFailed
from hengjian.monitoring.selectors import alerts as selectors
from hengjian.monitoring.selectors.alerts import AlertQuery, AlertRow, find_alert
from hengjian.monitoring.selectors.assignees import assignee_choices
from hengjian.monitoring.selectors.detail import AlertDetail
from hengjian.monitoring.selectors.detail import alert_detail as detail_of
from hengjian.monitoring.services import triage as services
from hengjian.monitoring.services.assignment import assign_all, claim_all
from hengjian.monitoring.services.export import export_alerts
from hengjian.monitoring.services.triage import dismiss_all
from hengjian.web.forms import add_faults, page_number, parsed
from hengjian.web.gate import needs
from hengjian.web.monitoring.filters import filter_bar
from hengjian.web.monitoring.forms import (
    AssignForm,
    BulkAssignForm,
    BulkForm,
    ChosenForm,
    FilterForm,
    ReasonForm,
    TriageForm,
)
from hengjian.web.requests import HouseRequest

_TABS = ("new", "asked", "problem", "dismissed", "all")


@require_GET
@login_required
def alert_list(request: HouseRequest) -> HttpResponse:
    """Alerts in my scope; htmx gets the rows alone."""
    query = read_query(request.GET)
    page: Page[Any] = selectors.alert_page(
        request.actor, query, today=request.today, page=page_number(request.GET)
    )
    page.object_list = [_linked(row) for row in page.object_list]
    may_bulk = can(request.actor, "monitoring.alert.dismiss") and query.tab in {"new", "asked"}
    context: dict[str, Any] = {"page": page, "may_bulk": may_bulk}
    if request.htmx:
        return render(request, "monitoring/_alert_rows.html", context)
    export = f"{reverse('monitoring:alert_export')}?{request.GET.urlencode()}"
    context |= {
        "filters": filter_bar(request),
        "tabs": _tabs(request, query),
        "scope_text": request.actor.post,
        **(_bulk(request) if may_bulk else {}),
        "export_url": export if can(request.actor, "monitoring.alert.export") else "",
    }
    return render(request, "monitoring/alert_list.html", context)


@require_GET
@login_required
def alert_export(request: HouseRequest) -> FileResponse:
    """The filtered alerts as a workbook."""
    file, name = export_alerts(
        actor=request.actor, query=read_query(request.GET), now=request.now, today=request.today
    )
    return FileResponse(file, as_attachment=True, filename=name)


@require_POST
@login_required
@needs("monitoring.alert.dismiss")
def bulk_dismiss(request: HouseRequest) -> HttpResponse:
    """Dismiss the chosen alerts with one reason."""
    data = parsed(BulkForm(request.POST))
    count = dismiss_all(
        actor=request.actor,
        alerts=[UUID(one) for one in data["alerts"]],
        reason=data["reason"],
        now=request.now,
    )
    messages.success(request, _("已排除 %(count)s 件预警") % {"count": count})
    return back_to_list(request)


@require_POST
@login_required
@needs("monitoring.alert.assign")
def bulk_assign(request: HouseRequest) -> HttpResponse:
    """Give the chosen alerts to one post."""
    data = parsed(BulkAssignForm(request.POST))
    count = assign_all(
        actor=request.actor,
        alerts=[UUID(one) for one in data["alerts"]],
        duty_id=data["assignee"],
        now=request.now,
        today=request.today,
    )
    messages.success(request, _("已指派 %(count)s 件预警") % {"count": count})
    return back_to_list(request)


@require_POST
@login_required
@needs("monitoring.alert.claim")
def bulk_claim(request: HouseRequest) -> HttpResponse:
    """Take the chosen alerts for the acting post."""
    data = parsed(ChosenForm(request.POST))
    chosen = [UUID(one) for one in data["alerts"]]
    count = claim_all(actor=request.actor, alerts=chosen, now=request.now)
    messages.success(request, _("已认领 %(count)s 件预警") % {"count": count})
    return back_to_list(request)


def back_to_list(request: HouseRequest) -> HttpResponseRedirect:
    """To where the act was started: one alert, or the list as it was filtered."""
    if request.POST.get("from") == "alert":
        alerts = request.POST.getlist("alerts")
        if len(alerts) == 1:
            return HttpResponseRedirect(reverse("monitoring:alert_detail", args=[UUID(alerts[0])]))
    query = QueryDict(request.POST.get("back", "")[:500]).urlencode()
    return HttpResponseRedirect(f"{reverse('monitoring:alert_list')}{'?' if query else ''}{query}")


def _bulk(request: HouseRequest) -> dict[str, Any]:
    """The forms of acts on several alerts."""
    return {
        "bulk_form": ReasonForm(),
        "bulk_url": reverse("monitoring:bulk_dismiss"),
        "assign_form": AssignForm(assignees=assignee_choices(request.actor, request.today)),
        "assign_url": reverse("monitoring:bulk_assign"),
        "claim_url": reverse("monitoring:bulk_claim"),
        "back": request.GET.urlencode(),
    }


@require_GET
@login_required
def alert_detail(request: HouseRequest, alert_id: UUID) -> HttpResponse:
    """One alert explained."""
    detail = detail_of(request.actor, alert_id, request.today)
    return render(request, "monitoring/alert_detail.html", _detail_context(request, detail, None))


@require_POST
@login_required
@needs("monitoring.alert.dismiss")
def triage(request: HouseRequest, alert_id: UUID) -> HttpResponse:
    """Dismiss, ask or open; what is missing is shown beside its field."""
    alert = find_alert(request.actor, alert_id)
    handlers = handler_choices(alert.region_id, request.today)
    form = TriageForm(request.POST, handlers=handlers)
    if form.is_valid():
        try:
            target = _decide(request, alert, form.cleaned_data)
        except ValidationFailed as failed:
            add_faults(form, failed)
        else:
            return HttpResponseRedirect(target)
    detail = detail_of(request.actor, alert_id, request.today)
    context = _detail_context(request, detail, form)
    return render(request, "monitoring/alert_detail.html", context, status=422)


def _decide(request: HouseRequest, alert: Any, data: dict[str, Any]) -> str:
    """Do what was decided; returns where to go."""
    given: dict[str, Any] = {"actor": request.actor, "alert": alert, "now": request.now}
    if data["decision"] == "dismiss":
        services.dismiss(**given, reason=data["reason"])
        messages.success(request, _("已排除"))
        return reverse("monitoring:alert_detail", args=[alert.pk])
    given |= {"due": data["deadline"], "today": request.today}
    if data["decision"] == "ask":
        title = _("关于%(site)s生产能耗数据的说明") % {"site": alert.site.name}
        services.ask_explanation(**given, title=title[:120], question=data["question"])
        messages.success(request, _("已要求企业说明"))
        return reverse("monitoring:alert_detail", args=[alert.pk])
    handler = int(data["handler"]) if data["handler"] else None
    title = f"{alert.site.name} {alert.title}"[:120]
    problem = services.open_problem(**given, title=title, handler_duty=handler)
    messages.success(request, _("已立案"))
    return reverse("cases:problem_detail", args=[problem.pk])


@require_POST
@login_required
@needs("monitoring.alert.reopen")
def reopen(request: HouseRequest, alert_id: UUID) -> HttpResponse:
    """Take a dismissal back."""
    alert = find_alert(request.actor, alert_id)
    data = parsed(ReasonForm(request.POST))
    services.reopen(actor=request.actor, alert=alert, reason=data["reason"], now=request.now)
    messages.success(request, _("已恢复为待研判"))
    return HttpResponseRedirect(reverse("monitoring:alert_detail", args=[alert_id]))


def read_query(query: QueryDict) -> AlertQuery:
    """The filter bar; what is no value counts as empty."""
    form = FilterForm(query)
    since = form.cleaned_data["since"] if form.is_valid() else None
    return AlertQuery(
        tab=query.get("tab", "new"),
        text=query.get("q", "").strip(),
        level=query.get("level", ""),
        since=since,
        city=query.get("city", ""),
        county=query.get("county", ""),
        industry=query.get("industry", ""),
        rule=query.get("rule", ""),
        layer=query.get("layer", ""),
        assignee=query.get("assignee", ""),
        sort=query.get("sort", ""),
    )


def _linked(row: AlertRow) -> dict[str, Any]:
    return {**asdict(row), "url": reverse("monitoring:alert_detail", args=[row.id])}


def _tabs(request: HouseRequest, query: AlertQuery) -> list[dict[str, Any]]:
    counts = selectors.alert_counts(request.actor)
    labels = (_("待研判"), _("企业说明中"), _("已立案"), _("已排除"), _("全部"))
    return [
        {"label": label, "count": counts[tab], "url": f"?tab={tab}", "current": tab == query.tab}
        for tab, label in zip(_TABS, labels, strict=True)
    ]


def _detail_context(
    request: HouseRequest, detail: AlertDetail, form: TriageForm | None
) -> dict[str, Any]:
    may_triage = bool({"dismiss", "ask", "open"} & set(detail.actions))
    if form is None and may_triage:
        due = usual_deadline(USUAL_DAYS_TO_ANSWER, today=request.today, calendar=shipped_calendar())
        form = TriageForm(
            handlers=handler_choices(detail.region_id, request.today), initial={"deadline": due}
        )
    alert = {
        **asdict(detail.row),
        "region": detail.row.place,
        "site_url": reverse("registry:site_detail", args=[detail.site_id]),
        "closed_reason": detail.closed_reason,
    }
    pk = detail.row.id
    return {
        "alert": alert,
        "detail": detail,
        "inputs": [
            {**row, "url": reverse("measures:report", args=[row["id"]])} for row in detail.inputs
        ],
        "others": [_linked(row) for row in detail.others],
        "dossier_url": reverse("monitoring:dossier", args=[detail.site_id]),
        "rule_url": reverse("monitoring:rule", args=[detail.row.rule]),
        "assign_form": AssignForm(assignees=assignee_choices(request.actor, request.today))
        if detail.may_assign
        else None,
        "assign_url": reverse("monitoring:bulk_assign"),
        "claim_url": reverse("monitoring:bulk_claim") if detail.may_claim else "",
        "may_triage": may_triage,
        "form": form,
        "choices": [c for c in form.choices() if c["value"] in detail.actions] if form else [],
        "triage_url": reverse("monitoring:triage", args=[pk]),
        "reopen_form": ReasonForm() if "reopen" in detail.actions else None,
        "reopen_url": reverse("monitoring:reopen", args=[pk]),
        "problem_url": _to("cases:problem_detail", detail.problem_id),
        "inquiry_url": _to("cases:inquiry_detail", detail.inquiry_id),
        "events": timeline(request.actor, [f"monitoring.alert:{pk}"], request.today),
    }


def _to(route: str, pk: UUID | None) -> str:
    return reverse(route, args=[pk]) if pk else ""
