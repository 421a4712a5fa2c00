"""The page of a site's meters: what it shows, files uploaded, the workbook, who may see what."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from uuid import UUID

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from hengjian.kernel.access.actor import worker
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.calendar.clock import now
from hengjian.measures.models import Reading, ReadingBatch, Report
from hengjian.measures.rules.intervals import CHINA, Days
from hengjian.measures.services.meter_import import take_file
from hengjian.measures.tasks import take_meter_file
from hengjian.measures.tests.scene import Scene, make_scene, submit
from hengjian.registry.models import Meter
from hengjian.registry.tests.factories import make_meter
from tests.support.cast import HouseClient, account
from tests.support.roles import acting, as_loader_now

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 21)


@pytest.fixture
def scene() -> Scene:
    return make_scene(name="计量样水泥厂区")


@pytest.fixture
def meter(scene: Scene) -> Meter:
    return make_meter(scene.site)


@pytest.fixture
def official(client: HouseClient) -> HouseClient:
    return client.sign_in(account(Role.CITY_OFFICER))


def text_of(*, skip: int = 0, bad: int = 0) -> str:
    lines = ["时间,有功电量(kWh),感性无功电量(kvarh)"]
    for number, end in enumerate(Days(0).ends(DAY), start=1):
        value = "十" if number == bad else "2083.34"
        if number != skip:
            lines.append(f"{end.astimezone(CHINA):%Y-%m-%d %H:%M},{value},100")
    return "\n".join(lines)


def upload(client: HouseClient, meter: Meter, text: str) -> UUID:
    file = SimpleUploadedFile("11月21日.csv", text.encode("gb18030"), "text/csv")
    answer = client.post(
        reverse("measures:meter_upload", args=[meter.site_id]),
        {"meter": str(meter.pk), "layout": "", "file": file},
    )
    assert answer.status_code == 302, answer.content.decode()
    return ReadingBatch.objects.latest("created_at").pk


def page(client: HouseClient, meter: Meter, day: str = "") -> str:
    query = f"?day={day}" if day else ""
    return str(
        client.get(reverse("measures:meters", args=[meter.site_id]) + query).content.decode()
    )


def take(client: HouseClient, batch: UUID) -> None:
    """Confirm, and do what the queued job does."""
    address = reverse("measures:meter_batch", args=[batch])
    assert client.post(address).status_code == 302
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args->>'batch' FROM procrastinate_jobs WHERE task_name = 'measures.take_meter_file'"
        )
        assert (str(batch),) in cursor.fetchall()
    waiting = client.get(address).content.decode()
    assert "正在导入" in waiting
    take_meter_file(str(batch))
    as_loader_now()


def test_a_file_is_previewed_confirmed_taken_in_and_reported(
    official: HouseClient, scene: Scene, meter: Meter
) -> None:
    batch = upload(official, meter, text_of())
    address = reverse("measures:meter_batch", args=[batch])
    preview = official.get(address).content.decode()
    assert "确认入库" in preview
    assert "200,000.64" in preview
    assert not Reading.objects.exists()
    take(official, batch)
    done = official.get(address).content.decode()
    assert "新增 96 条" in done
    assert "生成在线计量日报 1 份" in done
    report = Report.objects.get(site=scene.site, source="meter")
    assert report.quantities["electricity_purchased"]["value"] == "200000.64"
    entry = Entry.objects.get(
        subject=f"measures.reading_batch:{batch}", verb="measures.reading.load"
    )
    assert entry.actor_post.endswith("市级经办")  # in the name of who confirmed
    # Once more, and the same file again: nothing changes.
    assert official.post(address).status_code == 409
    assert upload(official, meter, text_of()) == batch
    take_meter_file(str(batch))
    as_loader_now()
    assert Reading.objects.count() == 96


def test_a_job_that_died_between_its_steps_is_made_good(
    official: HouseClient, meter: Meter
) -> None:
    batch = upload(official, meter, text_of())
    official.post(reverse("measures:meter_batch", args=[batch]))
    platform = worker("计量汇总")
    with acting(platform):
        take_file(actor=platform, batch_id=batch, now=now())
    assert not Report.objects.filter(source="meter").exists()
    take_meter_file(str(batch))
    as_loader_now()
    assert Report.objects.filter(source="meter").count() == 1
    assert ReadingBatch.objects.get(pk=batch).progress == 100


def test_a_faulty_file_cannot_be_confirmed(official: HouseClient, meter: Meter) -> None:
    batch = upload(official, meter, text_of(bad=3))
    address = reverse("measures:meter_batch", args=[batch])
    shown = official.get(address).content.decode()
    assert "不是数字：十" in shown
    assert "确认入库" not in shown
    assert official.post(address).status_code == 422


def test_the_page_sets_meter_against_report(
    official: HouseClient, scene: Scene, meter: Meter
) -> None:
    submit(scene.reporter, scene.site, period=DAY, electricity_purchased="19")
    take(official, upload(official, meter, text_of()))
    shown = page(official, meter)
    assert f"{DAY} 有功电量" in shown  # the last day with readings
    assert "96/96" in shown
    assert "−10,000.64" in shown
    assert "−5.00%" in shown
    gap = page(official, meter, "2026-11-20")
    assert "当日没有有功电量读数" in gap
    assert "96 个时段没有读数" in gap


def test_an_incomplete_day_has_no_sum(official: HouseClient, meter: Meter) -> None:
    take(official, upload(official, meter, text_of(skip=50)))
    shown = page(official, meter)
    assert "不完整，未生成" in shown
    assert "12:30 至 12:30，1 个时段没有读数" in shown
    assert not Report.objects.filter(source="meter").exists()


def test_the_month_as_a_workbook(official: HouseClient, meter: Meter) -> None:
    take(official, upload(official, meter, text_of()))
    address = reverse("measures:meter_export", args=[meter.site_id])
    answer = official.get(f"{address}?day={DAY}&meter={meter.pk}")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # a FileResponse
    book = openpyxl.load_workbook(BytesIO(content))
    days = {row[0]: row[1] for row in book["按日"].iter_rows(min_row=3, values_only=True)}
    assert days["2026-11-21"] == 200000.64
    rows = list(book["15 分钟"].iter_rows(min_row=3, values_only=True))
    assert (len(rows), rows[0][:2], rows[-1][0]) == (
        96,
        ("2026-11-21 00:15", 2083.34),
        "2026-11-22 00:00",
    )
    assert Entry.objects.filter(verb="measures.reading.export").exists()


def test_each_sees_what_is_his(client: HouseClient, scene: Scene, meter: Meter) -> None:
    submit(scene.reporter, scene.site, period=DAY, electricity_purchased="19")
    officer = client.sign_in(account(Role.CITY_OFFICER))
    take(officer, upload(officer, meter, text_of()))
    assert "190,000" in page(officer, meter)
    # The enterprise sees its own figures beside its meter, the resident none of them; neither the platform's report.
    enterprise = page(client.sign_in(scene.reporter_account), meter)
    assert ("190,000" in enterprise, "导入计量文件" in enterprise) == (True, False)
    resident = page(client.sign_in(scene.resident_account), meter)
    assert ("200,000.64" in resident, "190,000" in resident) == (True, False)
    metered = reverse("measures:report", args=[Report.objects.get(source="meter").pk])
    assert metered not in enterprise + resident
    stranger = make_scene(region=371302)
    for who in (stranger.reporter_account, stranger.resident_account):
        signed = client.sign_in(who)
        assert signed.get(reverse("measures:meters", args=[meter.site_id])).status_code == 404
        assert scene.site.name not in signed.get(reverse("measures:meter_sites")).content.decode()


def test_a_meter_of_another_site_and_no_meter(official: HouseClient, scene: Scene) -> None:
    other = make_meter(make_scene().site)
    address = reverse("measures:meters", args=[scene.site.pk])
    assert official.get(f"{address}?meter={other.pk}").status_code == 404
    assert official.get(f"{address}?meter=x").status_code == 404
    assert "没有登记电能表" in official.get(address).content.decode()
