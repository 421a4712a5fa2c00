"""What systems of senders deliver, one report or many: the rules beyond those of a report itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.errors import (
    DomainError,
    FieldError,
    NotPermitted,
    TransitionNotAllowed,
    ValidationFailed,
)
from hengjian.kernel.text import N_
from hengjian.measures.models import Obligation, Report
from hengjian.measures.permissions import TAKEN_OVER, Source
from hengjian.measures.reference import closing_of
from hengjian.measures.rules.forms import Form, previous
from hengjian.measures.rules.receipt import plain
from hengjian.measures.rules.units import convert_unit
from hengjian.measures.services.intake import Quantities, Sender
from hengjian.measures.services.submission import carried_openings, check_form, record_report
from hengjian.measures.services.taking import Delivery, Desk, Key, Taken
from hengjian.measures.services.window import check_window

DELIVER = "measures.report.deliver"
SKEW = timedelta(hours=24)
"""How far a sender's clock may be from the server's: beyond it, its dates are not to be trusted either."""


@transaction.atomic(savepoint=False)
def deliver_report(
    *,
    actor: Actor,
    row: Delivery,
    device_time: datetime | None,
    now: datetime,
    today: date,
) -> tuple[Report, bool]:
    """Take in one report of a sender's system; True: it is new, False: the same was there already.

    Raises:
        NotPermitted: not a sender, or not one of its sources. ValidationFailed: naming every fault; a site outside
            of the reach is answered as one that does not exist. Conflict, TooEarlyOrLate: as for a report.
    """
    require(actor, DELIVER)
    may_send(actor, row.source, DELIVER)
    check_form(row.form, row.period)
    check_clock(device_time, now)
    desk = open_desk(actor, [row], verb=DELIVER, now=now, today=today, device_time=device_time)
    report, is_new = desk.take_one(row)
    if not is_new:
        return report, False
    record_report(actor, DELIVER, report, now)
    return report, True


def may_send(actor: Actor, source: str, verb: str) -> Source:
    """The source, if the actor may hand in its figures: a system its own, an official those he takes over."""
    try:
        wanted = Source(source)
    except ValueError:
        raise ValidationFailed([FieldError("source", N_("没有这种数据来源"))]) from None
    allowed: Collection[str] = actor.sources if actor.kind is Kind.SENDER else TAKEN_OVER
    if wanted not in allowed:
        raise NotPermitted(N_("无权报送这种来源的数据"), verb=verb)
    return wanted


def check_clock(told: datetime | None, now: datetime) -> None:
    """Refuse a sender whose clock is off by more than ``SKEW``."""
    if told is not None and abs(told - now) > SKEW:
        raise ValidationFailed(
            [
                FieldError(
                    "device_time", N_("设备时间与服务器时间相差超过 24 小时，请校准时钟后重新发送")
                )
            ]
        )


def open_desk(
    actor: Actor,
    rows: Collection[Delivery],
    *,
    verb: str,
    now: datetime,
    today: date,
    device_time: datetime | None = None,
) -> Desk:
    """The desk of a delivery: its rows are judged as those of a person who reports."""
    judge = _Judge(now=now, today=today, verb=verb, reviewed=_reviewed(rows))
    desk = Desk(
        actor=actor,
        default=Sender(actor.account_id, actor.name, actor.post, device_time),
        now=now,
        judge=judge,
    )
    judge.latest = desk.latest
    return desk


def _reviewed(rows: Collection[Delivery]) -> frozenset[tuple[UUID, str, date | None, date]]:
    """Forms that the reviewer of an enterprise has to see first: (site, form, last day or none, first day)."""
    sites = {row.site_id for row in rows if row.source == Source.ENTERPRISE}
    if not sites:
        return frozenset()
    found = Obligation.objects.filter(
        Q(source=Source.ENTERPRISE.value, needs_review=True), site__in=sites
    )
    return frozenset(found.values_list("site_id", "form", "valid_to", "valid_from"))


@dataclass(slots=True)
class _Judge:
    now: datetime
    today: date
    verb: str
    reviewed: frozenset[tuple[UUID, str, date | None, date]]
    latest: dict[Key, Report] = field(default_factory=dict)
    _verdicts: dict[tuple[str, date, str, bool], DomainError | None] = field(default_factory=dict)

    def __call__(self, row: Delivery, read: Quantities, latest: Report | None) -> None:
        """Raise what speaks against a new row."""
        correction = latest is not None and bool(row.reason.strip())
        asked = (row.form, row.period, row.source, correction)
        if asked not in self._verdicts:
            self._verdicts[asked] = self._period(*asked)
        if (error := self._verdicts[asked]) is not None:
            raise error
        for site, form, last, first in self.reviewed:
            if (site, form) == (row.site_id, row.form) and first <= row.period <= (
                last or date.max
            ):
                raise TransitionNotAllowed(
                    N_("该报表须先经本企业审核人审核，请在网页提交审核"), verb=self.verb
                )
        self._openings(row, read)

    def _period(self, form: str, period: date, source: str, correction: bool) -> DomainError | None:  # noqa: FBT001 - a memo's key
        """What speaks against a period: the same for every row of it."""
        try:
            check_form(form, period)
            check_window(
                form=Form(form),
                period=period,
                source=Source(source),
                correction=correction,
                now=self.now,
                today=self.today,
                subject="",
                verb=self.verb,
            )
        except DomainError as error:
            return error
        return None

    def _openings(self, row: Delivery, read: Quantities) -> None:
        """An opening stock continues the closing stock before, or is explained."""
        stated = [code for code in read if code in closing_of()]
        if not stated or row.source != Source.ENTERPRISE or row.remarks.explanation:
            return
        key = (row.site_id, row.form, previous(Form(row.form), row.period), row.source)
        before = self.latest.get(key)
        carried = {} if before is None else carried_openings(before.quantities)
        errors = [
            FieldError(
                f"quantities.{code}",
                N_("与上期期末库存 {value} {unit} 不一致，请在情况说明中写明原因"),
                data={"value": plain(carried[code][0]), "unit": carried[code][1]},
            )
            for code in stated
            if code in carried
            and convert_unit(read[code][0], read[code][1], carried[code][1]) != carried[code][0]
        ]
        if errors:
            raise ValidationFailed(errors)


def received(taken: Taken) -> list[Report]:
    """Reports made or repeated, in the order of the rows."""
    both = {**taken.made, **taken.replayed}
    return [both[number] for number in sorted(both)]
