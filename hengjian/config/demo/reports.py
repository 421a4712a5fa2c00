"""Sends the invented days through the intake that real imports use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import NAMESPACE_URL, UUID, uuid5

from hengjian.config.demo.chance import draw
from hengjian.config.demo.people import organ_name
from hengjian.config.demo.plan import Holding, Plant, firms, holdings, plants, words
from hengjian.config.demo.quantities import correction, missing, reported, slipped
from hengjian.config.demo.sources import buys_power, has_stack, measured, told
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.models import Account
from hengjian.kernel.calendar.clock import PLAN_ZONE
from hengjian.kernel.text import N_
from hengjian.measures.models import Report
from hengjian.measures.services.bulk import Delivery, bulk_intake
from hengjian.measures.services.intake import Sender

DAYS = 90
ONE_DAY = timedelta(days=1)
RESIDENT, ENTERPRISE, GRID, CEMS = "resident", "enterprise", "grid", "cems"
_ROLE_OF = {
    ENTERPRISE: Role.ENTERPRISE_REPORTER.value,
    RESIDENT: Role.RESIDENT_SUPERVISOR.value,
}
SENT_AT = {ENTERPRISE: time(7, 0), RESIDENT: time(8, 0), GRID: time(3, 0), CEMS: time(1, 0)}
INSTRUMENTS = {
    GRID: Sender(None, N_("电网企业（演示）"), N_("用电信息采集系统")),
    CEMS: Sender(None, N_("烟气在线监测（演示）"), N_("污染源自动监控平台")),
}
CORRECTED_AT = time(15, 30)


def window(today: date) -> tuple[date, date]:
    """First and last day of the demo's reports: the days that end the day before ``today``."""
    return today - DAYS * ONE_DAY, today - ONE_DAY


def send_all(*, actor: Actor, sites: Mapping[str, UUID], now: datetime, today: date) -> int:
    """Take in every day that has not been taken in yet; returns how many reports are new."""
    first, last = window(today)
    latest = (
        Report.objects.filter(site__in=sites.values())
        .order_by("-period")
        .values_list("period", flat=True)
        .first()
    )
    begin = first if latest is None else max(first, latest + ONE_DAY)
    if begin > last:
        return 0
    batch = list(deliveries(sites, begin, last, now, senders()))
    return bulk_intake(actor=actor, rows=batch, now=now, today=today).created


def senders() -> Mapping[tuple[str, str], Sender]:
    """Who vouches, by site and source: the demo accounts where they serve, invented people elsewhere."""
    accounts = {a.username: a.pk for a in Account.objects.filter(is_demo=True)}
    found = {
        (plant.key, source): _stranger(plant, source)
        for plant in plants().values()
        for source in sources(plant)
        if source not in INSTRUMENTS
    }
    for held in holdings():
        for source, role in _ROLE_OF.items():
            if held.role == role and held.site:
                found[held.site, source] = _known(held, accounts.get(held.username))
    return found


def sources(plant: Plant) -> Sequence[str]:
    """Who reports for a site."""
    wanted = {
        ENTERPRISE: True,
        RESIDENT: plant.resident,
        GRID: buys_power(plant),
        CEMS: has_stack(plant),
    }
    return tuple(source for source, reports in wanted.items() if reports)


def deliveries(
    sites: Mapping[str, UUID],
    first: date,
    last: date,
    now: datetime,
    by: Mapping[tuple[str, str], Sender],
) -> Iterator[Delivery]:
    """Every report from ``first`` to ``last``, a corrected one before its correction."""
    for offset in range((last - first).days + 1):
        day = first + offset * ONE_DAY
        for key, plant in plants().items():
            for source in sources(plant):
                sender = INSTRUMENTS.get(source) or by[key, source]
                yield from _of_day(
                    plant, sites[key], day=day, last=last, source=source, sender=sender, now=now
                )


def _of_day(
    plant: Plant,
    site: UUID,
    *,
    day: date,
    last: date,
    source: str,
    sender: Sender,
    now: datetime,
) -> Iterator[Delivery]:
    if source == ENTERPRISE and missing(plant, day):
        return
    if source in INSTRUMENTS:
        amounts = measured(plant, day, source)
    else:
        amounts = told(plant, day, last) if source == ENTERPRISE else reported(plant, day, source)
    reason = correction(plant, day) if source == ENTERPRISE else ""
    at = _moment(day + ONE_DAY, SENT_AT[source], draw("minute", plant.key, day, source) % 120)

    def delivery(revision: int, what: Mapping[str, Decimal], sent: datetime) -> Delivery:
        return Delivery(
            report_id=report_id(site, day, source, revision),
            site_id=site,
            period=day,
            source=source,
            quantities={code: (str(value), "") for code, value in what.items()},
            reason=reason if revision > 1 else "",
            received_at=min(sent, now),
            reporter=sender,
        )

    if reason:
        yield delivery(1, slipped(plant, amounts), at)
        yield delivery(2, amounts, _moment(day + ONE_DAY, CORRECTED_AT, 0))
    else:
        yield delivery(1, amounts, at)


def report_id(site: UUID, day: date, source: str, revision: int) -> UUID:
    """The sender's id of a report: the same for the same report, so that sending twice changes nothing."""
    return uuid5(NAMESPACE_URL, f"hengjian-demo:{site}:{day}:{source}:{revision}")


def _moment(day: date, at: time, minutes: int) -> datetime:
    return datetime.combine(day, at, PLAN_ZONE) + timedelta(minutes=minutes)


def _known(held: Holding, account: int | None) -> Sender:
    return Sender(account, held.person, f"{organ_name(held)} · {held.title}")


def _stranger(plant: Plant, source: str) -> Sender:
    surnames, given = words("surname"), words("given")
    name = surnames[draw("surname", plant.key, source) % len(surnames)]
    name += given[draw("given", plant.key, source) % len(given)]
    firm = firms()[plant.firm]
    if source == RESIDENT:
        organ = N_("驻{site}监督组").format(site=firm.brand + plant.name)
        return Sender(None, name, f"{organ} · {words('resident_post')[0]}")
    return Sender(None, name, f"{firm.name} · {words('enterprise_post')[0]}")
