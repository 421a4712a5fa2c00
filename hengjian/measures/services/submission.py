"""Taking in one report (G2, E1): idempotent by the sender's id, corrected only by a next revision with a reason."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.audit.services import record
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.errors import (
    Conflict,
    FieldError,
    NotPermitted,
    TooEarlyOrLate,
    ValidationFailed,
)
from hengjian.kernel.text import N_
from hengjian.measures.models import Draft, Report
from hengjian.measures.models.report import DAILY
from hengjian.measures.permissions import SOURCE_OF, Source
from hengjian.measures.services.intake import (
    Quantities,
    Sender,
    Stated,
    build,
    content,
    read_quantities,
)
from hengjian.measures.services.plants import factors_between, lock_site, plants
from hengjian.registry.models import Site


class Outcome(StrEnum):
    """Whether the call made the report or found it already there."""

    CREATED = "created"
    REPLAYED = "replayed"


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
) -> tuple[Report, Outcome]:
    """Take in one report; the same id with the same content again is a replay and changes nothing.

    ``report_id`` is made by the sender once and kept for repetitions; ``period`` is the production day; a person
    reports for his own ``source`` only; ``quantities`` maps item codes to (value as typed, unit or empty for the
    unit of the form); ``reason`` is empty for a first report and required for a correction, which becomes the next
    revision; ``device_time`` is the sender's clock, kept beside the server's.

    Raises:
        NotPermitted: wrong post or foreign source. NotVisible: site out of scope.
        ValidationFailed: naming every fault. TooEarlyOrLate: a day to come, or too long ago.
        Conflict: the id holds other content, or the day is already reported and no reason was given.
    """
    verb = "measures.report.correct" if reason.strip() else "measures.report.submit"
    require(actor, verb)
    kind = source_for(actor, source, verb)
    if form != DAILY:
        raise ValidationFailed([FieldError("form", N_("没有这种报表"))])
    site = fetch(Site.objects.all(), actor, verb, id=site_id)
    plant = plants([site])[site.pk]
    read = read_quantities(quantities, plant.lines)
    lock_site(site.pk)
    known = Report.objects.visible_to(actor).filter(id=report_id).first()
    if known is not None:
        return _replay(known, site_id, period, kind, read), Outcome.REPLAYED
    check_time(period, today, subject=f"registry.site:{site.pk}", verb=verb)
    latest = (
        Report.objects.visible_to(actor)
        .filter(site=site, form=form, period=period, source=kind.value)
        .order_by("-revision")
        .first()
    )
    revision = next_revision(latest, reason, read)
    report = build(
        report_id=report_id,
        plant=plant,
        period=period,
        source=kind,
        revision=revision,
        reason=reason.strip(),
        quantities=read,
        factors=factors_between(period, period),
        sender=Sender(actor.account_id, actor.name, actor.post),
        received_at=now,
        device_time=device_time,
    )
    _insert(report)
    if actor.account_id is not None:
        Draft.objects.visible_to(actor).filter(
            site=site, form=form, period=period, account=actor.account_id
        ).delete()
    _record(actor, verb, report, now)
    return report, Outcome.CREATED


def source_for(actor: Actor, source: str, verb: str) -> Source:
    """The source, if the actor may vouch for it."""
    try:
        wanted = Source(source)
    except ValueError:
        raise ValidationFailed([FieldError("source", N_("没有这种数据来源"))]) from None
    if actor.kind is not Kind.WORKER and SOURCE_OF.get(actor.kind) is not wanted:
        raise NotPermitted(verb=verb)
    return wanted


def check_time(period: date, today: date, *, subject: str, verb: str) -> None:
    """Days to come are refused, and days longer ago than ``HENGJIAN_REPORT_LATE_DAYS``."""
    if period > today:
        raise TooEarlyOrLate(N_("不能填报未来日期"), subject=subject, verb=verb)
    days: int = settings.REPORT_LATE_DAYS
    if period < today - timedelta(days=days):
        raise TooEarlyOrLate(
            N_("只能填报最近 {days} 天的数据，更早的请联系主管部门"),
            subject=subject,
            verb=verb,
            days=days,
        )


def next_revision(latest: Report | None, reason: str, quantities: Quantities) -> int:
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
    if (
        content(latest.site_id, latest.period, Source(latest.source), latest.revision, quantities)
        == latest.canon
    ):
        raise ValidationFailed([FieldError("quantities", N_("与上一版内容相同，无需更正"))])
    return latest.revision + 1


def _replay(
    known: Report, site_id: UUID, period: date, source: Source, quantities: Quantities
) -> Report:
    if content(site_id, period, source, known.revision, quantities) != known.canon:
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


def _record(actor: Actor, verb: str, report: Report, now: datetime) -> None:
    record(
        actor=actor,
        verb=verb,
        subject=f"measures.report:{report.pk}",
        now=now,
        region=report.region_id,
        reason=report.reason,
        data={
            "site": report.site_id,
            "period": report.period,
            "source": report.source,
            "revision": report.revision,
            "sha256": report.sha256,
            "factors": report.factor_version,
        },
    )
