"""POST /api/v1/readings: a system of source meter delivers its quarter-hours, once, within its reach."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from hengjian.kernel.access.senders import Reach
from hengjian.kernel.audit.models import Entry
from hengjian.measures.models import Reading, ReadingBatch, Report
from hengjian.measures.rules.intervals import CHINA, Days
from hengjian.measures.tasks import report_meter_days
from hengjian.measures.tests.scene import make_scene
from hengjian.measures.tests.senders import System, make_system
from hengjian.registry.models import Meter
from hengjian.registry.tests.factories import make_meter
from tests.support.cast import HouseClient
from tests.support.roles import as_loader_now

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 21)


@pytest.fixture
def meter() -> Meter:
    return make_meter(make_scene().site)


@pytest.fixture
def system(meter: Meter) -> System:
    return make_system(Reach(sites=(meter.site_id,)), sources=("meter",), name="计量采集系统")


def rows(**changed: str) -> list[dict[str, str]]:
    return [
        {
            "time": f"{end.astimezone(CHINA):%Y-%m-%d %H:%M}",
            "active_kwh": changed.get(f"q{number}", "10"),
        }
        for number, end in enumerate(Days(0).ends(DAY), start=1)
    ]


def post(client: Client, system: System, meter: Meter, sent: list[dict[str, str]]) -> Any:
    body = {"site_id": str(meter.site_id), "meter": meter.code, "rows": sent}
    return client.post(
        "/api/v1/readings",
        json.dumps(body),
        content_type="application/json",
        headers=system.headers,
    )


def queued() -> list[tuple[str, list[str]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args->>'site', args->'days' FROM procrastinate_jobs WHERE task_name = 'measures.report_meter_days'"
        )
        return [(site, json.loads(days)) for site, days in cursor.fetchall()]


def test_a_day_is_delivered_corrected_repeated_and_reported(
    client: HouseClient, system: System, meter: Meter
) -> None:
    first = post(client, system, meter, rows())
    assert first.status_code == 201, first.content.decode()
    assert (first.json()["created"], first.json()["days"]) == (96, [DAY.isoformat()])
    again = post(client, system, meter, rows())
    assert again.status_code == 200
    assert again.json()["batch_id"] == first.json()["batch_id"]
    second = post(client, system, meter, rows(q7="12.5"))
    assert (second.status_code, second.json()["corrected"], second.json()["unchanged"]) == (
        201,
        1,
        95,
    )
    assert Reading.objects.filter(meter=meter).count() == 97
    assert queued() == [(str(meter.site_id), [DAY.isoformat()])] * 2
    entry = Entry.objects.filter(verb="measures.reading.deliver").latest("at")
    assert entry.actor_name == "计量采集系统"

    report_meter_days(str(meter.site_id), [DAY.isoformat()])
    as_loader_now()
    report = Report.objects.get(site=meter.site_id, source="meter")
    assert report.quantities["electricity_purchased"]["value"] == "962.5"


def test_faults_are_named_by_row_and_field(
    client: HouseClient, system: System, meter: Meter
) -> None:
    sent = rows()
    sent[2]["active_kwh"] = "十"
    sent[4]["time"] = "2026-11-21 1:20"
    answer = post(client, system, meter, sent)
    assert answer.status_code == 422
    assert {(e["row"], e["field"]) for e in answer.json()["errors"]} == {
        (3, "active_kwh"),
        (5, "time"),
    }
    assert not ReadingBatch.objects.exists()


def test_out_of_reach_another_source_and_no_key(
    client: HouseClient, system: System, meter: Meter
) -> None:
    foreign = make_meter(make_scene().site)
    assert post(client, system, foreign, rows()).status_code == 404
    grid = make_system(Reach(sites=(meter.site_id,)), sources=("grid",), name="别的系统")
    assert post(client, grid, meter, rows()).status_code == 403
    body = {"site_id": str(meter.site_id), "meter": meter.code, "rows": rows()}
    nobody = client.post("/api/v1/readings", json.dumps(body), content_type="application/json")
    assert nobody.status_code == 401
    assert not Reading.objects.exists()
