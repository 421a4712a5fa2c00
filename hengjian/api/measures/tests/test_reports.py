"""PUT and GET of a report: HTTP in, then response, database and history."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.measures.models import Report
from hengjian.measures.tests.scene import CO2, DAY, ENERGY, Scene, make_scene, submit
from tests.support.cast import LINYI, HouseClient, account

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def body(scene: Scene, **changed: Any) -> dict[str, Any]:
    return {
        "site_id": str(scene.site.pk),
        "period": DAY.isoformat(),
        "source": "enterprise",
        "quantities": {
            "clinker_output": {"value": "3000"},
            "cement_output": {"value": "4000", "unit": "t"},
            "raw_coal": {"value": "500"},
            "electricity_purchased": {"value": "200000", "unit": "kWh"},
        },
        **changed,
    }


def put(client: Client, report_id: UUID, data: Any, **headers: str) -> Any:
    return client.put(
        f"/api/v1/reports/{report_id}", data, content_type="application/json", headers=headers
    )


@pytest.mark.clause("G2")
@pytest.mark.clause("E1")
def test_created_then_repeated(client: HouseClient, scene: Scene) -> None:
    client.sign_in(scene.reporter_account)
    report_id = uuid4()
    sent = body(scene, device_time="2026-11-23T09:29:58+08:00")
    first, again = put(client, report_id, sent), put(client, report_id, sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    receipt = first.json()
    assert (receipt["energy_tce"], receipt["co2_t"], receipt["revision"]) == (ENERGY, CO2, 1)
    assert receipt["sha256"] == hashlib.sha256(receipt["canon"].encode()).hexdigest()
    assert Report.objects.get().device_time is not None
    assert Entry.objects.filter(verb="measures.report.submit").count() == 1
    assert client.get(f"/api/v1/reports/{report_id}").json() == receipt


def test_conflicts(client: HouseClient, scene: Scene) -> None:
    client.sign_in(scene.reporter_account)
    report_id = uuid4()
    put(client, report_id, body(scene))
    changed = body(scene)
    changed["quantities"]["raw_coal"] = {"value": "501"}
    other_content, second_report = put(client, report_id, changed), put(client, uuid4(), changed)
    for response, words in ((other_content, "内容不同"), (second_report, "更正")):
        assert response.status_code == 409
        assert response.json()["code"] == "conflict"
        assert words in response.json()["message"]
        assert response.json()["request_id"] == response["X-Request-ID"]
    corrected = put(client, uuid4(), {**changed, "reason": "抄表错误"})
    assert (corrected.status_code, corrected.json()["revision"]) == (201, 2)
    assert Report.objects.count() == 2


def test_a_422_names_the_fields_and_leaves_no_row(client: HouseClient, scene: Scene) -> None:
    client.sign_in(scene.reporter_account)
    wrong = body(scene)
    wrong["quantities"].update(raw_coal={"value": "5万"}, cement_output={"value": ""})
    response = put(client, uuid4(), wrong)
    assert response.status_code == 422
    faults = {fault["field"]: fault["message"] for fault in response.json()["errors"]}
    assert set(faults) == {"quantities.raw_coal", "quantities.cement_output"}
    assert "不要写“万”" in faults["quantities.raw_coal"]
    assert not Report.objects.exists()
    assert not Entry.objects.filter(verb__startswith="measures").exists()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"period": "22/11/2026"}, "period"),
        ({"quantities": {"raw_coal": {"value": 500.1}}}, "quantities.raw_coal.value"),
        ({"quantities": {"raw_coal": "500"}}, "quantities.raw_coal"),
        ({"device_time": "2026-11-23T09:00:00"}, "device_time"),
        ({"note": "x"}, "note"),
        ({"reason": "长" * 501}, "reason"),
    ],
)
def test_a_body_of_another_shape_is_a_422_in_chinese(
    client: HouseClient, scene: Scene, data: dict[str, Any], field: str
) -> None:
    client.sign_in(scene.reporter_account)
    response = put(client, uuid4(), body(scene, **data))
    assert response.status_code == 422
    assert [fault["field"] for fault in response.json()["errors"]] == [field]
    assert "格式不对" in response.json()["errors"][0]["message"]
    assert not Report.objects.exists()


@pytest.mark.parametrize("text", ["\x00", "5" * 41, "１e5", "NaN"])
def test_strange_text_is_a_422(client: HouseClient, scene: Scene, text: str) -> None:
    client.sign_in(scene.reporter_account)
    put(client, uuid4(), body(scene))
    changed = body(scene, reason="更正")
    changed["quantities"]["raw_coal"] = {"value": text}
    assert put(client, uuid4(), json.dumps(changed)).status_code == 422
    changed["quantities"]["raw_coal"] = {"value": "501", "unit": text}
    assert put(client, uuid4(), json.dumps(changed)).status_code == 422
    changed["quantities"]["raw_coal"] = {"value": "501"}
    changed["quantities"][text] = {"value": "1"}
    assert put(client, uuid4(), json.dumps(changed)).status_code == 422
    assert Report.objects.count() == 1


def test_a_reason_that_the_database_cannot_hold_is_a_422(client: HouseClient, scene: Scene) -> None:
    client.sign_in(scene.reporter_account)
    put(client, uuid4(), body(scene))
    response = put(client, uuid4(), body(scene, reason="a\x00b"))
    assert response.status_code == 422
    assert [fault["field"] for fault in response.json()["errors"]] == ["reason"]


@pytest.mark.parametrize("text", ["{", json.dumps({"reason": "\ud800"}), b"\xff"])
def test_no_json_is_a_400(client: HouseClient, scene: Scene, text: str) -> None:
    client.sign_in(scene.reporter_account)
    response = put(client, uuid4(), text)
    assert response.status_code == 400
    assert response.json()["code"] == "malformed"


def test_a_huge_body_is_a_413(client: HouseClient, scene: Scene) -> None:
    client.sign_in(scene.reporter_account)
    response = put(client, uuid4(), body(scene, reason="x" * 3_000_000))
    assert (response.status_code, response.json()["request_id"]) == (413, response["X-Request-ID"])
    assert not Report.objects.exists()


def test_wrong_time_is_refused_and_kept_in_the_history(client: HouseClient, scene: Scene) -> None:
    client.sign_in(scene.reporter_account)
    response = put(client, uuid4(), body(scene, period="2026-11-24"))
    assert (response.status_code, response.json()["code"]) == (409, "wrong_time")
    assert Entry.objects.get(refused=True).verb == "measures.report.submit"
    assert not Report.objects.exists()


def test_who_may_send(client: HouseClient, scene: Scene) -> None:
    enterprise = [scene.site.enterprise_id]
    expected = [
        (scene.resident_account, 403),  # not his source
        (account(Role.ENTERPRISE_REVIEWER, enterprises=enterprise), 403),
        (account(Role.CITY_OFFICER), 403),
        (make_scene().reporter_account, 404),
        (make_scene(region=LINYI).reporter_account, 404),
    ]
    for who, status in expected:
        client.sign_in(who)
        assert put(client, uuid4(), body(scene)).status_code == status, who.username
    client.sign_in(scene.resident_account)
    assert put(client, uuid4(), body(scene, source="resident")).status_code == 201
    assert Report.objects.get().source == "resident"


def test_who_may_read(client: HouseClient, scene: Scene) -> None:
    report, _ = submit(scene.reporter, scene.site)
    expected = [
        (scene.reporter_account, 200),
        (account(Role.CITY_OFFICER), 200),
        (scene.resident_account, 404),
        (account(Role.CITY_OFFICER, region=LINYI), 404),
        (make_scene().reporter_account, 404),
        (account(Role.SYSTEM_ADMIN), 403),
    ]
    for who, status in expected:
        client.sign_in(who)
        assert client.get(f"/api/v1/reports/{report.pk}").status_code == status, who.username


def test_out_of_scope_has_the_bytes_of_a_missing_id(client: HouseClient, scene: Scene) -> None:
    report, _ = submit(scene.reporter, scene.site)
    client.sign_in(account(Role.CITY_OFFICER, region=LINYI))
    same = {"X-Request-ID": "same-request-id"}
    there = client.get(f"/api/v1/reports/{report.pk}", headers=same)
    nowhere = client.get(f"/api/v1/reports/{uuid4()}", headers=same)
    assert there.status_code == nowhere.status_code == 404
    assert there.content == nowhere.content


def test_signed_out_is_401(client: HouseClient, scene: Scene) -> None:
    response = put(client, uuid4(), body(scene))
    assert (response.status_code, response.json()["code"]) == (401, "signed_out")
    assert client.get(f"/api/v1/reports/{uuid4()}").status_code == 401


def test_a_session_without_the_csrf_token_writes_nothing(scene: Scene) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(
        scene.reporter_account, backend="hengjian.kernel.access.backends.HouseBackend"
    )
    response = put(strict, uuid4(), body(scene))
    assert (response.status_code, response.json()["code"]) == (403, "csrf")


def test_no_documentation_pages_are_served(client: HouseClient) -> None:
    for path in ("docs", "openapi.json", ""):
        assert client.get(f"/api/v1/{path}").status_code == 404
