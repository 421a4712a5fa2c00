"""Reports as officials and reporters read them."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hengjian.kernel.access.actor import worker
from hengjian.kernel.access.declare import Role
from hengjian.measures.services.bulk import Delivery, bulk_intake
from hengjian.measures.tests.scene import DAY, NOW, QUANTITIES, TODAY, Scene, make_scene, submit
from tests.support.cast import LANSHAN, LINYI, HouseClient, account
from tests.support.roles import acting

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def load(scene: Scene, days: range) -> None:
    platform = worker("test")
    rows = [
        Delivery(uuid4(), scene.site.pk, DAY - timedelta(days=n), "enterprise", QUANTITIES)
        for n in days
    ]
    with acting(platform):
        bulk_intake(actor=platform, rows=rows, now=NOW, today=TODAY)


@pytest.mark.clause("E1")
def test_an_official_finds_what_stands_behind_a_figure(client: HouseClient, scene: Scene) -> None:
    report, _ = submit(scene.reporter, scene.site)
    client.sign_in(account(Role.CITY_OFFICER))
    assert str(report.pk) in client.get("/measures/reports/").content.decode()
    page = client.get(f"/measures/reports/{report.pk}/").content.decode()
    for shown in (
        "企业填报", "GB/T 2589-2020", "20 万千瓦时 × 1.229 tce/万千瓦时 = 24.58 tce", "当量值",
        "可用于监测预警", report.sha256, "2026-11-23 09:30:00",
    ):  # fmt: skip
        assert shown in page, shown
    assert "/measures/daily/" not in page  # officials correct nothing
    receipt = client.get(f"/measures/reports/{report.pk}/receipt/").content.decode()
    assert report.canon in receipt


def test_each_reader_sees_the_list_of_his_scope(client: HouseClient, scene: Scene) -> None:
    ours, _ = submit(scene.reporter, scene.site)
    theirs, _ = submit(scene.resident, scene.site, source="resident", raw_coal="560")
    expected = [
        (scene.reporter_account, {ours}),
        (scene.resident_account, {theirs}),
        (account(Role.CITY_OFFICER), {ours, theirs}),
        (account(Role.COUNTY_OFFICER, region=LANSHAN), set()),
        (account(Role.CITY_OFFICER, region=LINYI), set()),
        (make_scene().reporter_account, set()),
    ]
    for who, seen in expected:
        client.sign_in(who)
        page = client.get("/measures/reports/").content.decode()
        for report in (ours, theirs):
            assert (str(report.pk) in page) == (report in seen)
            status = 200 if report in seen else 404
            assert client.get(f"/measures/reports/{report.pk}/").status_code == status
            assert client.get(f"/measures/reports/{report.pk}/receipt/").status_code == status


def test_administrators_hold_no_business_page(client: HouseClient, scene: Scene) -> None:
    report, _ = submit(scene.reporter, scene.site)
    client.sign_in(account(Role.SYSTEM_ADMIN))
    assert client.get("/measures/reports/").status_code == 403
    assert client.get(f"/measures/reports/{report.pk}/").status_code == 403


def test_filters(client: HouseClient, scene: Scene) -> None:
    load(scene, range(3))
    client.sign_in(account(Role.CITY_OFFICER))
    page = client.get("/measures/reports/", {"day": DAY.isoformat()}).content.decode()
    assert page.count('<td class="main">') == 1
    page = client.get("/measures/reports/", {"source": "meter"}).content.decode()
    assert "没有符合条件的日报" in page
    assert client.get("/measures/reports/", {"day": "x"}).status_code == 404
    rows = client.get("/measures/reports/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in rows
    assert rows.count('<td class="main">') == 3


def test_queries_are_the_same_for_five_and_fifty_rows(client: HouseClient, scene: Scene) -> None:
    client.sign_in(account(Role.CITY_OFFICER))
    client.get("/measures/reports/")
    counts = []
    for days in (range(5), range(5, 50)):
        load(scene, days)
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/measures/reports/").content.decode()
        counts.append((len(queries), page.count('<td class="main">')))
    assert [rows for _, rows in counts] == [5, 50]
    assert counts[0][0] == counts[1][0]
