"""Puts my day together from the selectors of the apps: what needs me, what is missing, what I can do now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hengjian.cases.selectors.inquiry import InquiryRow, my_inquiries
from hengjian.cases.selectors.problem import ProblemRow, my_problems, problem_counts
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.history import recent
from hengjian.kernel.access.scope import can
from hengjian.kernel.calendar.rules import is_workday
from hengjian.kernel.calendar.table import shipped_calendar
from hengjian.kernel.people.selectors import vacancies
from hengjian.kernel.text import number
from hengjian.measures.deadline_table import due_day
from hengjian.measures.selectors.corrections import pending_corrections
from hengjian.measures.selectors.owed import missing_count, owed_reports
from hengjian.measures.selectors.reports import report_page
from hengjian.monitoring.selectors.alerts import AlertRow, open_alert_counts, urgent
from hengjian.registry.selectors.ledger import count_sites, count_unconfirmed
from hengjian.web.measures.entry_page import form_url

MOST, RECEIPTS = 12, 6
# Of what is owed, so that many forms do not push out a question or a problem; the figure counts all.
MOST_OWED = 6


def my_day_context(actor: Actor, today: date, now: datetime) -> dict[str, Any]:
    """Context of kernel/my_day.html; a constant number of queries."""
    alerts = urgent(actor, today)
    problems, inquiries = my_problems(actor, today), my_inquiries(actor, today)
    owed = _owed(actor, today, now)
    return {
        "hello": _("%(name)s，%(greeting)s")
        % {"name": actor.name, "greeting": greeting(localtime(now).hour)},
        "day_text": day_text(today),
        "urgent_title": _("待我办理"),
        "urgent": _urgent(
            [*_nearest(owed), *_corrections(actor, today, now)], alerts, problems, inquiries
        ),
        "figures": _figures(actor, today, len(owed)),
        "gaps_title": _("缺口"),
        "gaps": _gaps(actor, today),
        "news": _news(actor, now),
        "links": _links(actor),
    }


def _news(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """What people did in scope since yesterday; for those who read no history, their own last receipts."""
    if can(actor, "audit.entry.view"):
        since = now - timedelta(days=1)
        return [{**one, "url": reverse("audit:entry_list")} for one in recent(actor, since, MOST)]
    if not can(actor, "measures.report.view"):
        return []
    return [
        {
            "url": reverse("measures:report", args=[r.id]),
            "title": _("%(site)s %(day)s 日报回执") % {"site": r.site, "day": f"{r.day:%m-%d}"},
            "text": _("综合能耗 %(energy)s · 第 %(revision)d 版 · 校验码 %(code)s")
            % {"energy": r.energy, "revision": r.revision, "code": r.sha256[:12]},
            "time": r.received,
        }
        for r in report_page(actor, page=1).object_list[:RECEIPTS]
    ]


def greeting(hour: int) -> str:
    """By the hour of the day in Asia/Shanghai."""
    if hour < 6:
        return _("夜深了")
    if hour < 12:
        return _("上午好")
    return _("下午好") if hour < 18 else _("晚上好")


def day_text(day: date) -> str:
    """2026年11月23日 星期一 · 工作日."""
    kind = _("工作日") if is_workday(day, shipped_calendar()) else _("休息日")
    weekday = (
        _("星期一"),
        _("星期二"),
        _("星期三"),
        _("星期四"),
        _("星期五"),
        _("星期六"),
        _("星期日"),
    )[day.weekday()]
    return _("%(y)d年%(m)d月%(d)d日 %(weekday)s · %(kind)s") % {
        "y": day.year, "m": day.month, "d": day.day, "weekday": weekday, "kind": kind,
    }  # fmt: skip


def _urgent(
    rows: list[dict[str, Any]],
    alerts: Iterable[AlertRow],
    problems: Iterable[ProblemRow],
    inquiries: Iterable[InquiryRow],
) -> list[dict[str, Any]]:
    """Reports owed, corrections to decide, questions, problems, alerts: overdue first, else in this order."""
    rows += [
        {
            "url": reverse("cases:inquiry_detail", args=[i.id]),
            "kind": i.state,
            "kind_text": i.state_text,
        }
        | {"title": i.title, "text": i.site, "due": i.due, "late": i.late}
        for i in inquiries
    ]
    rows += [
        {
            "url": reverse("cases:problem_detail", args=[p.id]),
            "kind": p.level,
            "kind_text": p.level_text,
        }
        | {"title": p.title, "text": p.site, "due": p.deadline, "late": p.late}
        for p in problems
    ]
    rows += [
        {
            "url": reverse("monitoring:alert_detail", args=[a.id]),
            "kind": a.level,
            "kind_text": a.level_text,
        }
        | {"title": a.title, "text": f"{a.site} · {a.text}", "due": a.day, "late": False}
        for a in alerts
    ]
    return sorted(rows, key=lambda r: not r["late"])[:MOST]


def _owed(actor: Actor, today: date, now: datetime) -> list[dict[str, Any]]:
    """Reports of every form that the actor owes, the late ones first, with who reminded him."""
    if not can(actor, "measures.report.submit"):
        return []
    return [
        {
            "url": form_url(one.site_id, one.form, one.period),
            "kind": "red" if one.reminded else "orange",
            "kind_text": _("催报") if one.reminded else _("待报送"),
            "title": one.title,
            "text": " · ".join(filter(None, (one.site, one.reminded))),
            "due": one.due,
            "late": one.late,
        }
        for one in owed_reports(actor, now=now, today=today)
    ]


def _nearest(owed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that somebody reminded of, then those whose deadline is nearest."""
    reminded = [row for row in owed if row["kind"] == "red"]
    rest = [row for row in reversed(owed) if row["kind"] != "red"]
    return [*reminded, *rest][:MOST_OWED]


