"""Taking in one report (G2, E1): idempotent by the sender's id, corrected only by a next revision with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from psycopg.errors import UniqueViolation

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.audit.services import record
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.errors import (
    Conflict,
    FieldError,
    NotPermitted,
    TransitionNotAllowed,
    ValidationFailed,
)
from hengjian.kernel.text import N_
from hengjian.measures.models import Draft, Report
from hengjian.measures.permissions import SOURCE_OF, Source
from hengjian.measures.reference import closing_of
from hengjian.measures.rules.forms import Form, first_day, in_calendar, previous
from hengjian.measures.rules.receipt import plain
from hengjian.measures.rules.units import convert_unit
from hengjian.measures.services.intake import (
    NO_REMARKS,
    Plant,
    Quantities,
    Remarks,
    Sender,
    Stated,
    build,
    check_remarks,
    content,
    read_quantities,
)
from hengjian.measures.services.plants import factors_between, lock_site, needs_review, plants
from hengjian.measures.services.window import check_window
from hengjian.registry.models import Site


class Outcome(StrEnum):
    """What became of what was sent."""

    CREATED = "created"
    REPLAYED = "replayed"
    AWAITING = "awaiting"  # put before the reviewer of the enterprise, not yet received


@dataclass(frozen=True, slots=True)
class Sent:
    """What a sender hands in for one site, form and period."""

    report_id: UUID
    site_id: UUID
    form: str
    period: date
    source: str
    quantities: Stated
    reason: str
    remarks: Remarks = NO_REMARKS

    @property
    def verb(self) -> str:
        """The act: a reason makes it a correction."""
        return "measures.report.correct" if self.reason.strip() else "measures.report.submit"


@dataclass(frozen=True, slots=True)
class Checked:
    """A report that may be taken in; ``known``: the same was taken in before, nothing is to be done."""

    plant: Plant
    source: Source
    quantities: Quantities
    revision: int
    known: Report | None = None


@transaction.atomic
def submit_report(
    *,
    actor: Actor,
    report_id: UUID,
    site_id: UUID,
    form: str,
    period: date,
    source: str,
    quantities: Stated,
    reason: str,
    now: datetime,
    today: date,
    device_time: datetime | None = None,
    remarks: Remarks = NO_REMARKS,
) -> tuple[Report, Outcome]:
    """Take in one report; the same id with the same content again is a replay and changes nothing.

    ``report_id`` is made by the sender once and kept for repetitions; ``period`` is the production day or the
    first day of the period; a person reports for his own ``source`` only; ``quantities`` maps item codes to
    (value as typed, unit or empty for the unit of the form); ``reason`` is empty for a first report and required
    for a correction, which becomes the next revision; ``device_time`` is the sender's clock, kept beside the
    server's; ``remarks``: a stop, or why an opening stock differs from the closing stock before.

    Raises:
        NotPermitted: wrong post or foreign source. NotVisible: site out of scope.
        ValidationFailed: naming every fault. TooEarlyOrLate: a day to come, or too long ago.
        Conflict: the id holds other content, or the day is already reported and no reason was given.
        TransitionNotAllowed: the site's reviewer has to see it first (``hand_in`` sends it to him).
    """
    sent = Sent(report_id, site_id, form, period, source, quantities, reason, remarks)
    require(actor, sent.verb)
    checked = check_sent(actor, sent, now=now, today=today)
    if checked.known is not None:
        return checked.known, Outcome.REPLAYED
    if needs_review(site_id, form, period, checked.source):
        raise TransitionNotAllowed(
            N_("该报表须先经本企业审核人审核，请提交审核"),
            subject=f"registry.site:{site_id}",
            verb=sent.verb,
        )
    sender = Sender(actor.account_id, actor.name, actor.post, device_time)
    report = take_in(sent, checked, sender, now)
    if actor.account_id is not None:
        Draft.objects.visible_to(actor).filter(
            site=site_id, form=form, period=period, account=actor.account_id
        ).delete()
    record_report(actor, sent.verb, report, now)
    return report, Outcome.CREATED


def check_sent(
    actor: Actor,
    sent: Sent,
    *,
    now: datetime,
    today: date,
    source: Source | None = None,
    verb: str = "",
) -> Checked:
    """Everything that is asked of a report before it is taken in; the site stays locked for the transaction.

    ``source`` and ``verb`` where a review takes in what somebody else vouched for.

    Raises: as ``submit_report``.
    """
    verb = verb or sent.verb
    kind = source or source_for(actor, sent.source, verb)
    check_form(sent.form, sent.period)
    site = fetch(Site.objects.all(), actor, verb, id=sent.site_id)
    plant = plants([site])[site.pk]
    read = read_quantities(sent.quantities, plant.lines_of(sent.form, sent.source))
    check_remarks(sent.remarks, sent.form, sent.period, read)
    lock_site(site.pk)
    known = Report.objects.visible_to(actor).filter(id=sent.report_id).first()
    if known is not None:
        replayed = _replay(known, sent, kind, read)
        return Checked(plant, kind, read, known.revision, replayed)
    same = Report.objects.visible_to(actor).filter(site=site, form=sent.form, source=kind.value)
    latest = same.filter(period=sent.period).order_by("-revision").first()
    check_window(
        form=Form(sent.form),
        period=sent.period,
        source=kind,
        correction=latest is not None and bool(sent.reason.strip()),
        now=now,
        today=today,
        subject=f"registry.site:{site.pk}",
        verb=verb,
    )
    check_openings(same, sent, read)
    revision = next_revision(latest, sent.reason, read, sent.remarks)
    return Checked(plant, kind, read, revision)


def take_in(sent: Sent, checked: Checked, sender: Sender, now: datetime) -> Report:
    """Store the report with everything computed."""
    report = build(
        report_id=sent.report_id,
        plant=checked.plant,
        period=sent.period,
        source=checked.source,
        revision=checked.revision,
        reason=sent.reason.strip(),
        quantities=checked.quantities,
        factors=factors_between(sent.period, sent.period),
        sender=sender,
        received_at=now,
        form=sent.form,
        remarks=sent.remarks,
    )
    _insert(report)
    return report


def check_form(form: str, period: date) -> None:
    """A form that exists, and the first day of one of its periods."""
    if form not in set(Form):
        raise ValidationFailed([FieldError("form", N_("没有这种报表"))])
    if not in_calendar(period):
        raise ValidationFailed([FieldError("period", N_("没有这个报告期"))])
    first = first_day(Form(form), period)
    if first != period:
        raise ValidationFailed(
            [FieldError("period", N_("报告期以期首日表示：{day}"), data={"day": first.isoformat()})]
        )


def check_openings(same: QuerySet[Report], sent: Sent, read: Quantities) -> None:
    """An opening stock continues the closing stock of the period before, or is explained.

    Raises:
        ValidationFailed: naming each opening stock that differs.
    """
    stated = [code for code in read if code in closing_of()]
    if not stated or sent.remarks.explanation.strip():
        return
    before = (
        same.filter(period=previous(Form(sent.form), sent.period)).order_by("-revision").first()
    )
    carried = {} if before is None else carried_openings(before.quantities)
    errors = [
        FieldError(
            f"quantities.{code}",
            N_("与上期期末库存 {value} {unit} 不一致，请在情况说明中写明原因"),
            data={"value": plain(carried[code][0]), "unit": carried[code][1]},
        )
        for code in stated
        if code in carried and _differs(read[code], carried[code])
    ]
    if errors:
        raise ValidationFailed(errors)


def _differs(one: tuple[Decimal, str], other: tuple[Decimal, str]) -> bool:
    return convert_unit(one[0], one[1], other[1]) != other[0]


def carried_openings(quantities: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[Decimal, str]]:
    """Opening stocks (value, unit) that continue the closing stocks of a stored report."""
    return {
        opening: (Decimal(quantities[closing]["value"]), quantities[closing]["unit"])
        for opening, closing in closing_of().items()
        if closing in quantities
    }


def source_for(actor: Actor, source: str, verb: str) -> Source:
    """The source, if the actor may vouch for it."""
    try:
        wanted = Source(source)
    except ValueError:
        raise ValidationFailed([FieldError("source", N_("没有这种数据来源"))]) from None
    own = actor.sources if actor.kind is Kind.SENDER else (SOURCE_OF.get(actor.kind),)
    if actor.kind is not Kind.WORKER and wanted not in own:
        raise NotPermitted(verb=verb)
    return wanted


def next_revision(
    latest: Report | None,
    reason: str,
    quantities: Quantities,
    remarks: Remarks = NO_REMARKS,
) -> int:
    """1 for a first report; one more than the latest for a correction that has a reason and changes something."""
    if "\x00" in reason:
        raise ValidationFailed([FieldError("reason", N_("含有不能保存的字符"))])
    if latest is None:
        if reason.strip():
            raise ValidationFailed([FieldError("reason", N_("当日尚无日报，无需填写更正理由"))])
        return 1
    if not reason.strip():
        raise Conflict(
            N_("该厂区当日已有日报（第 {revision} 版）。如需修改，请以更正方式提交并说明理由"),
            subject=f"measures.report:{latest.pk}",
            revision=latest.revision,
        )
    same = content(
        latest.site_id,
        latest.period,
        Source(latest.source),
        latest.revision,
        quantities,
        form=latest.form,
        remarks=remarks,
    )
    if same == latest.canon:
        raise ValidationFailed([FieldError("quantities", N_("与上一版内容相同，无需更正"))])
    return latest.revision + 1


def _replay(known: Report, sent: Sent, source: Source, quantities: Quantities) -> Report:
    said = content(
        sent.site_id,
        sent.period,
        source,
        known.revision,
        quantities,
        form=sent.form,
        remarks=sent.remarks,
    )
    if said != known.canon:
        raise Conflict(
            N_("该编号的日报已存在且内容不同，未作改动"), subject=f"measures.report:{known.pk}"
        )
    return known


def _insert(report: Report) -> None:
    try:
        with transaction.atomic():
            report.save(force_insert=True)
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            # The id belongs to a report that this sender does not see.
            raise Conflict(N_("该编号已被使用，请换一个编号")) from error
        raise


def record_report(actor: Actor, verb: str, report: Report, now: datetime) -> None:
    """One entry of the history for a report taken in."""
    record(
        actor=actor,
        verb=verb,
        subject=f"measures.report:{report.pk}",
        now=now,
        region=report.region_id,
        reason=report.reason,
        data={
            "site": report.site_id,
            "form": report.form,
            "period": report.period,
            "source": report.source,
            "revision": report.revision,
            "sha256": report.sha256,
            "factors": report.factor_version,
            **({"reviewed_by": report.reviewed_by_name} if report.reviewed_by_name else {}),
        },
    )
