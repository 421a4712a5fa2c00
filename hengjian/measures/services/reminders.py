"""Asking for owed reports (催报): officials in bulk, the platform by itself when a deadline has passed.

The text names form and period, never a figure. The reporter sees it on his day until the report is in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import FieldError, ValidationFailed
from hengjian.kernel.text import N_
from hengjian.measures.deadline_table import deadlines_of
from hengjian.measures.models import Obligation, Reminder, Report
from hengjian.measures.rules.deadlines import NoDeadline, periods_ending_by
from hengjian.measures.rules.forms import FREQUENCY, Form, Frequency
from hengjian.measures.selectors.owed import report_name
from hengjian.measures.services.submission import check_form
from hengjian.measures.services.window import BOUND

_VERB = "measures.reminder.send"
MOST = 2_000
# A job that did not run for some days makes up for it; older gaps are for people to ask about.
LOOK_BACK = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many were reminded, and how many of the chosen were not: reported, not owing, or reminded today."""

    sent: int
    skipped: int


@transaction.atomic
def remind(
    *,
    actor: Actor,
    form: Form,
    period: date,
    source: str,
    sites: Sequence[UUID],
    now: datetime,
    today: date,
) -> Reminded:
    """Remind the chosen sites that owe the form and have not reported; once a day each.

    Raises:
        NotPermitted: wrong post. ValidationFailed: nobody chosen, too many, or the period is not over.
    """
    require(actor, _VERB)
    if not sites:
        raise ValidationFailed([FieldError("sites", N_("请选择要催报的厂区"))])
    if len(sites) > MOST:
        raise ValidationFailed([FieldError("sites", N_("一次选择的厂区过多"))])
    check_form(form.value, period)
    try:
        opens = deadlines_of(form, period).opens
    except NoDeadline:
        raise ValidationFailed([FieldError("period", N_("没有这个报告期"))]) from None
    if today < opens:
        raise ValidationFailed([FieldError("period", N_("该期尚未结束"))])
    owing = missing_of(actor, form, period, source).filter(site__in=sites)
    made = _write(actor, owing, form, period, now, today=today, automatic=False)
    if made:
        record(
            actor=actor,
            verb=_VERB,
            subject=f"measures.obligation:{form.value}",
            region=actor.home_region,
            now=now,
            data={
                "form": form.value,
                "period": period,
                "source": source,
                "sites": sorted(str(row.site_id) for row in made),
            },
        )
    return Reminded(len(made), len(set(sites)) - len(made))


@transaction.atomic
def remind_due(*, actor: Actor, now: datetime, today: date) -> int:
    """Remind every site that let a deadline pass within the last days; repeating it writes nothing new."""
    require(actor, _VERB)
    sent = 0
    for form, period in passed(now, today):
        for source in sorted(BOUND):
            owing = missing_of(actor, form, period, source.value)
            sent += len(_write(actor, owing, form, period, now, today=today, automatic=True))
    return sent


def passed(now: datetime, today: date) -> Iterable[tuple[Form, date]]:
    """Forms and periods whose deadline passed within LOOK_BACK."""
    for form in Form:
        count = 6 if FREQUENCY[form] is Frequency.DAY else 2
        for period in periods_ending_by(form, today, count):
            if now - LOOK_BACK < deadlines_of(form, period).due < now:
                yield form, period


def missing_of(actor: Actor, form: Form, period: date, source: str) -> QuerySet[Obligation]:
    """Obligations in scope of which no report came."""
    came = Report.objects.visible_to(actor).filter(
        site=OuterRef("site_id"), form=form.value, period=period, source=source
    )
    return Obligation.objects.visible_to(actor).filter(
        Q(valid_to=None) | Q(valid_to__gte=period),
        ~Exists(came),
        form=form.value,
        source=source,
        valid_from__lte=period,
    )


def _write(
    actor: Actor,
    owing: Iterable[Obligation],
    form: Form,
    period: date,
    now: datetime,
    *,
    today: date,
    automatic: bool,
) -> list[Reminder]:
    due = f"{localtime(deadlines_of(form, period).due):%Y-%m-%d %H:%M}"
    text = _("%(form)s应于 %(due)s 前报送，尚未收到，请尽快报送") % {
        "form": report_name(form, period),
        "due": due,
    }
    rows = [
        Reminder(
            site_id=one.site_id,
            region_id=one.region_id,
            enterprise_id=one.enterprise_id,
            form=form.value,
            period=period,
            source=one.source,
            text=text,
            automatic=automatic,
            day=today,
            sent_at=now,
            by_account=actor.account_id,
            by_name=actor.name,
            by_post=actor.post,
        )
        for one in owing
    ]
    Reminder.objects.bulk_create(rows, ignore_conflicts=True, batch_size=MOST)
    # Rows that a constraint kept out have no place in what is told: ask which of ours are there.
    present = set(
        Reminder.objects.visible_to(actor)
        .filter(pk__in=[row.pk for row in rows])
        .values_list("pk", flat=True)
    )
    return [row for row in rows if row.pk in present]
