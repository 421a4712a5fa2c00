"""The side navigation: an entry shows when the acting post holds its verb."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import can
from hengjian.kernel.text import N_


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: text, route, icon, and the verb that opens it (empty: everyone signed in)."""

    label: str
    route: str
    icon: str
    verb: str = ""


SECTIONS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (N_("总览"), (Entry(N_("我的一天"), "kernel:my_day", "clipboard-check"),)),
    (
        N_("报送"),
        (
            Entry(N_("填报日报"), "measures:daily", "clipboard-pen", "measures.report.submit"),
            Entry(N_("应报报表"), "measures:form_list", "clipboard-list", "measures.report.submit"),
            Entry(N_("报表审核"), "measures:review_list", "file-check", "measures.report.review"),
            Entry(N_("报表记录"), "measures:report_list", "file-text", "measures.report.view"),
            Entry(N_("报送情况"), "measures:status", "calendar-days", "measures.status.view"),
            Entry(
                N_("报送名录"),
                "measures:obligation_list",
                "clipboard-list",
                "measures.obligation.view",
            ),
            Entry(N_("更正申请"), "measures:correction_list", "pencil", "measures.correction.view"),
            Entry(N_("报送批次"), "measures:batch_list", "inbox", "measures.batch.view"),
            Entry(N_("计量数据"), "measures:meter_sites", "gauge", "measures.reading.view"),
        ),
    ),
    (
        N_("台账"),
        (
            Entry(N_("企业台账"), "registry:site_list", "building-2", "registry.site.view"),
            Entry(N_("台账导入"), "registry:import_list", "file-up", "registry.import.view"),
        ),
    ),
    (
        N_("处置"),
        (
            Entry(N_("预警"), "monitoring:alert_list", "siren", "monitoring.alert.view"),
            Entry(N_("监测规则"), "monitoring:rule_list", "scale", "monitoring.rule.view"),
            Entry(N_("参数调整"), "monitoring:change_list", "settings", "monitoring.rule.view"),
            Entry(N_("问题与整改"), "cases:problem_list", "stamp", "cases.problem.view"),
            Entry(
                N_("说明与答复"), "cases:inquiry_list", "message-square-text", "cases.inquiry.view"
            ),
        ),
    ),
    (
        N_("系统"),
        (
            Entry(N_("组织与岗位"), "people:post_list", "users", "people.post.view"),
            Entry(N_("报送单位系统"), "senders:list", "key-round", "access.sender.view"),
            Entry(N_("操作记录"), "audit:entry_list", "history", "audit.entry.view"),
        ),
    ),
)


def navigation(actor: Actor, path: str) -> list[dict[str, Any]]:
    """Sections with the entries that the actor may open; the longest matching address is current."""
    allowed = [
        (
            _(title),
            [(e, reverse(e.route)) for e in entries if not e.verb or can(actor, e.verb)],
        )
        for title, entries in SECTIONS
    ]
    addresses = [url for _title, entries in allowed for _entry, url in entries]
    current = max(
        (u for u in addresses if path == u or (u != "/" and path.startswith(u))),
        key=len,
        default="",
    )
    return [
        {
            "label": title,
            "items": [
                {"label": _(e.label), "url": url, "icon": e.icon, "current": url == current}
                for e, url in entries
            ],
        }
        for title, entries in allowed
        if entries
    ]
