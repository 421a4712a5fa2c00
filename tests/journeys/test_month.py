"""A month of one city with four sources: three falsifiers are found, each for the right reason; a stop is honest (E1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hengjian.config.demo.plan import plants
from hengjian.config.demo.quantities import idle
from hengjian.config.demo.reports import deliveries, senders, window
from hengjian.config.demo.sites import register_all
from hengjian.config.demo.sources import MANIPULATED_DAYS, manipulations
from hengjian.kernel.access.actor import worker
from hengjian.kernel.access.declare import Role
from hengjian.measures.models import Report
from hengjian.measures.services.bulk import Delivery, bulk_intake
from hengjian.measures.services.intake import Remarks
from hengjian.monitoring.detectors import panel_detectors, rules
from hengjian.monitoring.models import Alert, Verdict
from hengjian.monitoring.services.runs import run_rules
from hengjian.registry.models import Site
from tests.support.cast import HouseClient, account
from tests.support.roles import acting

pytestmark = [pytest.mark.django_db, pytest.mark.journey, pytest.mark.clause("E1")]

TODAY = date(2026, 11, 23)
FIRST, LAST = window(TODAY)
RIZHAO = 3711
PLATFORM = worker("监测")
MAINTAINED = "luheng-wulian"


@dataclass(frozen=True)
class Month:
    """The sites of the city by key, and where the lake lies."""

    sites: dict[str, UUID]
    lake: Path


def with_stops(rows: Iterator[Delivery], site: UUID) -> list[Delivery]:
    """The maintained site says so: a zero report with the kind of stop on every idle day."""
    return [stopped(row) if row.site_id == site else row for row in rows]


def stopped(row: Delivery) -> Delivery:
    """The enterprise's report of an idle day as a zero report; any other as it is."""
    if row.source != "enterprise" or not idle(plants()[MAINTAINED], row.period):
        return row
    zero = dict.fromkeys(row.quantities, ("0", ""))
    return replace(row, quantities=zero, remarks=Remarks("maintenance", row.period))


@pytest.fixture
def month(tmp_path: Path, settings: Any) -> Month:
    """Ninety days of reports; the rules run twice in the last month."""
    settings.LAKE_DIR = tmp_path / "lake"
    from hengjian.kernel.calendar import clock

    now = clock.now()
    with acting(PLATFORM):
        every = register_all(actor=PLATFORM, now=now, today=TODAY)
        mine = {k: pk for k, pk in every.items() if plants()[k].county // 100 == RIZHAO}
        sent = deliveries(every, FIRST, LAST, now, senders())
        here = with_stops(
            (row for row in sent if row.site_id in set(mine.values())), mine[MAINTAINED]
        )
        bulk_intake(actor=PLATFORM, rows=here, now=now, today=TODAY)
        for back in (11, 0):
            run_rules(actor=PLATFORM, day=LAST - timedelta(days=back), now=now)
    return Month(mine, settings.LAKE_DIR)


def test_three_falsify_and_are_found_one_is_maintained_and_is_not_accused(month: Month) -> None:
    names = {pk: key for key, pk in month.sites.items()}
    assert set(Report.objects.values_list("source", flat=True)) == {
        "enterprise", "resident", "grid", "cems",
    }  # fmt: skip
    guilty = {key: rule for key, (_kind, rule) in manipulations().items()}
    assert len(guilty) == 3

    raised: dict[str, set[str]] = {}
    for site, rule in Alert.objects.filter(rule__in=panel_detectors()).values_list("site", "rule"):
        raised.setdefault(names[site], set()).add(rule)
    assert raised.keys() == guilty.keys()
    assert all(rule in raised[key] for key, rule in guilty.items()), raised

    began = LAST - timedelta(days=MANIPULATED_DAYS)
    for key, rule in guilty.items():
        alert = Alert.objects.get(site=month.sites[key], rule=rule)
        assert began < alert.first <= began + timedelta(days=10), (key, alert.first)
        assert alert.last == LAST
        assert {row["id"] for row in alert.input_reports} <= {
            str(pk)
            for pk in Report.objects.filter(site=month.sites[key]).values_list("pk", flat=True)
        }

    stopped = month.sites[MAINTAINED]
    stops = Report.objects.filter(site=stopped, stop_kind="maintenance")
    assert stops.count() >= 5, "the control does nothing: no stop in the window"
    assert not Alert.objects.filter(site=stopped).exists()
    judged = Verdict.objects.filter(site=stopped, verdict="normal")
    assert judged.count() >= 5, "not accused because not judged"

    city_reads_the_reasons_and_the_next_city_reads_nothing(month)


def city_reads_the_reasons_and_the_next_city_reads_nothing(month: Month) -> None:
    """In the queue, on the page of each alert, and in no other city."""
    officer = HouseClient().sign_in(account(Role.CITY_OFFICER, region=371100))
    page = officer.get("/monitoring/alerts/").content.decode()
    for key, (_kind, rule) in manipulations().items():
        site = Site.objects.get(pk=month.sites[key])
        alert = Alert.objects.get(site=site, rule=rule)
        assert site.name in page
        one = officer.get(f"/monitoring/alerts/{alert.pk}/")
        assert one.status_code == 200
        assert rules()[rule].title in one.content.decode()
        other = HouseClient().sign_in(account(Role.CITY_OFFICER, region=371300))
        assert other.get(f"/monitoring/alerts/{alert.pk}/").status_code == 404
