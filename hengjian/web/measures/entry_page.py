"""What the page of a form shows: lines by section, balances, days still due with their one-click zero report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hengjian.kernel.text import number
from hengjian.measures.reference import balances, daily_form
from hengjian.measures.rules.balance import Flow, check_balance
from hengjian.measures.rules.forms import FREQUENCY, Form, Frequency
from hengjian.measures.rules.quantity import QuantityRefused, parse_quantity
from hengjian.measures.rules.receipt import plain
from hengjian.measures.selectors.forms import FormPage
from hengjian.measures.selectors.reports import last_receipts
from hengjian.web.measures.asking import asking
from hengjian.web.measures.forms import EntryForm, stop_choices
from hengjian.web.requests import HouseRequest


def form_url(site: UUID, form: Form, period: date) -> str:
    """The page of a form."""
    if form is Form.DAILY:
        return reverse("measures:daily_form", args=[site, period.isoformat()])
    return reverse("measures:period_form", args=[site, form.value, period.isoformat()])


def draft_url(site: UUID, form: Form, period: date) -> str:
    """Where the page saves itself."""
    if form is Form.DAILY:
        return reverse("measures:draft", args=[site, period.isoformat()])
    return reverse("measures:period_draft", args=[site, form.value, period.isoformat()])


def page_context(request: HouseRequest, page: FormPage, form: EntryForm) -> dict[str, Any]:
    """Context of report_form.html."""
    everything = bool(request.GET.get("more"))
    rows = _rows(page, form, everything=everything)
    due = localtime(page.due)
    return {
        "site": {"name": page.site, "url": reverse("measures:form_list")},
        "page": page,
        "is_daily": page.form is Form.DAILY,
        "day_text": page.day_text,
        "form_title": _(page.head.title),
        "form": form,
        "rows": rows,
        "hidden": 0 if everything else sum(not line.shown for line in page.lines),
        "columns": _columns(page),
        "balances": _balances(page, form),
        "opening_carried": any(line.carried for line in page.lines),
        "draft_url": draft_url(page.site_id, page.form, page.day),
        "draft_text": _("草稿已恢复 %(at)s") % {"at": page.draft.saved}
        if page.draft.saved and not page.waits
        else "",
        "is_correction": page.is_correction,
        "revision_text": _("第 %(number)s 版更正") % {"number": page.revision + 1}
        if page.is_correction
        else "",
        "deadline_text": _("%(at)s 前报送") % {"at": f"{due:%m-%d %H:%M}"},
        "ask": asking(request, page),
        "zero_id": str(uuid4()),
        "late": request.now > page.due and not page.is_correction,
        "due_list": [_due(page, day) for day in page.missing_days],
        "receipts": [
            {
                "day": row.period_text,
                "text": row.received,
                "hash": row.sha256[:8],
                "url": reverse("measures:report", args=[row.id]),
            }
            for row in last_receipts(request.actor, page.site_id)
        ],
    }


def _columns(page: FormPage) -> dict[str, str]:
    """Heads of the columns; an empty one is left out."""
    daily = page.form is Form.DAILY
    lower = page.below
    return {
        "now": _("当日数") if daily else _("本期数"),
        "before": _("昨日") if daily else _("上期"),
        "average": _("近 7 日均值") if daily else "",
        "month": _("本月累计") if daily else "",
        "year": _("本年累计") if FREQUENCY[page.form] is not Frequency.YEAR else "",
        "last_year": _("上年同期"),
        "below": _below_head(lower.form) % {"got": lower.reported, "all": lower.periods}
        if lower
        else "",
        "change": _("较昨日") if daily else _("较上期"),
    }


def _below_head(form: Form) -> str:
    if form is Form.DAILY:
        return _("日报合计（%(got)s/%(all)s 天）")
    return _("月报合计（%(got)s/%(all)s 月）")


def _rows(page: FormPage, form: EntryForm, *, everything: bool) -> list[dict[str, Any]]:
    """Lines for the template, with a heading row where a section begins."""
    rows: list[dict[str, Any]] = []
    section = ""
    for line in page.lines:
        # A line with a fault or a figure is never hidden.
        if not (line.shown or everything or form[line.code].errors or form[line.code].value()):
            continue
        if line.section != section:
            section = line.section
            rows.append({"section": section})
        rows.append(
            {
                "line": line,
                "bound": form[line.code],
                "hint": _hint(line.flow, line.carried, required=line.required),
            }
        )
    return rows


def _hint(flow: str, carried: str, *, required: bool) -> str:
    if required:
        return _("必填")
    return _("自动结转上期期末") if flow == Flow.OPENING and carried else ""


def _balances(page: FormPage, form: EntryForm) -> list[dict[str, Any]]:
    """Opening + receipts - use and sales = closing, for each stock of the page: a warning, never a refusal."""
    lines = {line.code: line for line in page.lines}
    typed = {code: v for code in lines if (v := _typed(form, code)) is not None}
    found = []
    for code, balance in balances().items():
        moves = [
            (line.item.code, line.flow)
            for line in daily_form()
            if line.balance == code and line.flow and line.item.code in lines
        ]
        if not {Flow.OPENING, Flow.CLOSING} <= {flow for _code, flow in moves}:
            continue
        checked = check_balance(typed, moves, balance.tolerance_percent)
        found.append(
            {
                "name": _(balance.name),
                "unit": lines[moves[0][0]].unit,
                "tolerance": plain(balance.tolerance_percent),
                "parts": {f.value: " ".join(c for c, flow in moves if flow is f) for f in Flow},
                "holds": checked is None or checked.holds,
                "text": "" if checked is None else _difference(checked.residual, checked.allowed),
            }
        )
    return found


def _difference(residual: Decimal, allowed: Decimal) -> str:
    return _("差额 %(residual)s，允许 ±%(allowed)s") % {
        "residual": number(residual, 2),
        "allowed": number(allowed, 2),
    }


def _typed(form: EntryForm, code: str) -> Decimal | None:
    try:
        return parse_quantity(str(form[code].value() or ""))
    except QuantityRefused:
        return None  # said beside the field


def _due(page: FormPage, day: date) -> dict[str, Any]:
    """A day still due, and what its one-click zero reports send."""
    this = day == page.day
    stops: list[Mapping[str, str]] = [
        {"kind": kind, "label": label, "until": ""} for kind, label in stop_choices()
    ]
    if page.stop is not None and page.stop.until is not None and page.day <= day <= page.stop.until:
        until = page.stop.until.isoformat()
        label = _("%(kind)s至 %(until)s") % {"kind": page.stop.label, "until": until[5:]}
        stops = [{"kind": page.stop.kind.value, "label": label, "until": until}]
    return {
        "label": day.isoformat(),
        "url": form_url(page.site_id, page.form, day),
        "report_id": str(uuid4()),
        "stops": stops,
        "state": "plain" if this else "orange",
        "state_text": _("本页") if this else _("未报"),
    }
