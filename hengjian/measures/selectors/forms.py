"""The page on which a reporter fills in a day: lines, yesterday beside, draft, what is still due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.utils.timezone import get_current_timezone, localtime
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.errors import NotPermitted
from hengjian.kernel.text import N_, number
from hengjian.measures.models import Draft, Report
from hengjian.measures.models.report import DAILY
from hengjian.measures.permissions import SOURCE_OF, Source
from hengjian.measures.reference import DailyItem, lines_of
from hengjian.measures.rules.conversion import ItemKind
from hengjian.measures.rules.receipt import plain
from hengjian.measures.rules.units import convert_unit, unit
from hengjian.registry.models import Site, SiteIndustry

_SUBMIT = "measures.report.submit"
DAYS_BESIDE = 7
WEEKDAYS = (
    N_("星期一"),
    N_("星期二"),
    N_("星期三"),
    N_("星期四"),
    N_("星期五"),
    N_("星期六"),
    N_("星期日"),
)
SECTIONS: Mapping[bool, str] = {True: N_("产品产量"), False: N_("能源、热力与用水")}


@dataclass(frozen=True, slots=True)
class FormLine:
    """One line of the page; ``value`` is what the field starts with, as plain number."""

    code: str
    section: str
    label: str
    unit: str
    required: bool
    is_rate: bool
    value: str
    yesterday: str
    yesterday_value: str
    average: str


@dataclass(frozen=True, slots=True)
class DueDay:
    """One of the last days: reported or missing."""

    day: date
    reported: bool


@dataclass(frozen=True, slots=True)
class SiteChoice:
    """A site that the actor reports for."""

    id: UUID
    name: str
    reported: bool


@dataclass(frozen=True, slots=True)
class DailyPage:
    """Everything the page needs, in a constant number of queries."""

    site_id: UUID
    site: str
    day: date
    day_text: str
    source: Source
    lines: tuple[FormLine, ...]
    revision: int
    reason: str
    draft_saved: str
    due: datetime
    missing_days: tuple[date, ...]

    @property
    def is_correction(self) -> bool:
        """The day is already reported: what is sent now is the next revision."""
        return self.revision > 0


def due_day(today: date) -> date:
    """The day that the page asks for first (HENGJIAN_REPORT_DAY_LAG)."""
    return today - timedelta(days=settings.REPORT_DAY_LAG)


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


def daily_page(actor: Actor, site_id: UUID, day: date, today: date) -> DailyPage:
    """The page of one site and day: five queries."""
    source = own_source(actor)
    site = fetch(Site.objects.all(), actor, _SUBMIT, id=site_id)
    industries = SiteIndustry.objects.filter(site=site).values_list("industry_id", flat=True)
    lines = lines_of(frozenset(industries))
    first = min(day, today) - timedelta(days=DAYS_BESIDE)
    recent = {
        report.period: report
        for report in Report.objects.visible_to(actor)
        .filter(site=site, form=DAILY, source=source.value, period__range=(first, max(day, today)))
        .order_by("period", "-revision")
        .distinct("period")
    }
    draft = (
        Draft.objects.visible_to(actor)
        .filter(site=site, form=DAILY, period=day, account=actor.account_id)
        .first()
    )
    present = recent.get(day)
    before = [r for d, r in recent.items() if day - timedelta(days=DAYS_BESIDE) <= d < day]
    payload: Mapping[str, str] = draft.payload if draft else {}
    yesterday = recent.get(day - timedelta(days=1))
    return DailyPage(
        site_id=site.pk,
        site=site.name,
        day=day,
        day_text=f"{day.isoformat()} {_(WEEKDAYS[day.weekday()])}",
        source=source,
        lines=tuple(
            _line(line, payload if draft else None, present, yesterday, before) for line in lines
        ),
        revision=present.revision if present else 0,
        reason=payload.get("reason", ""),
        draft_saved=f"{localtime(draft.saved_at):%m-%d %H:%M}" if draft else "",
        due=_due(day),
        missing_days=_missing_days(recent, today),
    )


def _due(day: date) -> datetime:
    on = day + timedelta(days=settings.REPORT_DAY_LAG)
    return datetime.combine(on, time(settings.REPORT_DUE_HOUR), get_current_timezone())


def _missing_days(recent: Mapping[date, Report], today: date) -> tuple[date, ...]:
    last = due_day(today)
    days = (
        last - timedelta(days=back) for back in range(DAYS_BESIDE - settings.REPORT_DAY_LAG + 1)
    )
    return tuple(day for day in days if day not in recent)


def _line(
    line: DailyItem,
    draft: Mapping[str, str] | None,
    present: Report | None,
    yesterday: Report | None,
    before: Sequence[Report],
) -> FormLine:
    code = line.item.code
    known = _value(yesterday, line)
    values = [v for v in (_value(report, line) for report in before) if v is not None]
    now = _value(present, line)
    stored = "" if now is None else plain(now)
    return FormLine(
        code=code,
        section=_(SECTIONS[line.item.kind is ItemKind.OUTPUT]),
        label=_(line.name),
        unit=_(unit(line.item.unit).label),
        required=line.required,
        is_rate=line.item.kind is ItemKind.NCV,
        value=stored if draft is None else draft.get(code, ""),
        yesterday=number(known),
        yesterday_value="" if known is None else plain(known),
        average=number(sum(values, Decimal(0)) / len(values) if values else None, 2),
    )


def _value(report: Report | None, line: DailyItem) -> Decimal | None:
    """The quantity of a report in the unit of the form."""
    given = None if report is None else report.quantities.get(line.item.code)
    if given is None:
        return None
    return convert_unit(Decimal(given["value"]), given["unit"], line.item.unit)


def zero_quantities(page: DailyPage) -> dict[str, tuple[str, str]]:
    """Every line zero, for a day without production; a measured calorific value is left out."""
    return {line.code: ("0", "") for line in page.lines if not line.is_rate}
