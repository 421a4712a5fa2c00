"""The forms that a reporter owes now, site by site, and what waits for the reviewer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.text import number
from hengjian.measures.deadline_table import deadlines_of
from hengjian.measures.models import Draft, Obligation, Report
from hengjian.measures.models.report import DraftState
from hengjian.measures.permissions import Source
from hengjian.measures.reference import form_heads, form_lines, item_names
from hengjian.measures.rules.deadlines import periods_ending_by
from hengjian.measures.rules.forms import STOP_LABELS, Form, StopKind
from hengjian.measures.rules.quantity import QuantityRefused, parse_quantity
from hengjian.measures.rules.units import unit
from hengjian.measures.selectors.form_lines import period_text
from hengjian.measures.selectors.forms import own_source
from hengjian.measures.selectors.reports import Amount, moment
from hengjian.registry.models import Site

ONE_DAY = timedelta(days=1)
_SUBMIT, _REVIEW = "measures.report.submit", "measures.report.review"


@dataclass(frozen=True, slots=True)
class OwedForm:
    """One form of one site for the newest period that is over; ``state``: reported, submitted, returned, typed, none."""

    site_id: UUID
    site: str
    form: Form
    title: str
    period: date
    period_text: str
    due: datetime
    state: str


def owed_forms(actor: Actor, today: date) -> Sequence[OwedForm]:
    """The forms of the actor's sites by obligation; a site without any is offered all. Four queries."""
    require(actor, _SUBMIT)
    source = own_source(actor)
    sites = list(
        Site.objects.visible_to(actor).exclude(status=Site.Status.CLOSED).order_by("name", "id")
    )
    periods = {form: periods_ending_by(form, today - ONE_DAY, 1)[0] for form in Form}
    named = reduce(or_, (Q(form=form.value, period=period) for form, period in periods.items()))
    reported = set(
        Report.objects.visible_to(actor)
        .filter(named, source=source.value)
        .values_list("site_id", "form")
    )
    drafts = {
        (site, form): state
        for site, form, state in Draft.objects.visible_to(actor)
        .filter(named, source=source.value, account=actor.account_id)
        .values_list("site_id", "form", "state")
    }
    owed = _owed(actor, source, periods)
    return [
        OwedForm(
            site_id=site.pk,
            site=site.name,
            form=form,
            title=_(form_heads()[form].title),
            period=period,
            period_text=period_text(form, period),
            due=deadlines_of(form, period).due,
            state="reported"
            if (site.pk, form.value) in reported
            else drafts.get((site.pk, form.value), "none"),
        )
        for site in sites
        for form, period in periods.items()
        if form in owed.get(site.pk, set(Form))
    ]


def _owed(actor: Actor, source: Source, periods: Mapping[Form, date]) -> Mapping[UUID, set[Form]]:
    """Forms by site; a site with any obligation owes what its obligations say for the period."""
    found: dict[UUID, set[Form]] = defaultdict(set)
    rows = Obligation.objects.visible_to(actor).filter(source=source.value)
    for row in rows.only("site_id", "form", "valid_from", "valid_to"):
        forms = found[row.site_id]
        period = periods[Form(row.form)]
        if row.valid_from <= period and (row.valid_to is None or period <= row.valid_to):
            forms.add(Form(row.form))
    return found


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was handed to the reviewer."""

    report_id: UUID
    site: str
    title: str
    period_text: str
    reporter: str
    submitted: str
    own: bool
    reason: str
    stop: str
    explanation: str
    amounts: tuple[Amount, ...]
    digest: str


def waiting_reports(actor: Actor) -> Sequence[Waiting]:
    """Everything that waits for the actor's review, oldest first. One query."""
    require(actor, _REVIEW)
    rows = (
        Draft.objects.visible_to(actor)
        .filter(state=DraftState.SUBMITTED, source=Source.ENTERPRISE)
        .select_related("site")
        .order_by("submitted_at", "id")
    )
    return [_waiting(actor, row) for row in rows]


def waiting_report(actor: Actor, report_id: UUID) -> Waiting:
    """One of them. NotPermitted, NotVisible as everywhere."""
    rows = Draft.objects.filter(state=DraftState.SUBMITTED, source=Source.ENTERPRISE)
    draft = fetch(rows.select_related("site"), actor, _REVIEW, report_id=report_id)
    return _waiting(actor, draft)


def _waiting(actor: Actor, draft: Draft) -> Waiting:
    if draft.report_id is None:
        raise LookupError("a submitted draft has an id (measures_draft_submitted)")
    content = draft.content
    stop = content["stop_kind"]
    end = content["expected_end"]
    return Waiting(
        report_id=draft.report_id,
        site=draft.site.name,
        title=_(form_heads()[Form(draft.form)].title),
        period_text=period_text(Form(draft.form), draft.period),
        reporter=draft.reporter_name,
        submitted=moment(draft.submitted_at),
        own=draft.account_id == actor.account_id,
        reason=content["reason"],
        stop=" ".join(filter(None, [_(STOP_LABELS[StopKind(stop)]) if stop else "", end])),
        explanation=content["explanation"],
        amounts=_amounts(content["quantities"], Form(draft.form)),
        digest=draft.digest,
    )


def _amounts(given: Mapping[str, Sequence[str]], form: Form) -> tuple[Amount, ...]:
    names = item_names()
    units = {line.item.code: line.item.unit for line in form_lines(form)}
    return tuple(
        Amount(_(names[code]), _shown(given[code][0]), _(unit(given[code][1] or units[code]).label))
        for code in names
        if code in given
    )


def _shown(text: str) -> str:
    try:
        return number(parse_quantity(text))
    except QuantityRefused:
        return text
