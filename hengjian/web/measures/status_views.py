"""How reporting stands: the board, its workbook, bulk reminders (E1, M2.4)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hengjian.kernel.access.scope import can
from hengjian.kernel.errors import FieldError, ValidationFailed
from hengjian.kernel.text import number
from hengjian.measures.permissions import SOURCE_LABELS, Source
from hengjian.measures.reference import form_heads
from hengjian.measures.rules.forms import Form
from hengjian.measures.selectors.form_lines import period_text
from hengjian.measures.selectors.status import STANDING_LABELS, Status, StatusQuery, status
from hengjian.measures.selectors.status_board import (
    GROUPS,
    LETTERS,
    board_page,
    group_rows,
    period_head,
    rate_of,
)
from hengjian.measures.services.reminders import remind
from hengjian.measures.services.status_export import export_status
from hengjian.registry.selectors import choices
from hengjian.web.forms import page_number
from hengjian.web.gate import needs
from hengjian.web.measures.entry import parse_day
from hengjian.web.requests import HouseRequest


@require_GET
@login_required
@needs("measures.status.view")
def status_board(request: HouseRequest) -> HttpResponse:
    """Counts, groups, and sites × periods; htmx gets the rows alone."""
    query = read_query(request.GET)
    found = status(request.actor, query, now=request.now, today=request.today)
    page = board_page(request.actor, query, found, now=request.now, page=page_number(request.GET))
    may_remind = can(request.actor, "measures.reminder.send")
    context: dict[str, Any] = {
        "page": page,
        "heads": [period_head(query.form, p) for p in found.span.periods],
        "legend": [(kind, _(letter), _legend(kind)) for kind, letter in LETTERS.items()],
        "may_remind": may_remind,
    }
    if request.htmx:
        return render(request, "measures/_status_rows.html", context)
    context |= {
        "scope_text": request.actor.post,
        "clock_text": _("服务器时间 %(at)s") % {"at": f"{localtime(request.now):%Y-%m-%d %H:%M}"},
        "filters": _filters(request, query),
        "figures": _figures(found, query),
        "groups": _groups(request, found),
        "remind_url": reverse("measures:remind") if may_remind else "",
        "period": found.span.last.isoformat() if found.span.periods else "",
        "form": query.form.value,
        "source": query.source.value,
        "export_url": f"{reverse('measures:status_export')}?{request.GET.urlencode()}"
        if can(request.actor, "measures.status.export")
        else "",
    }
    return render(request, "measures/status.html", context)


@require_GET
@login_required
@needs("measures.status.export")
def status_export(request: HouseRequest) -> FileResponse:
    """The filtered board as a workbook."""
    file, name = export_status(
        actor=request.actor, query=read_query(request.GET), now=request.now, today=request.today
    )
    return FileResponse(file, as_attachment=True, filename=name)


@require_POST
@login_required
@needs("measures.reminder.send")
def remind_sites(request: HouseRequest) -> HttpResponse:
    """Remind the chosen sites of one period."""
    query = read_query(request.POST)
    if query.last is None:
        raise ValidationFailed([FieldError(_("期间"), _("请选择期间"))])
    done = remind(
        actor=request.actor,
        form=query.form,
        period=query.last,
        source=query.source.value,
        sites=_ids(request.POST.getlist("sites")),
        now=request.now,
        today=request.today,
    )
    messages.success(
        request,
        _("已催报 %(sent)d 家；%(skipped)d 家已报送、无此义务或今日已催")
        % {"sent": done.sent, "skipped": done.skipped},
    )
    kept = {"form": query.form.value, "source": query.source.value, "last": query.last.isoformat()}
    return HttpResponseRedirect(f"{reverse('measures:status')}?{_encoded(kept)}")


def read_query(query: QueryDict) -> StatusQuery:
    """What the address asks; what it does not know counts as not asked."""
    form, source, last = query.get("form", ""), query.get("source", ""), query.get("last", "")
    return StatusQuery(
        form=Form(form) if form in set(Form) else Form.DAILY,
        source=Source(source) if source in set(Source) else Source.ENTERPRISE,
        last=parse_day(last) if last else None,
        city=query.get("city", ""),
        county=query.get("county", ""),
        industry=query.get("industry", ""),
        text=query.get("text", ""),
        state=query.get("state", ""),
        sort=query.get("sort", ""),
    )


def _ids(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts]
    except ValueError:
        raise ValidationFailed([FieldError(_("厂区"), _("选择有误"))]) from None


def _encoded(values: dict[str, str]) -> str:
    found = QueryDict(mutable=True)
    found.update(values)
    return found.urlencode()


def _legend(kind: str) -> str:
    return _("停产零报告") if kind == "zero" else _(STANDING_LABELS[kind])  # type: ignore[index]  # a StrEnum


def _filters(request: HouseRequest, query: StatusQuery) -> list[dict[str, Any]]:
    heads = [(f.value, _(h.title)) for f, h in form_heads().items()]
    sources = [(s.value, _(SOURCE_LABELS[s])) for s in (Source.ENTERPRISE, Source.RESIDENT)]
    states = [(s.value, _(label)) for s, label in STANDING_LABELS.items()]
    last = query.last.isoformat() if query.last else ""
    wanted: tuple[tuple[str, str, str, str, list[tuple[str, str]]], ...] = (
        ("text", _("厂区或企业"), "search", query.text, []),
        ("form", _("报表"), "select", query.form.value, heads),
        ("last", _("截至"), "date", last, []),
        ("source", _("来源"), "select", query.source.value, sources),
        ("city", _("市"), "select", query.city, choices.city_choices(request.actor)),
        (
            "county",
            _("县（市、区）"),
            "select",
            query.county,
            choices.county_choices(request.actor),
        ),
        ("industry", _("行业"), "select", query.industry, choices.industry_choices()),
        ("state", _("本期状态"), "select", query.state, states),
    )
    return [
        {"name": n, "label": label, "kind": kind, "value": value, "options": options}
        for n, label, kind, value, options in wanted
        if kind != "select" or len(options) > 1
    ]


def _figures(found: Status, query: StatusQuery) -> list[dict[str, Any]]:
    at = found.at
    when = period_text(query.form, found.span.last) if found.span.periods else ""
    return [
        {"label": _("应报"), "value": number(at.owed), "unit": _("家"), "note": when},
        {
            "label": _("按时"),
            "value": number(at.on_time),
            "unit": _("家"),
            "note": _("按时率 %(rate)s") % {"rate": rate_of(at)},
            "tone": "good",
        },
        {"label": _("迟报"), "value": number(at.late), "unit": _("家")},
        {
            "label": _("未报"),
            "value": number(at.missing),
            "unit": _("家"),
            "tone": "bad" if at.missing else "",
            "url": "?" + _encoded({"form": query.form.value, "state": "missing"}),
        },
        {"label": _("未到期"), "value": number(at.open), "unit": _("家")},
    ]


def _groups(request: HouseRequest, found: Status) -> dict[str, Any]:
    """The group table with its tabs; a name leads to the board of that group alone."""
    by = request.GET.get("by", "")
    by = by if by in GROUPS else "city"
    name = {"period": "last"}.get(by, by)

    def link(**changes: str) -> str:
        values = request.GET.copy()
        values.pop("page", None)
        for key, value in changes.items():
            values[key] = value
        return f"?{values.urlencode()}"

    return {
        "tabs": [
            {"label": _(label), "url": link(by=key), "current": key == by}
            for key, label in GROUPS.items()
        ],
        "rows": [{"row": row, "url": link(**{name: row.key})} for row in group_rows(found, by)],
    }
