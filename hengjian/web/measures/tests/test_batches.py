"""The page of batches: upload, preview of the columns, take, quarantine, download."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from hengjian.kernel.access.declare import Role
from hengjian.measures.models import Batch, Report
from hengjian.measures.tests.scene import Scene, make_scene
from tests.support.cast import LANSHAN_LINYI, HouseClient, account

pytestmark = pytest.mark.django_db
LIST, PREVIEW, TAKE = "/measures/batches/", "/measures/batches/preview/", "/measures/batches/take/"


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def previewed(client: HouseClient, text: str, encoding: str = "gb18030") -> tuple[str, str]:
    file = SimpleUploadedFile("电网.csv", text.encode(encoding), "text/csv")
    response = client.post(PREVIEW, {"source": "grid", "form": "daily", "file": file})
    body = response.content.decode()
    assert response.status_code == 200, body[-800:]
    found = re.search(r'name="table" value="([^"]+)"', body)
    assert found
    return body, found[1]


def test_a_file_is_previewed_mapped_and_taken_in(client: HouseClient, scene: Scene) -> None:
    client.sign_in(account(Role.CITY_OFFICER))
    assert client.get(LIST).status_code == 200
    text = f"户名,抄表日,电量\n{scene.site.name},2026-11-22,20\n{scene.site.name},2026-11-21,x\n"
    body, table = previewed(client, text)
    assert "户名" in body
    assert not Batch.objects.exists()
    mapping = {"column0": "*site", "column1": "*period", "column2": "electricity_purchased"}
    assert client.post(TAKE, {"table": table}).status_code == 422, "the columns were not recognised"
    assert client.post(TAKE, {"table": table, **mapping}).status_code == 422, "a faulty row"
    assert not Report.objects.exists()
    taken = client.post(TAKE, {"table": table, "partial": "on", **mapping})
    batch = Batch.objects.get()
    assert (taken.status_code, batch.created, batch.refused) == (302, 1, 1)
    page = client.get(taken.headers["Location"]).content.decode()
    assert "不是数字" in page
    again = client.post(TAKE, {"table": table, "partial": "on", **mapping}, follow=True)
    assert "没有变化" in again.content.decode()
    refused = client.get(f"{LIST}{batch.pk}/refused.csv").content.decode("utf-8-sig")
    assert refused.splitlines()[1].startswith(f'3,"{scene.site.name},2026-11-21,x"')
    assert "电网.csv" in client.get(f"{LIST}?q=电网&state=refused").content.decode()


def test_a_changed_or_foreign_preview_is_refused(client: HouseClient, scene: Scene) -> None:
    client.sign_in(account(Role.CITY_OFFICER))
    _body, table = previewed(
        client, f"厂区,日期,electricity_purchased\n{scene.site.pk},2026-11-22,20\n"
    )
    assert client.post(TAKE, {"table": table[:-2] + "xx"}).status_code == 422
    client.logout()
    client.sign_in(account(Role.COUNTY_OFFICER))
    assert client.post(TAKE, {"table": table}).status_code == 422
    assert not Batch.objects.exists()


def test_a_city_takes_over_nothing_of_another(client: HouseClient, scene: Scene) -> None:
    client.sign_in(account(Role.CITY_OFFICER))
    elsewhere = make_scene(region=LANSHAN_LINYI)
    _body, table = previewed(
        client, f"厂区,日期,electricity_purchased\n{elsewhere.site.pk},2026-11-22,20\n", "utf-8"
    )
    assert client.post(TAKE, {"table": table}).status_code == 422
    assert not Report.objects.exists()
