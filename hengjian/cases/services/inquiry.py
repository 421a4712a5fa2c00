"""Asking an enterprise for an explanation, its answer, and what officials make of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import IO

from django.db import transaction

from hengjian.cases.models import Answer, Inquiry, Problem, ProblemInquiry
from hengjian.cases.rules import deadline, required_text
from hengjian.cases.services.numbering import next_number, scope_of
from hengjian.cases.states import INQUIRY_STEPS, find_step
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.audit.services import record
from hengjian.kernel.calendar.table import shipped_calendar
from hengjian.kernel.errors import FieldError, TransitionNotAllowed, ValidationFailed
from hengjian.kernel.files.services import store
from hengjian.kernel.text import N_
from hengjian.registry.models import Site

SERIES = "SM"
MOST_FILES = 5


@transaction.atomic
def ask(
    *,
    actor: Actor,
    site: Site,
    title: str,
    question: str,
    first: date,
    last: date,
    due: date | None,
    now: datetime,
    today: date,
    problem: Problem | None = None,
) -> Inquiry:
    """Ask the enterprise of ``site`` about its days ``first``..``last``; ``due`` moves on to a working day.

    The row holds nothing but the question: never the alert, the problem, a threshold or another source.
    """
    require(actor, "cases.inquiry.ask", site)
    text = required_text("question", question, N_("请填写要企业说明的问题"))
    if last < first or last > today:
        raise ValidationFailed([FieldError("last", N_("所问日期有误"))])
    by = deadline("deadline", due, today=today, calendar=shipped_calendar())
    inquiry = Inquiry(
        **scope_of(site),
        number=next_number(SERIES, today.year),
        title=required_text("title", title, N_("请填写标题")),
        question=text,
        first=first,
        last=last,
        asked_account=actor.account_id,
        asked_name=actor.name,
        asked_post=actor.post,
        asked_at=now,
        due=by.day,
        due_provisional=by.provisional,
    )
    inquiry.save(force_insert=True)
    if problem is not None:
        require(actor, "cases.problem.view", problem)
        link = ProblemInquiry(**scope_of(site), problem=problem, inquiry=inquiry)
        link.save(force_insert=True)
    _record(actor, "cases.inquiry.ask", inquiry, now, text, due=by.day)
    return inquiry


@transaction.atomic
def answer(
    *,
    actor: Actor,
    inquiry: Inquiry,
    text: str,
    now: datetime,
    files: Sequence[tuple[str, IO[bytes]]] = (),
) -> Answer:
    """The enterprise explains; until officials decide it may add another answer. ``files`` are (name, content).

    Raises:
        ValidationFailed: no text, too many files, or a kind of file that is not taken in; nothing is stored.
    """
    if len(files) > MOST_FILES:
        raise ValidationFailed(
            [FieldError("attachments", N_("附件不超过 {most} 个"), data={"most": MOST_FILES})]
        )
    given = required_text("answer", text, N_("请填写说明"))
    inquiry = _advance(actor, inquiry, "answer", answered_at=now)
    made = Answer(
        inquiry=inquiry,
        site_id=inquiry.site_id,
        region_id=inquiry.region_id,
        enterprise_id=inquiry.enterprise_id,
        text=given,
        by_account=actor.account_id,
        by_name=actor.name,
        by_post=actor.post,
        at=now,
    )
    made.save(force_insert=True)
    _keep_files(actor, made, files, now)
    _record(actor, "cases.inquiry.answer", inquiry, now, given, answer=made.pk, files=len(files))
    return made


@transaction.atomic
def accept(*, actor: Actor, inquiry: Inquiry, remark: str, now: datetime) -> Inquiry:
    """The explanation is taken as given; ``remark`` may be empty."""
    inquiry = _advance(actor, inquiry, "accept")
    _record(actor, "cases.inquiry.accept", inquiry, now, remark.strip())
    return inquiry


@transaction.atomic
def return_answer(
    *, actor: Actor, inquiry: Inquiry, remark: str, due: date | None, now: datetime, today: date
) -> Inquiry:
    """The explanation does not suffice: what is missing, and until when."""
    text = required_text("remark", remark, N_("请写明需要补充什么"))
    by = deadline("deadline", due, today=today, calendar=shipped_calendar())
    inquiry = _advance(
        actor, inquiry, "return", remark=text, due=by.day, due_provisional=by.provisional
    )
    _record(actor, "cases.inquiry.return", inquiry, now, text, due=by.day)
    return inquiry


@transaction.atomic
def withdraw(*, actor: Actor, inquiry: Inquiry, reason: str, now: datetime) -> Inquiry:
    """The question is no longer put."""
    text = required_text("reason", reason, N_("请填写理由"))
    inquiry = _advance(actor, inquiry, "withdraw")
    _record(actor, "cases.inquiry.withdraw", inquiry, now, text)
    return inquiry


def _keep_files(
    actor: Actor, made: Answer, files: Sequence[tuple[str, IO[bytes]]], now: datetime
) -> None:
    for name, stream in files:
        store(
            actor=actor,
            subject=f"cases.answer:{made.pk}",
            name=name,
            stream=stream,
            region=made.region_id,
            enterprise=made.enterprise_id,
            site=made.site_id,
            now=now,
        )


def _advance(actor: Actor, inquiry: Inquiry, action: str, **changes: object) -> Inquiry:
    """Person, lock, state, write. Raises NotPermitted, NotVisible or TransitionNotAllowed."""
    step = find_step(INQUIRY_STEPS, action)
    require(actor, step.verb, inquiry)
    # Not the whole row: the enterprise may write the state and the time of its answer only.
    locked = Inquiry.objects.select_for_update(of=("self",)).get(pk=inquiry.pk)
    if locked.state not in step.sources:
        raise TransitionNotAllowed(subject=f"cases.inquiry:{locked.pk}", verb=step.verb)
    locked.state = step.target
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.save(update_fields=("state", *changes))
    return locked


def _record(
    actor: Actor,
    verb: str,
    inquiry: Inquiry,
    now: datetime,
    reason: str,
    **data: object,
) -> None:
    record(
        actor=actor,
        verb=verb,
        subject=f"cases.inquiry:{inquiry.pk}",
        region=inquiry.region_id,
        now=now,
        reason=reason,
        data={"number": inquiry.number, "state": inquiry.state, **data},
    )
