"""One alert of any rule and the dossier of a site: sources side by side, expected range, peers, score, nothing beyond scope."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hengjian.cases.tests.factories import make_problem
from hengjian.kernel.access.declare import Role
from hengjian.measures.models import Report
from hengjian.measures.services.bulk import Delivery, bulk_intake
from hengjian.monitoring.models import Alert, PeerFigure, PeerSpread
from hengjian.monitoring.tests.factories import (
    make_hits,
    make_panel_alert,
    make_run,
    make_score,
)
from hengjian.monitoring.tests.scene import DAY, NOW, PLATFORM, TODAY, days_to, make_works
from hengjian.registry.models import Site
from hengjian.registry.tests.factories import make_site
from tests.support.cast import HouseClient, account
from tests.support.roles import acting

pytestmark = pytest.mark.django_db
OFFICER = Role.CITY_OFFICER


def told(site: Site, days: Iterable[date], source: str, power: str) -> None:
    """Reports of a day by a source: electricity in 10⁴ kWh, and of the enterprise 500 t of output."""
    own = {"ferroalloy_output": ("500", ""), "coke": ("200", "")} if source == "enterprise" else {}
    rows = [
        Delivery(
            report_id=uuid4(),
            site_id=site.pk,
            period=day,
            source=source,
            quantities={"electricity_purchased": (power, ""), **own},
        )
        for day in days
    ]
    with acting(PLATFORM):
        bulk_intake(actor=PLATFORM, rows=rows, now=NOW, today=TODAY)


def page_of(client: HouseClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.content.decode()[:400]
    return response.content.decode()


def scene() -> Site:
    site = make_works(name="甲合金厂")
    told(site, days_to(DAY, 20), "enterprise", "200")
    told(site, days_to(DAY, 10), "grid", "220")
    return site


@pytest.mark.clause("E1")
def test_sources_side_by_side_with_their_difference(client: HouseClient) -> None:
    site = scene()
    alert = make_panel_alert(site, first=DAY - timedelta(days=2), last=DAY)
    make_score(alert)
    problem = make_problem(site)
    client.sign_in(account(OFFICER))
    address = f"/monitoring/sites/{site.pk}/data/"
    response = client.get(f"{address}?figure=electricity")
    dossier = response.context["dossier"]
    assert [source["code"] for source in dossier.sources] == ["enterprise", "grid"]
    newest = dossier.rows[0]
    assert newest["period"] == DAY
    assert [cell["value"] for cell in newest["cells"]] == ["200.00", "220.00"]
    assert (newest["cells"][1]["gap"], newest["cells"][1]["over"]) == ("+10.0%", True)
    whole = client.get(f"{address}?figure=energy_tce").context["dossier"]
    assert [source["code"] for source in whole.sources] == ["enterprise"], "power is not all energy"
    assert dossier.rows[15]["cells"][1]["value"] == "—"
    assert [one["rule"] for one in dossier.rows[2]["alerts"]] == ["R301"]
    assert dossier.chart["marks"][0]["x"] == 27
    assert len(dossier.chart["series"]) == 2
    counts = {state: n for state, _label, n in dossier.heat_counts}
    assert (counts["missing"], sum(counts.values())) == (10, 30)
    assert dossier.highest == "17.6"
    page = response.content.decode()
    for part in ("甲合金厂", alert.title, problem.title, "电网企业", "每格一日"):
        assert part in page, part


def test_months_for_a_year_and_only_figures_there_are(client: HouseClient) -> None:
    site = scene()
    client.sign_in(account(OFFICER))
    address = f"/monitoring/sites/{site.pk}/data/"
    year = client.get(f"{address}?days=365&figure=output").context["dossier"]
    assert year.monthly
    assert [source["code"] for source in year.sources] == ["enterprise"]
    assert year.rows[0]["cells"][0]["value"] == "10,000.00"
    for query in ("?days=7&figure=nonsense", "?days=x'", "?days=90"):
        assert client.get(f"{address}{query}").status_code == 200
    empty = client.get(f"/monitoring/sites/{make_site().pk}/data/")
    assert empty.status_code == 200
    assert "没有可比对的数据" in empty.content.decode()
    assert client.get(f"/monitoring/sites/{make_site(region=371302).pk}/data/").status_code == 404


def against_history(site: Site) -> Alert:
    """An alert of a panel rule about 200 x 10⁴ kWh, with values of which one holds for the site's city."""
    reports = Report.objects.filter(site=site, period__gte=DAY - timedelta(days=6))
    return make_panel_alert(
        site,
        last=DAY,
        first=DAY - timedelta(days=2),
        period_start=DAY - timedelta(days=6),
        period_end=DAY,
        observed=Decimal(2_000_000),
        expected=Decimal(2_200_000),
        expected_lo=Decimal(2_150_000),
        expected_hi=Decimal(2_250_000),
        unit="kWh",
        amount_unit="kWh",
        baseline_start=DAY - timedelta(days=19),
        baseline_end=DAY - timedelta(days=10),
        input_reports=[{"id": str(row.pk), "revision": 1} for row in reports],
        run=make_run(
            rule="R301",
            parameters=[
                {"name": "drift", "scope": "nation", "value": "0.5", "unit": "sd"},
                {"name": "drift", "scope": "region:371300", "value": "9", "unit": "sd"},
                {"name": "drift", "scope": "region:371100", "value": "0.7", "unit": "sd"},
            ],
        ),
    )


