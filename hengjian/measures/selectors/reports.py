"""One report with everything behind its figures, and lists of reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import can, fetch, require
from hengjian.kernel.text import number, quantity
from hengjian.measures.models import Report
from hengjian.measures.models.report import DAILY
from hengjian.measures.permissions import SOURCE_LABELS, SOURCE_OF, Source
from hengjian.measures.reference import FormHead, form_heads, item_names, product_names
from hengjian.measures.rules.forms import STOP_LABELS, Form, StopKind
from hengjian.measures.rules.units import UNITS, unit
from hengjian.measures.selectors.form_lines import period_text
from hengjian.measures.selectors.heads import heads

_VIEW = "measures.report.view"
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report in a list, formatted."""

    id: UUID
    site: str
    day: date
    source: str
    revision: int
    output: str
    energy: str
    coal: str
    co2: str
    received: str
    reporter: str
    sha256: str
    form: Form
    title: str
    period_text: str
    zero: str


@dataclass(frozen=True, slots=True)
class Amount:
    """One reported quantity."""

    name: str
    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class Step:
    """How one item entered the totals."""

    name: str
    given: str
    energy: str
    primary: str
    coal: str
    co2: str
    formulas: tuple[str, ...]
    versions: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of the same day and source."""

    id: UUID
    revision: int
    received: str
    who: str
    reason: str
    sha256: str
    current: bool


@dataclass(frozen=True, slots=True)
class ReportDetail:
    """A report as its page and its receipt show it: source, unit, factor version, time of receipt."""

    row: ReportRow
    site_id: UUID
    product: str
    primary: str
    amounts: tuple[Amount, ...]
    steps: tuple[Step, ...]
    revisions: tuple[Revision, ...]
    factor_version: str
    basis: str
    permitted_use: str
    reason: str
    head: FormHead
    zero_report: bool
    explanation: str
    reviewer: str
    reviewed: str
    canon: str
    device_time: str
    post: str
    latest: bool
    may_correct: bool


def report_page(
    actor: Actor,
    *,
    page: int,
    site: UUID | None = None,
    day: date | None = None,
    source: str = "",
    form: str = DAILY,
) -> Page[ReportRow]:
    """Reports of a form (empty: of all) in scope, newest first, every revision; three queries whatever the size."""
    require(actor, _VIEW)
    rows = Report.objects.visible_to(actor).select_related("site")
    if form:
        rows = rows.filter(form=form)
    if site is not None:
        rows = rows.filter(site=site)
    if day is not None:
        rows = rows.filter(period=day)
    if source:
        rows = rows.filter(source=source)
    rows = rows.defer("quantities", "conversion", "canon", "basis", "permitted_use")
    found = Paginator(rows.order_by("-period", "-received_at", "id"), PAGE_SIZE).get_page(page)
    shown: Page[ReportRow] = Page([_row(r) for r in found], found.number, found.paginator)  # type: ignore[arg-type]  # rows instead of models
    return shown


def form_choices() -> list[tuple[str, str]]:
    """Forms for a filter."""
    return [(form.value, _(head.title)) for form, head in form_heads().items()]


def source_choices() -> list[tuple[str, str]]:
    """Sources for a filter."""
    return [(source.value, _(label)) for source, label in SOURCE_LABELS.items()]


def get_report(actor: Actor, report_id: UUID) -> Report:
    """The stored report, for the API. NotPermitted, NotVisible as everywhere."""
    return fetch(Report.objects.all(), actor, _VIEW, id=report_id)


def report_detail(actor: Actor, report_id: UUID) -> ReportDetail:
    """One report with quantities, conversion and revisions. Two queries."""
    report = fetch(Report.objects.select_related("site"), actor, _VIEW, id=report_id)
    siblings = list(
        Report.objects.visible_to(actor)
        .filter(site=report.site_id, form=report.form, period=report.period, source=report.source)
        .order_by("-revision")
    )
    latest = siblings[0].pk == report.pk
    own = SOURCE_OF.get(actor.kind) == report.source
    return ReportDetail(
        row=_row(report),
        site_id=report.site_id,
        product=_(product_names().get(report.product, "")) if report.product else "",
        primary=quantity(report.energy_tce_primary, "tce", 2),
        amounts=_amounts(report),
        steps=tuple(_step(line) for line in report.conversion),
        revisions=tuple(_revision(one, report.pk) for one in siblings),
        factor_version=report.factor_version,
        basis=_(report.basis),
        permitted_use=_(report.permitted_use),
        reason=report.reason,
        head=heads()[Form(report.form)],
        zero_report=report.zero_report,
        explanation=report.explanation,
        reviewer=report.reviewed_by_name,
        reviewed=moment(report.reviewed_at),
        canon=report.canon,
        device_time=moment(report.device_time),
        post=report.reporter_post,
        latest=latest,
        may_correct=latest and own and can(actor, "measures.report.correct"),
    )


def moment(at: datetime | None) -> str:
    """An instant as pages show it; empty when there is none."""
    return "" if at is None else f"{localtime(at):%Y-%m-%d %H:%M:%S}"


def _row(report: Report) -> ReportRow:
    symbol = _(unit(report.output_unit).label) if report.output_unit else ""
    return ReportRow(
        id=report.pk,
        site=report.site.name,
        day=report.period,
        source=_(SOURCE_LABELS[Source(report.source)]),
        revision=report.revision,
        output=quantity(report.output, symbol),
        energy=quantity(report.energy_tce, "tce", 2),
        coal=quantity(report.coal_t, "t", 2),
        co2=quantity(report.co2_t, "tCO₂", 2),
        received=moment(report.received_at),
        reporter=report.reporter_name,
        sha256=report.sha256,
        form=Form(report.form),
        title=_(form_heads()[Form(report.form)].title),
        period_text=period_text(Form(report.form), report.period),
        zero=_zero(report),
    )


def _zero(report: Report) -> str:
    """Zero report, and why, where that was said."""
    if not report.zero_report:
        return ""
    if not report.stop_kind:
        return _("零报告")
    label = _(STOP_LABELS[StopKind(report.stop_kind)])
    if report.expected_end is None:
        return _("零报告（%(kind)s）") % {"kind": label}
    end = report.expected_end.isoformat()
    return _("零报告（%(kind)s，预计至 %(end)s）") % {"kind": label, "end": end}


def _amounts(report: Report) -> tuple[Amount, ...]:
    names = item_names()
    return tuple(
        Amount(_(names[code]), number(Decimal(given["value"])), _(unit(given["unit"]).label))
        for code, given in sorted(
            report.quantities.items(), key=lambda one: list(names).index(one[0])
        )
    )


def _step(line: dict[str, object]) -> Step:
    def tonnes(name: str) -> str:
        return number(Decimal(str(line[name])), 2)

    def texts(name: str) -> tuple[str, ...]:
        found = line[name]
        return tuple(str(one) for one in found) if isinstance(found, list) else ()

    return Step(
        name=_(item_names()[str(line["item"])]),
        given=quantity(Decimal(str(line["value"])), _(unit(str(line["unit"])).label)),
        energy=tonnes("tce"),
        primary=tonnes("tce_primary"),
        coal=tonnes("coal"),
        co2=tonnes("co2"),
        formulas=tuple(_readable(formula) for formula in texts("formulas")),
        versions=texts("versions"),
        notes=tuple(_(note) for note in texts("notes")),
    )


def _readable(formula: str) -> str:
    """Unit codes such as 1e4kWh as people write them; international symbols stay."""
    for code in sorted((c for c in UNITS if c[0].isdigit()), key=len, reverse=True):
        formula = formula.replace(code, _(UNITS[code].label))
    return formula


def _revision(report: Report, shown: UUID) -> Revision:
    return Revision(
        id=report.pk,
        revision=report.revision,
        received=moment(report.received_at),
        who=report.reporter_name,
        reason=report.reason,
        sha256=report.sha256,
        current=report.pk == shown,
    )


def last_receipts(actor: Actor, site: UUID, count: int = 5) -> Sequence[ReportRow]:
    """The site's reports received last."""
    require(actor, _VIEW)
    rows = Report.objects.visible_to(actor).filter(site=site).select_related("site")
    return [_row(r) for r in rows.order_by("-received_at", "-id")[:count]]
