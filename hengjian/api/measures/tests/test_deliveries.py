"""Keys and batches over HTTP: what a system is told, what is stored, what the history keeps."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.models import Key
from hengjian.kernel.access.senders import OVERLAP, Reach, revoke_keys, rotate_key
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.calendar.clock import now
from hengjian.measures.models import Batch, RefusedRow, Report
from hengjian.measures.reference import closing_of, item_names
from hengjian.measures.tests.scene import DAY, Scene, make_scene
from hengjian.measures.tests.senders import System, make_system
from tests.support.cast import LANSHAN_LINYI, RIZHAO, HouseClient, actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db
URL = "/api/v1/batches"


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def grid(scene: Scene) -> System:
    return make_system(Reach(regions=(RIZHAO,)), now=now())


def body(scene: Scene, count: int = 3, **more: Any) -> dict[str, Any]:
    return {
        "batch_id": str(uuid4()),
        "source": "grid",
        "rows": [
            {
                "site": str(scene.site.pk),
                "period": f"2026-11-{22 - n}",
                "quantities": {"electricity_purchased": 20.5},
            }
            for n in range(count)
        ],
        **more,
    }


def post(client: Client, data: object, system: System | None, url: str = URL) -> Any:
    return client.post(
        url,
        data if isinstance(data, bytes) else json.dumps(data),
        content_type="application/json",
        headers=system.headers if system else {},
    )


def upload(client: Client, content: bytes, system: System, **query: str) -> Any:
    given = {"batch_id": str(uuid4()), "source": "grid", **query}
    address = f"{URL}/file?" + "&".join(f"{k}={v}" for k, v in given.items())
    return client.post(address, content, content_type="text/csv", headers=system.headers)


def test_a_batch_is_created_then_repeated_with_the_same_receipt(
    client: HouseClient, scene: Scene, grid: System
) -> None:
    sent = body(scene)
    first, again = post(client, sent, grid), post(client, sent, grid)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json() | {"errors": []} == first.json()
    read = client.get(f"{URL}/{sent['batch_id']}", headers=grid.headers)
    assert read.json() == first.json()
    report = Report.objects.get(period=DAY)
    assert report.quantities == {"electricity_purchased": {"value": "20.5", "unit": "1e4kWh"}}
    assert Entry.objects.get(verb="measures.batch.deliver").actor_name == "测试供电公司"


def test_faults_are_named_in_chinese_and_partial_quarantines(
    client: HouseClient, scene: Scene, grid: System
) -> None:
    sent = body(scene)
    sent["rows"][1]["quantities"] = {"electricity_purchased": "5万"}
    refused = post(client, sent, grid)
    assert refused.status_code == 422
    assert [(f["row"], f["field"]) for f in refused.json()["errors"]] == [
        (2, "quantities.electricity_purchased")
    ]
    assert "不要写“万”" in refused.json()["errors"][0]["message"]
    assert not Report.objects.exists()
    kept = post(client, {**sent, "partial": True}, grid)
    assert (kept.status_code, kept.json()["created"], kept.json()["refused"]) == (201, 2, 1)
    assert json.loads(RefusedRow.objects.get().text) == sent["rows"][1]


HEAD: Mapping[str, tuple[dict[str, Any], str]] = {
    "no id": ({"batch_id": "x"}, "batch_id"),
    "no rows": ({"rows": []}, "rows"),
    "rows no list": ({"rows": {}}, "rows"),
    "partial": ({"partial": "yes"}, "partial"),
    "form": ({"form": "weekly"}, "form"),
    "source": ({"source": "rumour"}, "source"),
    "naive time": ({"sent_at": "2026-11-23T09:30:00"}, "sent_at"),
    "clock a day off": ({"sent_at": "2026-11-21T00:00:00+08:00"}, "device_time"),
    "unknown field": ({"extra": 1}, "extra"),
}


@pytest.mark.parametrize("fault", list(HEAD))
def test_a_faulty_head_is_named(
    client: HouseClient, scene: Scene, grid: System, fault: str
) -> None:
    changed, field = HEAD[fault]
    response = post(client, body(scene, **changed), grid)
    assert response.status_code == 422
    assert [f["field"] for f in response.json()["errors"]] == [field]
    assert not Batch.objects.exists()


def test_too_many_rows_and_bytes(
    client: HouseClient, scene: Scene, grid: System, settings: Any
) -> None:
    sent = body(scene, 1)
    many = {**sent, "rows": sent["rows"] * 10_001}
    assert post(client, many, grid).json()["errors"][0]["field"] == "rows"
    settings.BATCH_MAX_BYTES = 2**20
    assert post(client, b" " * (2**20 + 1), grid).status_code == 413


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"[]", b'"\\ud800"', b"NaN", b"[" * 100_000]
)
def test_no_json(client: HouseClient, grid: System, content: bytes) -> None:
    response = post(client, content, grid)
    assert response.status_code in {400, 422}
    assert response.json()["message"]


# --- keys -----------------------------------------------------------------------------------------------------------


def told(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["message"]


def test_without_or_with_an_unknown_key(client: HouseClient, scene: Scene, grid: System) -> None:
    assert post(client, body(scene), None).status_code == 401
    strange = System(grid.sender, grid.key[:-1] + ("a" if grid.key[-1] != "a" else "b"))
    assert told(post(client, body(scene), strange)) == (401, "密钥无效")
    assert not Entry.objects.filter(refused=True).exists(), "guesses do not fill the history"


def test_a_revoked_key_is_refused_at_once_and_kept_in_the_history(
    client: HouseClient, scene: Scene, grid: System
) -> None:
    security = actor(Role.SECURITY_ADMIN)
    with acting(security):
        assert revoke_keys(actor=security, sender_id=grid.sender.pk, reason="遗失", now=now()) == 1
    status, message = told(post(client, body(scene), grid))
    assert (status, "吊销" in message) == (401, True)
    entry = Entry.objects.get(refused=True)
    assert (entry.actor_name, entry.reason) == ("测试供电公司", "key_refused")
    assert entry.subject == f"access.sender:{grid.sender.pk}"
    assert not Report.objects.exists()


def test_an_expired_key_and_the_overlap_of_a_new_one(
    client: HouseClient, scene: Scene, grid: System
) -> None:
    officer = actor(Role.DRC_OFFICER)
    with acting(officer):
        text = rotate_key(actor=officer, sender_id=grid.sender.pk, valid_days=30, now=now())
    assert post(client, body(scene, 1), System(grid.sender, text)).status_code == 201
    assert post(client, body(scene, 2), grid).status_code == 422, "the old one still opens"
    old = Key.objects.get(prefix=grid.key[4:12])
    assert abs(old.expires_at - now() - OVERLAP) < timedelta(minutes=1)
    Key.objects.filter(pk=old.pk).update(expires_at=now() - timedelta(seconds=1))
    status, message = told(post(client, body(scene), grid))
    assert (status, "过期" in message) == (401, True)
    assert Entry.objects.filter(refused=True).count() == 1


def test_a_key_in_the_address_and_from_elsewhere(client: HouseClient, scene: Scene) -> None:
    system = make_system(Reach(regions=(RIZHAO,)), networks=["10.1.0.0/16"], now=now())
    status, message = told(post(client, body(scene), system))
    assert (status, "来访地址" in message) == (401, True)
    for seen, status in (("", 401), ("10.1.2.3", 404)):  # a Unix socket has no address
        assert (
            client.get(f"{URL}/{uuid4()}", headers=system.headers, REMOTE_ADDR=seen).status_code
            == status
        )
    address = f"{URL}?key={system.key}"
    status, message = told(post(client, body(scene), None, address))
    assert (status, "泄露" in message) == (400, True)


def test_only_a_hash_of_the_key_is_kept(grid: System) -> None:
    secret = grid.key.rpartition("_")[2]
    values = [str(v) for row in Key.objects.values() for v in row.values()]
    assert not [v for v in values if secret in v]
    assert not [e for e in Entry.objects.all() if secret in e.canon]


def test_wrong_source_and_foreign_sites(client: HouseClient, scene: Scene, grid: System) -> None:
    assert post(client, body(scene, source="tax"), grid).status_code == 403
    elsewhere, unknown = body(make_scene(region=LANSHAN_LINYI), 1), body(scene, 1)
    unknown["rows"][0]["site"] = str(uuid4())
    answers = [post(client, sent, grid).json()["errors"] for sent in (elsewhere, unknown)]
    assert answers[0] == answers[1]
    assert answers[0][0]["field"] == "site"


def test_a_key_opens_no_page_and_no_route_of_people(client: HouseClient, grid: System) -> None:
    for page in ("/", "/measures/reports/", "/registry/sites/"):
        assert client.get(page, headers=grid.headers).status_code == 302
    mine = client.get(f"/api/v1/reports/{uuid4()}", headers=grid.headers)
    assert mine.status_code == 404
    assert client.get(f"{URL}/{uuid4()}", headers=grid.headers).content.count(b"not_found") == 1


def test_a_single_report_with_a_key(client: HouseClient, scene: Scene, grid: System) -> None:
    report_id = uuid4()
    sent = {
        "site_id": str(scene.site.pk),
        "period": DAY.isoformat(),
        "source": "grid",
        "quantities": {"electricity_purchased": {"value": "20"}},
    }

    def put(data: dict[str, Any]) -> Any:
        return client.put(
            f"/api/v1/reports/{report_id}",
            data,
            content_type="application/json",
            headers=grid.headers,
        )

    first, again = put(sent), put(sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert client.get(f"/api/v1/reports/{report_id}", headers=grid.headers).json() == first.json()
    assert put({**sent, "source": "enterprise"}).status_code == 403
    assert put({**sent, "site_id": str(uuid4())}).status_code == 422
    assert put({**sent, "device_time": "2026-11-20T00:00:00+08:00"}).status_code == 422
    assert (
        Entry.objects.get(verb="measures.report.deliver", refused=False).actor_name
        == "测试供电公司"
    )


# --- tables ---------------------------------------------------------------------------------------------------------

WIDE = "厂区,日期,{item}（万千瓦时）,备注\n{site},2026-11-22,20,无\n{site},2026/11/21,21,\n"
LONG = "厂区编号,日期,指标,数值,单位\n{site},2026-11-22,electricity_purchased,20,1e4kWh\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_any_encoding_and_layout(
    client: HouseClient, scene: Scene, grid: System, encoding: str
) -> None:
    name = item_names()["electricity_purchased"]
    text = WIDE.format(site=scene.site.name, item=name)
    wide = upload(client, text.encode(encoding), grid)
    assert (wide.status_code, wide.json().get("created")) == (201, 2), wide.json()
    long = upload(client, LONG.format(site=scene.site.pk).encode(encoding), grid)
    assert long.status_code == 422, "the day is there already"
    days = set(Report.objects.values_list("period", flat=True))
    assert days == {DAY, DAY - timedelta(days=1)}


def test_an_excel_batch_names_the_row_a_person_sees(
    client: HouseClient, scene: Scene, grid: System
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["厂区", "日期", "electricity_purchased"])
    sheet.append([str(scene.site.pk), "2026-11-22", 20])
    sheet.append([str(scene.site.pk), "2026-11-21", "多"])
    out = io.BytesIO()
    book.save(out)
    response = upload(client, out.getvalue(), grid, partial="true", name="a.xlsx")
    assert response.status_code == 201, response.json()
    assert (response.json()["created"], response.json()["refused"]) == (1, 1)
    assert response.json()["errors"][0]["row"] == 3
    assert RefusedRow.objects.get().text == f"{scene.site.pk},2026-11-21,多"
    assert Batch.objects.get().channel == "xlsx"


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04nonsense", b"a,b\n1,2\n", b"\x00\x01", b"<html>"]
)
def test_no_table(client: HouseClient, grid: System, content: bytes) -> None:
    response = upload(client, content, grid)
    assert response.status_code == 422
    assert response.json()["message"]


# --- anything at all ------------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_random_bodies_are_answered_never_an_error_of_the_server(
    client: HouseClient, scene: Scene, grid: System, data: st.DataObject
) -> None:
    sent = body(scene, 2)
    target: Any = sent if data.draw(st.booleans()) else sent["rows"][0]
    target[data.draw(st.sampled_from([*target, "more"]))] = data.draw(json_values)
    if data.draw(st.booleans()):
        sent["partial"] = True
    response = post(client, json.dumps(sent).encode(), grid)
    assert response.status_code in {200, 201, 400, 403, 409, 422}
    if response.status_code == 422:
        assert all(f["field"] and f["message"] for f in response.json()["errors"])
    if response.status_code == 201:
        receipt = response.json()
        assert receipt["rows"] == receipt["created"] + receipt["replayed"] + receipt["refused"]


def test_a_refused_row_may_quote_what_no_text_holds(
    client: HouseClient, scene: Scene, grid: System
) -> None:
    sent = body(scene, 2) | {"partial": True}
    sent["rows"][0]["quantities"] = {"\x00": ["1", "\x00"]}
    response = post(client, json.dumps(sent).encode(), grid)
    assert response.status_code in {201, 422}, response.content


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_beyond_the_calendar_and_numbers_no_text_holds_are_refused(
    client: HouseClient, scene: Scene, day: str
) -> None:
    system = make_system(Reach(regions=(RIZHAO,)), ("enterprise", "meter"), now=now())
    stated = dict.fromkeys(("raw_coal", *closing_of()), "5")
    sent = body(scene, 1, source="enterprise")
    sent["rows"][0] |= {"period": day, "quantities": stated}
    refused = post(client, sent, system)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "period")
    one = {
        "site_id": str(scene.site.pk), "period": day, "source": "enterprise",
        "quantities": {code: {"value": value} for code, value in stated.items()},
    }  # fmt: skip
    single = client.put(
        f"/api/v1/reports/{uuid4()}", json.dumps(one), "application/json", headers=system.headers
    )
    assert single.status_code == 422
    readings = {
        "site_id": str(scene.site.pk), "meter": "a\x00",
        "rows": [{"time": "2026-11-22 00:15", "active_kwh": "1"}],
    }  # fmt: skip
    assert post(client, readings, system, "/api/v1/readings").status_code == 404
    assert not Report.objects.exists()
