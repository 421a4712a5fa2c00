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
from hengjian.cases.states import SEVERITY_LABELS
from hengjian.kernel.access.history import timeline
from hengjian.kernel.access.scope import can
from hengjian.kernel.calendar.table import shipped_calendar
from hengjian.kernel.errors import ValidationFailed
from hengjian.monitoring.selectors import alerts as selectors
from hengjian.monitoring.selectors.alerts import AlertQuery, AlertRow, find_alert
from hengjian.monitoring.selectors.detail import AlertDetail
from hengjian.monitoring.selectors.detail import alert_detail as detail_of
from hengjian.monitoring.services import triage as services
from hengjian.monitoring.services.export import export_alerts
from hengjian.monitoring.services.triage import dismiss_all
from hengjian.web.forms import add_faults, page_number, parsed
from hengjian.web.gate import needs
from hengjian.web.monitoring.forms import BulkForm, FilterForm, ReasonForm, TriageForm
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
    context = {"page": page, "may_bulk": may_bulk, "bulk_url": reverse("monitoring:bulk_dismiss")}
    if request.htmx:
        return render(request, "monitoring/_alert_rows.html", context)
    export = f"{reverse('monitoring:alert_export')}?{request.GET.urlencode()}"
    context |= {
        "filters": _filters(request),
        "tabs": _tabs(request, query),
        "scope_text": request.actor.post,
        "bulk_form": ReasonForm() if may_bulk else None,
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
    return HttpResponseRedirect(reverse("monitoring:alert_list"))


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


def _filters(request: HouseRequest) -> list[dict[str, Any]]:
    get = request.GET.get
    filters: list[dict[str, Any]] = [
        {
            "name": "q",
            "label": _("查找"),
            "kind": "search",
            "value": get("q", ""),
            "placeholder": _("厂区名称、拼音首字母或编号"),
        },
        {
            "name": "level",
            "label": _("等级"),
            "kind": "select",
            "value": get("level", ""),
            "options": [(level.value, _(text)) for level, text in SEVERITY_LABELS.items()],
        },
        {
            "name": "since",
            "label": _("数据日起"),
            "kind": "date",
            "value": get("since", ""),
        },
    ]
    if cities := selectors.city_choices(request.actor):
        filters.insert(
            1,
            {
                "name": "city",
                "label": _("市"),
                "kind": "select",
                "value": get("city", ""),
                "options": cities,
            },
        )
    return filters


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
        "compare": detail.compare,
        "chart": detail.chart,
        "chart_text": detail.chart_text,
        "evidence": detail.evidence,
        "rule": detail.rule,
        "unit": detail.unit,
        "inputs": [
            {**row, "url": reverse("measures:report", args=[row["id"]])} for row in detail.inputs
        ],
        "may_triage": may_triage,
        "form": form,
        "choices": [c for c in form.choices() if c["value"] in detail.actions] if form else [],
        "triage_url": reverse("monitoring:triage", args=[pk]),
        "reopen_form": ReasonForm() if "reopen" in detail.actions else None,
        "reopen_url": reverse("monitoring:reopen", args=[pk]),
        "done_text": detail.done_text,
        "problem_url": _to("cases:problem_detail", detail.problem_id),
        "inquiry_url": _to("cases:inquiry_detail", detail.inquiry_id),
        "events": timeline(request.actor, [f"monitoring.alert:{pk}"], request.today),
    }


def _to(route: str, pk: UUID | None) -> str:
    return reverse(route, args=[pk]) if pk else ""
