"""The page on which a reporter fills in a form: lines with what lies beside them, draft, stops, what is still due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.timezone import localtime

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.errors import NotPermitted, NotVisible
from hengjian.measures.deadline_table import deadlines_of
from hengjian.measures.deadline_table import due_day as due_day_of_table
from hengjian.measures.models import Draft, Report
from hengjian.measures.models.report import DAILY, DraftState
from hengjian.measures.permissions import SOURCE_OF, Source
from hengjian.measures.reference import (
    FormHead,
    closing_of,
    form_heads,
    lines_of,
)
from hengjian.measures.rules.balance import Flow
from hengjian.measures.rules.deadlines import NoDeadline
from hengjian.measures.rules.forms import (
    Form,
    first_day,
    last_day,
    previous,
    year_before,
)
from hengjian.measures.selectors.form_lines import (
    DAYS_BESIDE,
    DraftView,
    FormLine,
    Lines,
    Past,
    Stop,
    period_text,
)
from hengjian.measures.selectors.sums import Below, below
from hengjian.registry.models import Site, SiteIndustry

_SUBMIT = "measures.report.submit"


@dataclass(frozen=True, slots=True)
class SiteChoice:
    """A site that the actor reports for."""

    id: UUID
    name: str
    reported: bool


@dataclass(frozen=True, slots=True)
class FormPage:
    """Everything the page needs, in a constant number of queries."""

    site_id: UUID
    site: str
    head: FormHead
    day: date
    day_text: str
    source: Source
    lines: tuple[FormLine, ...]
    revision: int
    draft: DraftView
    due: datetime
    missing_days: tuple[date, ...]
    stop: Stop | None
    below: Below | None

    @property
    def form(self) -> Form:
        """Code of the form."""
        return self.head.form

    @property
    def is_correction(self) -> bool:
        """The period is already reported: what is sent now is the next revision."""
        return self.revision > 0

    @property
    def waits(self) -> bool:
        """Handed to the reviewer and not yet decided."""
        return self.draft.state == DraftState.SUBMITTED


def due_day(today: date) -> date:
    """The day that the page asks for first."""
    return due_day_of_table(today)


def own_source(actor: Actor) -> Source:
    """The source that the actor vouches for."""
    source = SOURCE_OF.get(actor.kind)
    if source is None:
        raise NotPermitted(verb=_SUBMIT)
    return source


def sites_to_report(actor: Actor, day: date) -> Sequence[SiteChoice]:
    """The sites that the actor reports for, and whether ``day`` is in. Two queries."""
    require(actor, _SUBMIT)
    source = own_source(actor)
    sites = Site.objects.visible_to(actor).exclude(status=Site.Status.CLOSED).order_by("name", "id")
    reported = set(
        Report.objects.visible_to(actor)
        .filter(period=day, form=DAILY, source=source.value)
        .values_list("site_id", flat=True)
    )
    return [SiteChoice(s.pk, s.name, s.pk in reported) for s in sites]


def form_page(actor: Actor, site_id: UUID, form: Form, period: date, today: date) -> FormPage:
    """The page of one site, form and period: five queries, six where the form sums others."""
    source = own_source(actor)
    site = fetch(Site.objects.all(), actor, _SUBMIT, id=site_id)
    try:
        due = deadlines_of(form, period).due
    except NoDeadline:
        raise NotVisible from None  # no such period: nobody owed it
    industries = frozenset(
        SiteIndustry.objects.filter(site=site).values_list("industry_id", flat=True)
    )
    lines = lines_of(industries, form)
    past = _past(
        Report.objects.visible_to(actor).filter(site=site, source=source.value), form, period, today
    )
    draft = _draft(actor, site_id, form, period)
    lower = below(
        Report.objects.visible_to(actor).filter(site=site, source=source.value), form, period, lines
    )
    maker = Lines(past, lines, industries, draft, lower)
    return FormPage(
        site_id=site.pk,
        site=site.name,
        head=form_heads()[form],
        day=period,
        day_text=period_text(form, period),
        source=source,
        lines=tuple(maker.line(line) for line in lines),
        revision=past.present.revision if past.present else 0,
        draft=draft,
        due=due,
        missing_days=_missing_days(past.reports, today) if form is Form.DAILY else (),
        stop=maker.stop,
        below=lower,
    )


def _past(own: QuerySet[Report], form: Form, period: date, today: date) -> Past:
    first = min(period, today) - timedelta(days=DAYS_BESIDE)
    first = min(first, date(period.year, 1, 1), previous(form, period))
    last = max(last_day(form, period), today)
    rows = (
        own.filter(
            Q(period__range=(first, last)) | Q(period=first_day(form, year_before(period))),
            form=form.value,
        )
        .order_by("period", "-revision")
        .distinct("period")
        .only("period", "revision", "quantities", "stop_kind", "expected_end", "zero_report")
    )
    return Past({report.period: report for report in rows}, form, period)


def _draft(actor: Actor, site: UUID, form: Form, period: date) -> DraftView:
    draft = (
        Draft.objects.visible_to(actor)
        .filter(site=site, form=form.value, period=period, account=actor.account_id)
        .first()
    )
    if draft is None:
        return DraftView()
    return DraftView(
        saved=f"{localtime(draft.saved_at):%m-%d %H:%M}",
        state=draft.state,
        report_id=draft.report_id,
        returned_by=draft.returned_by,
        return_reason=draft.return_reason,
        payload=draft.payload or _as_typed(draft.content),
    )


def _as_typed(content: Mapping[str, Mapping[str, Sequence[str]]]) -> Mapping[str, str]:
    """Fields of the page from what was handed in."""
    return {code: given[0] for code, given in content.get("quantities", {}).items()}


def _missing_days(recent: Mapping[date, Report], today: date) -> tuple[date, ...]:
    last = due_day(today)
    days = (last - timedelta(days=back) for back in range(DAYS_BESIDE))
    return tuple(day for day in days if day not in recent)


def zero_quantities(page: FormPage) -> dict[str, tuple[str, str]]:
    """A day without production: every flow zero, stocks lying where they lay; a calorific value is left out."""
    levels = {line.code: line.carried for line in page.lines if line.flow == Flow.OPENING}
    levels |= {closing: levels.get(opening, "") for opening, closing in closing_of().items()}
    return {
        line.code: (levels.get(line.code, "") if line.is_level else "0", "")
        for line in page.lines
        if (levels.get(line.code) if line.is_level else line.shown or line.required)
    }
