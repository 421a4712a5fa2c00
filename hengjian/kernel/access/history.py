"""Reading the history: an object's timeline, and the entries that a reader's scope shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.registry import verbs
from hengjian.kernel.access.scope import can, require, scoped
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.text import N_

PAGE = 50
_REASONS: Mapping[str, str] = {
    "forbidden": N_("岗位无权"),
    "wrong_state": N_("状态不允许"),
    "wrong_time": N_("时间不允许"),
}
_SUBJECTS: Mapping[str, str] = {
    "access.account": N_("账号"),
    "access.duty": N_("岗位职责"),
    "access.key": N_("密钥"),
    "access.sender": N_("报送单位系统"),
    "cases.answer": N_("企业说明"),
    "cases.inquiry": N_("说明函"),
    "cases.problem": N_("问题"),
    "measures.batch": N_("日报批次"),
    "measures.report": N_("日报"),
    "monitoring.alert": N_("预警"),
    "people.organ": N_("机构"),
    "people.person": N_("人员"),
    "people.post": N_("岗位"),
    "registry.enterprise": N_("企业"),
    "registry.import": N_("导入批次"),
    "registry.site": N_("厂区"),
}


def verb_label(code: str) -> str:
    """The Chinese name of an act; the code itself for acts of an older version."""
    spec = verbs().get(code)
    return _(spec.label) if spec else code


def timeline(actor: Actor, subjects: Iterable[str], today: date) -> list[dict[str, Any]]:
    """History of one object (and its parts), newest first, as the timeline component shows it."""
    rows = scoped(Entry.objects.filter(subject__in=list(subjects)), actor).order_by("-at", "-id")[
        :200
    ]
    return [_event(e, today) for e in rows]


def _event(entry: Entry, today: date) -> dict[str, Any]:
    at = _local(entry.at)
    label = verb_label(entry.verb)
    return {
        "date": f"{at:%m-%d}",
        "time": f"{at:%H:%M}",
        "year": at.year if at.year != today.year else "",
        "title": _("%(act)s（被拒绝）") % {"act": label} if entry.refused else label,
        "who": " · ".join(t for t in (entry.actor_name, entry.actor_post) if t) or _("系统"),
        "quote": "" if entry.refused else entry.reason,
        "text": _(_REASONS.get(entry.reason, entry.reason)) if entry.refused else "",
        "tone": "red" if entry.refused else "done",
    }


def entries(actor: Actor, *, text: str = "", refused: str = "", page: int = 1) -> Page[Any]:
    """One page of the history that the reader may see."""
    require(actor, "audit.entry.view")
    rows = scoped(Entry.objects.order_by("-at", "-id"), actor)
    if text:
        rows = (
            rows.filter(actor_name__icontains=text)
            | rows.filter(subject__icontains=text)
            | rows.filter(verb__icontains=text)
        )
    if refused in {"0", "1"}:
        rows = rows.filter(refused=refused == "1")
    found: Page[Any] = Paginator(rows, PAGE).get_page(page)
    found.object_list = [_row(e) for e in found.object_list]
    return found


def _row(entry: Entry) -> dict[str, Any]:
    kind, _colon, key = entry.subject.partition(":")
    return {
        "at": f"{_local(entry.at):%Y-%m-%d %H:%M:%S}",
        "who": entry.actor_name or _("系统"),
        "post": entry.actor_post,
        "act": verb_label(entry.verb),
        "subject": entry.subject,
        "subject_text": _(_SUBJECTS[kind]) if kind in _SUBJECTS else kind,
        "subject_id": key[-12:],  # the random end of a uuid7 tells objects of one moment apart
        "reason": _(_REASONS.get(entry.reason, entry.reason)),
        "refused": entry.refused,
        "digest": entry.digest[:12],
        "request_id": entry.request_id,
    }


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE))


def recent(actor: Actor, since: datetime, most: int) -> list[dict[str, Any]]:
    """The newest acts of people in the reader's scope since a moment: title, text, time.

    Empty for those who read no history; the platform's own acts (imports, runs) stay on the history page.
    """
    if not can(actor, "audit.entry.view"):
        return []
    people = Entry.objects.filter(at__gte=since, actor_account__isnull=False)
    rows = scoped(people, actor).order_by("-at", "-id")[:most]
    return [
        {
            "title": verb_label(e.verb),
            "text": " · ".join(t for t in (e.actor_name or _("系统"), e.actor_post, e.reason) if t),
            "time": f"{_local(e.at):%m-%d %H:%M}",
        }
        for e in rows
    ]
