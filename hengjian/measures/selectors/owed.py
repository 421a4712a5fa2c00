"""What a reporter owes now, of all forms, and who reminded him: for his day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.measures.deadline_table import deadlines_of, due_day
from hengjian.measures.models import Obligation, Reminder, Report
from hengjian.measures.permissions import SOURCE_OF, Source
from hengjian.measures.reference import form_heads
from hengjian.measures.rules.deadlines import periods_ending_by
from hengjian.measures.rules.forms import FREQUENCY, Form, Frequency
from hengjian.measures.selectors.form_lines import period_text
from hengjian.registry.models import Site

_SUBMIT = "measures.report.submit"
# How many past periods stay on the day's list; the status board keeps all.
KEPT: Mapping[Frequency, int] = {
    Frequency.DAY: 7,
    Frequency.MONTH: 3,
    Frequency.QUARTER: 2,
    Frequency.YEAR: 1,
}


@dataclass(frozen=True, slots=True)
class OwedReport:
    """One report that is owed; ``reminded``: by whom and when, empty when nobody did."""

    site_id: UUID
    site: str
    form: Form
    title: str
    period: date
    due: str
    late: bool
    reminded: str


def owed_reports(actor: Actor, *, now: datetime, today: date) -> Sequence[OwedReport]:
    """Everything of periods that are over and not reported, late ones first. Four queries.

    A site that no list names yet is asked for its daily report, as before there was a list.
    """
    require(actor, _SUBMIT)
    source = SOURCE_OF.get(actor.kind)
    if source is None:
        return []
    sites = {
        s.pk: s.name
        for s in Site.objects.visible_to(actor).exclude(status=Site.Status.CLOSED).only("name")
    }
    wanted = _wanted(actor, source.value, set(sites), today)
    oldest = min((period for _site, _form, period in wanted), default=today)
    reported = set(
        Report.objects.visible_to(actor)
        .filter(source=source.value, revision=1, period__gte=oldest)
        .values_list("site_id", "form", "period")
    )
    reminded = _reminded(actor, oldest)
    rows = [
        _row(sites[site], (site, form, period), reminded, now)
        for site, form, period in wanted
        if (site, form.value, period) not in reported
    ]
    return sorted(rows, key=lambda r: (not r.late, deadlines_of(r.form, r.period).due, r.site))


def _wanted(
    actor: Actor, source: str, sites: set[UUID], today: date
) -> list[tuple[UUID, Form, date]]:
    yesterday = today - timedelta(days=1)
    periods = {f: periods_ending_by(f, yesterday, KEPT[FREQUENCY[f]]) for f in Form}
    named: dict[UUID, list[Obligation]] = defaultdict(list)
    rows = Obligation.objects.visible_to(actor).filter(source=source)
    for row in rows.only("site_id", "form", "valid_from", "valid_to"):
        named[row.site_id].append(row)
    found = {
        (row.site_id, Form(row.form), period)
        for site in sites
        for row in named.get(site, ())
        for period in periods[Form(row.form)]
        if row.valid_from <= period and (row.valid_to is None or period <= row.valid_to)
    }
    found |= {(site, Form.DAILY, due_day(today)) for site in sites - set(named)}
    return sorted(found)


def _reminded(actor: Actor, oldest: date) -> Mapping[tuple[UUID, str, date], Reminder]:
    rows = Reminder.objects.visible_to(actor).filter(period__gte=oldest).order_by("sent_at")
    return {(row.site_id, row.form, row.period): row for row in rows}


def missing_count(actor: Actor, day: date) -> int:
    """How many sites in scope owe the enterprise's daily report of ``day`` and have not sent it. One query."""
    require(actor, "measures.status.view")
    came = Report.objects.visible_to(actor).filter(
        site=OuterRef("site_id"), form=Form.DAILY.value, period=day, source=Source.ENTERPRISE.value
    )
    return (
        Obligation.objects.visible_to(actor)
        .filter(
            Q(valid_to=None) | Q(valid_to__gte=day),
            ~Exists(came),
            form=Form.DAILY.value,
            source=Source.ENTERPRISE.value,
            valid_from__lte=day,
        )
        .count()
    )


def report_name(form: Form, period: date) -> str:
    """A form of a period in words: 2026-11-22 生产能耗日报."""
    when = period.isoformat() if form is Form.DAILY else period_text(form, period)
    return _("%(period)s %(form)s") % {"period": when, "form": _(form_heads()[form].title)}


def _row(
    name: str,
    key: tuple[UUID, Form, date],
    reminded: Mapping[tuple[UUID, str, date], Reminder],
    now: datetime,
) -> OwedReport:
    site, form, period = key
    due = deadlines_of(form, period).due
    late = now > due
    by = reminded.get((site, form.value, period))
    at = f"{localtime(due):%m-%d %H:%M}"
    return OwedReport(
        site_id=site,
        site=name,
        form=form,
        title=report_name(form, period),
        period=period,
        due=_("%(at)s（已逾期）") % {"at": at} if late else _("%(at)s 前") % {"at": at},
        late=late,
        reminded=_("%(who)s %(at)s 催报")
        % {
            "who": by.by_post or by.by_name,
            "at": f"{localtime(by.sent_at):%m-%d %H:%M}",
        }
        if by
        else "",
    )
