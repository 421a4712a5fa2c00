"""The status board: its figures against an independent count, who sees what, a constant number of queries."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import Role
from hengjian.kernel.errors import NotPermitted
from hengjian.measures.models import Obligation, Report
from hengjian.measures.rules.forms import Form
from hengjian.measures.selectors.status import Status, StatusQuery, grouped, status
from hengjian.registry.models import Site
from hengjian.registry.tests.factories import make_site
from tests.support.cast import DONGGANG, LANSHAN, LANSHAN_LINYI, LINYI, actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI).astimezone(UTC)
LAST = date(2026, 11, 22)


def owe(site: Site, start: date = date(2026, 1, 1), end: date | None = None) -> None:
    Obligation.objects.create(
        site=site, region_id=site.region_id, enterprise_id=site.enterprise_id, form="daily",
        source="enterprise", valid_from=start, valid_to=end, origin="official", basis="测试",
        made_name="某", made_at=NOW,
    )  # fmt: skip


def came(site: Site, day: date, received: datetime, *, revision: int = 1) -> None:
    """A stored report of which only its time matters; the hash is of an empty text."""
    Report.objects.create(
        id=uuid4(), site=site, region_id=site.region_id, enterprise_id=site.enterprise_id,
        form="daily", period=day, source="enterprise", revision=revision,
        reason="改" if revision > 1 else "", quantities={"water": {"value": "1", "unit": "m3"}},
        zero_report=False, energy_tce=1, energy_tce_primary=1, coal_t=0, co2_t=0,
        factor_version="f", conversion=[], basis="b", permitted_use="p", canon="",
        sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        received_at=received, reporter_name="某",
    )  # fmt: skip


def board(who: Actor, now: datetime = NOW, **asked: Any) -> Status:
    with acting(who):
        return status(
            who,
            StatusQuery(**asked),
            now=now,
            today=now.astimezone(SHANGHAI).date(),
        )


def ten(day: date, plus_minutes: int) -> datetime:
    """Ten o'clock of the next day, the deadline of a daily report, and some minutes."""
    due = datetime(day.year, day.month, day.day, 10, tzinfo=SHANGHAI) + timedelta(days=1)
    return due + timedelta(minutes=plus_minutes)


@pytest.mark.clause("M2.4")
def test_the_figures_are_those_of_an_independent_count() -> None:
    """Random sites, days and delays; counted here by looking at every site and every day."""
    dice = random.Random(20261123)
    days = [LAST - timedelta(days=back) for back in range(30, -1, -1)]
    expected: dict[str, Counter[str]] = {}
    total: Counter[tuple[date, str]] = Counter()
    for number in range(12):
        region = dice.choice([DONGGANG, LANSHAN])
        site = make_site(
            region=region, industry=dice.choice(["cement", "steel"]), name=f"样{number}"
        )
        start = days[dice.randrange(0, 25)] if number % 3 == 0 else date(2026, 1, 1)
        end = days[dice.randrange(26, 31)] if number % 4 == 0 else None
        owe(site, start, end)
        count = expected.setdefault(site.name, Counter())
        for day in days:
            delay = dice.choice([-600, -1, 1, 6000, None])
            if delay is not None:
                came(site, day, ten(day, delay))
                if dice.random() < 0.2:
                    came(site, day, ten(day, 9000), revision=2)
            if start <= day and (end is None or day <= end):
                state = "missing" if delay is None else "late" if delay > 0 else "on_time"
                count[state] += 1
                total[day, state] += 1
    unowed = make_site(name="不在名录")
    came(unowed, LAST, ten(LAST, -5))
    found = board(actor(Role.CITY_OFFICER))
    got = {
        s.name: Counter(on_time=s.over.on_time, late=s.over.late, missing=s.over.missing)
        for s in found.sites
    }
    assert got == expected
    assert found.span.periods == tuple(days)
    for day, tally in zip(found.span.periods, found.by_period, strict=True):
        seen = (tally.on_time, tally.late, tally.missing, tally.open)
        assert seen == (*(total[day, s] for s in ("on_time", "late", "missing")), 0), day
        assert tally.owed == sum(seen)
    gone = sum(count["missing"] for count in expected.values())
    for by in ("city", "county", "industry"):
        assert sum(at.owed for _k, _n, at, _over in grouped(found, by)) == found.at.owed
        assert sum(o.missing for _k, _n, _at, o in grouped(found, by)) == gone


