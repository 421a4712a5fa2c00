"""Reads of inquiries: the same page for officials and for the enterprise that was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.paginator import Page
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from hengjian.cases.models import Answer, Inquiry
from hengjian.cases.rules import is_late
from hengjian.cases.selectors.rows import TONES, due_text, moment, page_of, place_of
from hengjian.cases.states import (
    AWAITING_ANSWER,
    INQUIRY_LABELS,
    INQUIRY_STEPS,
    InquiryState,
)
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import can, fetch, require
from hengjian.kernel.files.selectors import FileRow, files_of
from hengjian.kernel.text import search_term
from hengjian.measures.selectors.figures import DayFigures, series

_VIEW = "cases.inquiry.view"
SORTS: Mapping[str, str] = {"site": "site__name", "asked": "asked_at", "due": "due"}
_OWED = [state.value for state in AWAITING_ANSWER]
TABS: Mapping[str, Q] = {
    "open": Q(state__in=_OWED),
    "answered": Q(state=InquiryState.ANSWERED),
    "done": Q(state__in=[InquiryState.ACCEPTED, InquiryState.WITHDRAWN]),
    "all": Q(),
}


@dataclass(frozen=True, slots=True)
class InquiryRow:
    """An inquiry in a list; texts are ready."""

    id: UUID
    number: str
    title: str
    site: str
    place: str
    asked: str
    due: str
    late: bool
    state: str
    state_text: str


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer."""

    id: UUID
    by: str
    at: str
    text: str
    files: tuple[FileRow, ...]


@dataclass(frozen=True, slots=True)
class InquiryDetail:
    """One inquiry, its answers, and the enterprise's own figures of the days asked about."""

    row: InquiryRow
    site_id: UUID
    asked_by: str
    asked_at: str
    question: str
    remark: str
    answers: tuple[AnswerRow, ...]
    figures: tuple[DayFigures, ...]
    actions: tuple[str, ...]


def _rows(actor: Actor) -> QuerySet[Inquiry]:
    return Inquiry.objects.visible_to(actor).select_related("site", "region__city")


def inquiry_row(inquiry: Inquiry, today: date) -> InquiryRow:
    """A row; needs site and region with city."""
    settled = inquiry.state not in AWAITING_ANSWER
    return InquiryRow(
        id=inquiry.pk,
        number=inquiry.number,
        title=inquiry.title,
        site=inquiry.site.name,
        place=place_of(inquiry.region),
        asked=moment(inquiry.asked_at)[:10],
        due=due_text(inquiry.due, today, settled=settled, provisional=inquiry.due_provisional),
        late=is_late(inquiry.due, today, settled=settled),
        state=TONES.get(inquiry.state, "plain" if settled else "open"),
        state_text=_(INQUIRY_LABELS[InquiryState(inquiry.state)]),
    )


def inquiry_page(
    actor: Actor, *, today: date, tab: str = "open", text: str = "", sort: str = "", page: int = 1
) -> Page[InquiryRow]:
    """One page of the inquiries in scope; two queries whatever the size."""
    require(actor, _VIEW)
    rows = _rows(actor).filter(TABS.get(tab, TABS["open"]))
    if term := search_term(text):
        rows = rows.filter(
            Q(site__search__contains=term) | Q(title__icontains=text) | Q(number__icontains=text)
        )
    order = F(SORTS.get(sort.lstrip("-"), "due"))
    ordered = rows.order_by(order.desc() if sort.startswith("-") else order.asc(), "id")
    return page_of(ordered, page, lambda i: inquiry_row(i, today))


def inquiry_counts(actor: Actor, today: date) -> dict[str, int]:
    """How many per tab, and ``late``; one query."""
    require(actor, _VIEW)
    counts = {name: Count("id", filter=where) for name, where in TABS.items() if name != "all"}
    found: dict[str, int] = Inquiry.objects.visible_to(actor).aggregate(
        **counts,
        all=Count("id"),
        late=Count("id", filter=Q(state__in=_OWED, due__lt=today)),
    )
    return found


def find_inquiry(actor: Actor, inquiry_id: UUID) -> Inquiry:
    """The inquiry, or NotPermitted / NotVisible."""
    return fetch(_rows(actor), actor, _VIEW, pk=inquiry_id)


def inquiry_detail(actor: Actor, inquiry_id: UUID, today: date) -> InquiryDetail:
    """One inquiry; the figures are those the enterprise itself reported, whoever looks."""
    inquiry = find_inquiry(actor, inquiry_id)
    answers = Answer.objects.visible_to(actor).filter(inquiry=inquiry).order_by("-at", "id")
    figures = series(actor, inquiry.site_id, inquiry.first, inquiry.last)
    return InquiryDetail(
        row=inquiry_row(inquiry, today),
        site_id=inquiry.site_id,
        asked_by=" · ".join(t for t in (inquiry.asked_post, inquiry.asked_name) if t),
        asked_at=moment(inquiry.asked_at),
        question=inquiry.question,
        remark=inquiry.remark,
        answers=tuple(_answer(actor, a) for a in answers),
        figures=tuple(reversed(figures)),
        actions=tuple(
            s.action
            for s in INQUIRY_STEPS
            if inquiry.state in s.sources and can(actor, s.verb, inquiry)
        ),
    )


def _answer(actor: Actor, answer: Answer) -> AnswerRow:
    return AnswerRow(
        id=answer.pk,
        by=" · ".join(t for t in (answer.by_name, answer.by_post) if t),
        at=moment(answer.at),
        text=answer.text,
        files=tuple(files_of(actor, f"cases.answer:{answer.pk}")),
    )


def my_inquiries(actor: Actor, today: date, most: int = 20) -> Sequence[InquiryRow]:
    """What waits for the actor: the enterprise's to answer, the officials' own that were answered."""
    if not can(actor, _VIEW):
        return []
    rows = _rows(actor)
    if can(actor, "cases.inquiry.answer"):
        rows = rows.filter(state__in=_OWED)
    elif can(actor, "cases.inquiry.accept"):
        rows = rows.filter(state=InquiryState.ANSWERED)
    else:
        return []
    return [inquiry_row(i, today) for i in rows.order_by("due", "id")[:most]]
