"""Problems: the list, one problem, and the acts of its state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hengjian.cases.selectors import problem as selectors
from hengjian.cases.selectors.handlers import handler_choices
from hengjian.cases.selectors.inquiry import InquiryRow
from hengjian.cases.selectors.problem import ProblemDetail, find_problem
from hengjian.cases.services import inquiry as inquiries
from hengjian.cases.services import problem as services
from hengjian.cases.states import (
    PROBLEM_LABELS,
    SEVERITY_LABELS,
    Outcome,
    ProblemState,
)
from hengjian.kernel.access.history import timeline
from hengjian.kernel.errors import FieldError, ValidationFailed
from hengjian.kernel.text import N_
from hengjian.monitoring.selectors.alerts import alerts_of_problem, days_of_problem
from hengjian.web.cases.forms import ProblemForm
from hengjian.web.forms import add_faults, page_number
from hengjian.web.requests import HouseRequest

_TABS = ("open", "proposed", "closed", "all")
# Days asked about when no alert names them.
_USUAL_SPAN = timedelta(days=30)
# Label and what the act means.
ACTIONS: Mapping[str, tuple[str, str]] = {
    "start": (N_("开始办理"), N_("签收并着手核实")),
    "propose": (N_("提出结论"), N_("提交后由他人审核办结")),
    "close": (N_("办结"), N_("办结后不能再修改")),
    "return": (N_("退回继续办理"), N_("写明还需核实什么")),
    "ask": (N_("要求企业说明"), N_("企业只看到问题和自己所报数据")),
    "reassign": (N_("改派或调整时限"), N_("写明原因，原承办人可见")),
}
# Which acts a field belongs to; the page shows it for these alone.
FIELDS: Mapping[str, str] = {
    "outcome": "propose",
    "opinion": "start propose close return reassign",
    "question": "ask",
    "handler": "reassign",
    "deadline": "ask reassign",
}


@require_GET
@login_required
def problem_list(request: HouseRequest) -> HttpResponse:
    """Problems in my scope; htmx gets the rows alone."""
    query = request.GET
    tab = query.get("tab", "open")
    page: Page[Any] = selectors.problem_page(
        request.actor,
        today=request.today,
        tab=tab,
        text=query.get("q", "").strip(),
        level=query.get("level", ""),
        late=query.get("late") == "1",
        sort=query.get("sort", ""),
        page=page_number(query),
    )
    page.object_list = [
        {**asdict(row), "url": reverse("cases:problem_detail", args=[row.id])}
        for row in page.object_list
    ]
    if request.htmx:
        return render(request, "cases/_problem_rows.html", {"page": page})
    context = {
        "page": page,
        "filters": _filters(request),
        "tabs": _tabs(request, tab),
        "scope_text": request.actor.post,
    }
    return render(request, "cases/problem_list.html", context)


@require_GET
@login_required
def problem_detail(request: HouseRequest, problem_id: UUID) -> HttpResponse:
    """One problem with what I may do now."""
    detail = selectors.problem_detail(request.actor, problem_id, request.today)
    return render(request, "cases/problem_detail.html", _context(request, detail, None))


@require_POST
@login_required
def act(request: HouseRequest, problem_id: UUID) -> HttpResponse:
    """One act; what is missing is shown beside its field."""
    action = request.POST.get("action", "")
    problem = find_problem(request.actor, problem_id)
    if action not in ACTIONS:
        raise ValidationFailed([FieldError("action", N_("没有这种操作"))])
    # All fields: whether the state allows the act is the service's to say (and to record).
    form = ProblemForm(
        request.POST, actions=ACTIONS, handlers=handler_choices(problem.region_id, request.today)
    )
    if form.is_valid():
        try:
            _run(request, problem, action, form.cleaned_data)
        except ValidationFailed as failed:
            add_faults(form, failed)
        else:
            messages.success(request, _("已办理：%(act)s") % {"act": _(ACTIONS[action][0])})
            return HttpResponseRedirect(reverse("cases:problem_detail", args=[problem_id]))
    detail = selectors.problem_detail(request.actor, problem_id, request.today)
    context = _context(request, detail, form)
    return render(request, "cases/problem_detail.html", context, status=422)


def _run(request: HouseRequest, problem: Any, action: str, data: Mapping[str, Any]) -> None:
    given: dict[str, Any] = {"actor": request.actor, "problem": problem, "now": request.now}
    opinion = data["opinion"]
    calls: dict[str, Callable[[], object]] = {
        "start": lambda: services.start(**given, opinion=opinion),
        "propose": lambda: services.propose(
            **given, outcome=Outcome(data["outcome"]) if data["outcome"] else None, text=opinion
        ),
        "close": lambda: services.close(**given, opinion=opinion),
        "return": lambda: services.return_problem(**given, opinion=opinion),
        "ask": lambda: _ask(request, problem, data),
        "reassign": lambda: services.reassign(
            **given,
            handler_duty=int(data["handler"]) if data["handler"] else None,
            due=data["deadline"],
            reason=opinion,
            today=request.today,
        ),
    }
    calls[action]()


def _ask(request: HouseRequest, problem: Any, data: Mapping[str, Any]) -> None:
    span = days_of_problem(request.actor, problem.pk)
    title = _("关于%(site)s生产能耗数据的说明") % {"site": problem.site.name}
    inquiries.ask(
        actor=request.actor,
        site=problem.site,
        title=title[:120],
        question=data["question"],
        first=span[0] if span else request.today - _USUAL_SPAN,
        last=span[1] if span else request.today,
        due=data["deadline"],
        now=request.now,
        today=request.today,
        problem=problem,
    )


def _tabs(request: HouseRequest, current: str) -> list[dict[str, Any]]:
    counts = selectors.problem_counts(request.actor, request.today)
    labels = (_("未办结"), _("待办结"), _("已办结"), _("全部"))
    return [
        {"label": label, "count": counts[tab], "url": f"?tab={tab}", "current": tab == current}
        for tab, label in zip(_TABS, labels, strict=True)
    ]


def _filters(request: HouseRequest) -> list[dict[str, Any]]:
    get = request.GET.get
    return [
        {
            "name": "q",
            "label": _("查找"),
            "kind": "search",
            "value": get("q", ""),
            "placeholder": _("厂区、标题或编号"),
        },
        {
            "name": "level",
            "label": _("等级"),
            "kind": "select",
            "value": get("level", ""),
            "options": [(level.value, _(text)) for level, text in SEVERITY_LABELS.items()],
        },
        {
            "name": "late",
            "label": _("时限"),
            "kind": "select",
            "value": get("late", ""),
            "options": [("1", _("已逾期"))],
        },
    ]


def _context(
    request: HouseRequest, detail: ProblemDetail, form: ProblemForm | None
) -> dict[str, Any]:
    row = detail.row
    alerts = alerts_of_problem(request.actor, row.id, request.today)
    if detail.actions and form is None:
        form = ProblemForm(
            actions=detail.actions, handlers=handler_choices(detail.region_id, request.today)
        )
    subjects = [
        f"cases.problem:{row.id}",
        *(f"cases.inquiry:{i.id}" for i in detail.inquiries),
        *(f"monitoring.alert:{a.id}" for a in alerts),
    ]
    return {
        "problem": {
            **asdict(row),
            "region": row.place,
            "site_url": reverse("registry:site_detail", args=[detail.site_id]),
            "text": detail.facts,
        },
        "steps": _steps(detail),
        "facts": [fact for alert in alerts for fact in _facts(alert)][:8],
        "alerts": [
            {**asdict(a), "url": reverse("monitoring:alert_detail", args=[a.id])} for a in alerts
        ],
        "inquiries": [_inquiry(i) for i in detail.inquiries],
        "form": form if detail.actions else None,
        "actions": _choices(request, detail),
        "fields": [(bound, FIELDS[bound.name]) for bound in form.visible_fields()] if form else [],
        "act_url": reverse("cases:problem_act", args=[row.id]),
        "deadlines": _deadlines(detail),
        "people": [
            {"name": name, "role": post, "initial": name[:1], "state": part}
            for name, post, part in detail.people
        ],
        "events": timeline(request.actor, subjects, request.today),
    }


def _inquiry(row: InquiryRow) -> dict[str, Any]:
    url = reverse("cases:inquiry_detail", args=[row.id])
    return {**asdict(row), "text": row.number, "url": url}


def _choices(request: HouseRequest, detail: ProblemDetail) -> list[dict[str, Any]]:
    """The acts of this state; the one sent before, else the first, is chosen."""
    names = [name for name in ACTIONS if name in detail.actions]
    sent = request.POST.get("action", "")
    chosen = sent if sent in names else next(iter(names), "")
    return [
        {
            "name": name,
            "label": _(ACTIONS[name][0]),
            "help": _(ACTIONS[name][1]),
            "checked": name == chosen,
        }
        for name in names
    ]


def _deadlines(detail: ProblemDetail) -> list[dict[str, str]]:
    tone = "over" if detail.row.late else ""
    pairs = [{"label": _("办结时限"), "value": detail.row.deadline, "tone": tone}]
    if detail.row.outcome:
        pairs.append({"label": _("办理结论"), "value": detail.row.outcome})
        pairs.append({"label": _("办理情况"), "value": detail.outcome_text})
    return pairs


def _steps(detail: ProblemDetail) -> list[dict[str, str]]:
    """The way of a problem; times of what has happened."""
    order = list(ProblemState)
    at = order.index(ProblemState(detail.state))
    notes = dict(zip(("open", "proposed", "closed"), (m[1] for m in detail.moments), strict=True))
    done = detail.state == ProblemState.CLOSED
    return [
        {
            "label": _(PROBLEM_LABELS[state]),
            "note": notes.get(state, ""),
            "state": "ok" if n < at or done else "cur" if n == at else "todo",
        }
        for n, state in enumerate(order)
    ]


def _facts(alert: Any) -> list[dict[str, str]]:
    return [
        {"label": _("实测"), "value": alert.observed, "unit": "", "tone": "over"},
        {"label": _("限额"), "value": alert.expected, "unit": "", "note": alert.basis},
        {"label": _("偏离"), "value": alert.excess, "unit": ""},
        {"label": _("涉及量"), "value": alert.stake, "unit": ""},
    ]