def test_the_deadline_itself_is_in_time_and_the_clock_decides() -> None:
    site = make_site()
    owe(site)
    came(site, LAST, ten(LAST, 0))
    assert board(actor(Role.CITY_OFFICER)).sites[0].at == "on_time"
    other = make_site()
    owe(other)
    who = actor(Role.COUNTY_OFFICER)
    before, after = ten(LAST, 0).astimezone(UTC), ten(LAST, 1).astimezone(UTC)
    states = [
        {s.site: s.at for s in board(who, now=moment, last=LAST).sites}[other.pk]
        for moment in (before, after)
    ]
    assert states == ["open", "missing"]
    midnight = datetime(2026, 11, 23, 0, 0, tzinfo=SHANGHAI).astimezone(UTC)
    assert board(who, now=midnight).span.last == LAST
    assert board(who, now=midnight - timedelta(seconds=1)).span.last == LAST - timedelta(days=1)


def test_monthly_forms_have_months() -> None:
    site = make_site()
    Obligation.objects.create(
        site=site, region_id=site.region_id, enterprise_id=site.enterprise_id, form="month_energy",
        source="enterprise", valid_from=date(2026, 9, 1), origin="rule", basis="测试",
        made_name="某", made_at=NOW,
    )  # fmt: skip
    found = board(actor(Role.CITY_OFFICER), form=Form.MONTH_ENERGY)
    assert len(found.span.periods) == 12
    assert found.span.last == date(2026, 10, 1)
    assert (found.sites[0].over.owed, found.sites[0].over.missing) == (2, 2)


def test_each_sees_his_own_area_and_enterprises_nothing() -> None:
    for region in (DONGGANG, LANSHAN, LANSHAN_LINYI):
        owe(make_site(region=region))

    def regions(who: Actor) -> set[int]:
        return {s.region for s in board(who).sites}

    assert regions(actor(Role.DRC_OFFICER)) == {DONGGANG, LANSHAN, LANSHAN_LINYI}
    assert regions(actor(Role.CITY_OFFICER)) == {DONGGANG, LANSHAN}
    assert regions(actor(Role.CITY_OFFICER, region=LINYI)) == {LANSHAN_LINYI}
    assert regions(actor(Role.COUNTY_OFFICER)) == {DONGGANG}
    site = make_site()
    with pytest.raises(NotPermitted):
        board(actor(Role.ENTERPRISE_REPORTER, enterprises=[site.enterprise_id]))


def test_filters_narrow() -> None:
    one = make_site(region=DONGGANG, industry="cement", name="石臼水泥厂区")
    two = make_site(region=LANSHAN, industry="steel", name="岚山钢厂区")
    owe(one)
    owe(two)
    who = actor(Role.CITY_OFFICER)
    cases: list[tuple[dict[str, Any], set[str]]] = [
        ({"county": str(LANSHAN)}, {two.name}),
        ({"city": "371100"}, {one.name, two.name}),
        ({"city": "371300"}, set()),
        ({"industry": "cement"}, {one.name}),
        ({"text": "石臼"}, {one.name}),
        ({"text": "无此厂"}, set()),
    ]
    for asked, names in cases:
        assert {s.name for s in board(who, **asked).sites} == names, asked


def test_the_number_of_queries_does_not_grow() -> None:
    who = actor(Role.CITY_OFFICER)
    counts = []
    for more in (1, 12):
        for _ in range(more):
            site = make_site()
            owe(site)
            came(site, LAST, ten(LAST, 1))
        with CaptureQueriesContext(connection) as taken:
            board(who)
        counts.append(len(taken))
    assert counts[0] == counts[1]


def test_nothing_before_the_table_begins() -> None:
    owe(make_site(), date(2020, 1, 1))
    found = board(actor(Role.CITY_OFFICER), last=date(2021, 6, 1))
    assert (found.sites, found.span.periods) == ((), ())
    assert len(board(actor(Role.CITY_OFFICER), last=date(2022, 1, 5)).span.periods) == 5