def test_an_alert_against_a_history_shows_range_series_and_history(client: HouseClient) -> None:
    alert = against_history(site := scene())
    make_hits(alert)
    make_score(alert, ("S402", "5"))
    other = make_panel_alert(site, rule="S402", first=DAY, last=DAY, subject="电")
    client.sign_in(account(OFFICER))
    response = client.get(f"/monitoring/alerts/{alert.pk}/")
    detail = response.context["detail"]
    chart = detail.chart
    daily, judged = chart["series"]
    assert daily["name"] == "用电量", "found from the figures: 200 x 10⁴ kWh is what was judged"
    assert daily["data"][-1] == judged["data"][-1] == 2_000_000
    assert sum(1 for value in judged["data"] if value is not None) == 3
    assert (chart["band"]["lo"][-1], chart["band"]["hi"][-1]) == (2_150_000, 2_250_000)
    assert chart["band"]["lo"][0] is None
    assert chart["x"][chart["areas"][0]["from"]] == f"{DAY - timedelta(days=19):%m-%d}"
    assert "limit" not in chart
    assert [(one.label, one.value) for one in detail.parameters] == [
        ("累积和参考值", "0.7 个标准差")
    ]
    assert [part["rule"] for part in detail.score_parts] == ["R301", "S402"]
    assert [row.id for row in detail.others] == [other.pk]
    page = response.content.decode()
    for part in ("对比的历史", "正常范围", "2,150,000.00 – 2,250,000.00", "电网企业", "外购电量"):
        assert part in page, part
    for wrong in ("限额标准", "计量误差内", "未作修正"):
        assert wrong not in page, wrong


def test_a_rule_by_months_is_drawn_by_months(client: HouseClient) -> None:
    site = scene()
    alert = make_panel_alert(
        site,
        rule="P504",
        first=date(2026, 10, 31),
        last=date(2026, 10, 31),
        period_start=date(2026, 10, 1),
        period_end=date(2026, 10, 31),
        baseline_start=date(2025, 10, 1),
        baseline_end=date(2026, 9, 30),
    )
    make_hits(alert, 1)
    client.sign_in(account(OFFICER))
    chart = client.get(f"/monitoring/alerts/{alert.pk}/").context["detail"].chart
    assert chart["x"][0] == "2025-10"
    assert chart["x"][-1] == "2026-10"
    assert len(chart["x"]) == 13


@pytest.mark.clause("E1")
def test_peers_by_name_within_the_scope_and_as_figures_beyond(client: HouseClient) -> None:
    own, near, far = (
        make_site(name="本厂"),
        make_site(name="近厂"),
        make_site(name="远厂", region=371302),
    )
    values = {own: "140", near: "120", far: "110"}
    for site, value in values.items():
        PeerFigure.objects.create(
            site=site,
            region_id=site.region_id,
            enterprise_id=site.enterprise_id,
            measure="energy",
            subject="石灰",
            unit="kgce/t",
            value=Decimal(value),
            first=date(2026, 10, 24),
            last=DAY,
            days=30,
        )
    spread = PeerSpread.objects.create(
        measure="energy",
        subject="石灰",
        unit="kgce/t",
        first=date(2026, 10, 24),
        last=DAY,
        values=["110", "112", "115", "120", "140"],
    )
    alert = make_panel_alert(own)
    client.sign_in(account(OFFICER))
    response = client.get(f"/monitoring/alerts/{alert.pk}/")
    peers, page = response.context["detail"].peers, response.content.decode()
    assert [row["site"] for row in peers.rows] == ["近厂", "本厂"]
    assert (len(peers.values), peers.beyond, peers.median, peers.place) == (5, 3, "115.00", "5 / 5")
    assert "远厂" not in page
    assert "近厂" in page
    spread.values = ["110", "120", "140"]
    spread.save(update_fields=["values"])
    peers = client.get(f"/monitoring/alerts/{alert.pk}/").context["detail"].peers
    assert (len(peers.values), peers.beyond) == (2, 0), "of three plants the third would be known"


def test_queries_do_not_grow_with_days_inputs_or_hits(client: HouseClient) -> None:
    site = make_works()
    client.sign_in(account(OFFICER))

    def queries(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    def alert_over(days: int) -> str:
        told(site, days_to(DAY - timedelta(days=0 if days > 5 else 20), days), "enterprise", "200")
        reports = Report.objects.filter(site=site)
        alert = make_panel_alert(
            site,
            subject=f"s{days}",
            input_reports=[{"id": str(r.pk), "revision": 1} for r in reports],
        )
        make_hits(alert, min(days, 10))
        return f"/monitoring/alerts/{alert.pk}/"

    dossier = f"/monitoring/sites/{site.pk}/data/"
    few = queries(alert_over(3)), queries(dossier)
    assert (queries(alert_over(15)), queries(dossier)) == few