def _corrections(actor: Actor, today: date, now: datetime) -> list[dict[str, Any]]:
    """Applications for corrections that the actor may decide."""
    return [
        {
            "url": reverse("measures:correction", args=[one.id]),
            "kind": "orange",
            "kind_text": _("更正申请"),
            "title": one.name,
            "text": f"{one.site} · {one.reason}",
            "due": one.level,
            "late": False,
        }
        for one in pending_corrections(actor, now=now, today=today)
    ]


def _figures(actor: Actor, today: date, owed: int) -> list[dict[str, Any]]:
    figures: list[dict[str, Any]] = []
    if can(actor, "registry.site.view"):
        figures.append(_count(_("在管厂区"), count_sites(actor), _("家"), "registry:site_list"))
    if counts := open_alert_counts(actor):
        one = _count(_("待研判预警"), counts["total"], _("件"), "monitoring:alert_list")
        note = _("红色 %(red)d · 橙色 %(orange)d") % {
            "red": counts["red"],
            "orange": counts["orange"],
        }
        figures.append(one | {"note": note})
    if can(actor, "cases.problem.view"):
        open_now = problem_counts(actor, today)["open"]
        figures.append(_count(_("办理中问题"), open_now, _("件"), "cases:problem_list"))
    if can(actor, "measures.report.submit"):
        figures.append(_count(_("待报送报表"), owed, _("份"), "measures:form_list"))
    if can(actor, "cases.inquiry.answer"):
        asked = len(my_inquiries(actor, today))
        figures.append(_count(_("待答复函询"), asked, _("件"), "cases:inquiry_list"))
    return figures


def _count(label: str, count: int, unit: str, route: str) -> dict[str, Any]:
    return {"label": label, "value": number(count), "unit": unit, "url": reverse(route)}


def _gaps(actor: Actor, today: date) -> list[dict[str, Any]]:
    gaps: list[dict[str, Any]] = []
    if can(actor, "measures.status.view"):
        day = due_day(today)
        label = _("%(day)s 日报未报送") % {"day": f"{day:%m-%d}"}
        url = reverse("measures:status") + "?state=missing"
        gaps.append(_gap(label, missing_count(actor, day), _("家"), url))
    if can(actor, "registry.site.confirm_region"):
        gaps.append(
            _gap(
                _("属地未确认"),
                count_unconfirmed(actor),
                _("家"),
                reverse("registry:site_list") + "?gap=region",
            )
        )
    if can(actor, "people.post.view"):
        gaps.append(
            _gap(
                _("空缺岗位"),
                vacancies(actor, today),
                _("个"),
                reverse("people:post_list") + "?state=vacant",
            )
        )
    return gaps


def _gap(label: str, count: int, unit: str, url: str) -> dict[str, Any]:
    return {
        "label": label,
        "value": number(count),
        "unit": unit,
        "url": url,
        "tone": "over" if count else "good",
    }


def _links(actor: Actor) -> list[dict[str, str]]:
    offers = (
        ("measures.report.submit", _("填报日报"), "measures:daily", "clipboard-pen"),
        ("registry.import.run", _("导入台账"), "registry:import_list", "file-up"),
        ("monitoring.alert.view", _("全部预警"), "monitoring:alert_list", "siren"),
    )
    return [
        {"label": label, "url": reverse(route), "icon": icon}
        for verb, label, route, icon in offers
        if can(actor, verb)
    ]
