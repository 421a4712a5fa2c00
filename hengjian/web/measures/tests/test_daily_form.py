"""The reporter's page: HTTP in, then what the database and the history hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.measures.models import Draft, Report
from hengjian.measures.tests.scene import DAY, TODAY, Scene, make_scene, submit
from hengjian.registry.tests.factories import make_site
from tests.support.cast import LINYI, HouseClient, account

pytestmark = pytest.mark.django_db
TYPED = {
    "clinker_output": "3,000",
    "cement_output": "4000",
    "raw_coal": "500",
    "electricity_purchased": "20",
}


@pytest.fixture
def scene() -> Scene:
    return make_scene(name="衡鉴测试水泥厂")


def url(scene: Scene, day: object = DAY) -> str:
    return f"/measures/daily/{scene.site.pk}/{day}/"


def post(client: HouseClient, scene: Scene, data: Mapping[str, Any], day: object = DAY) -> Any:
    return client.post(url(scene, day), {"report_id": str(uuid4()), "action": "submit", **data})


def test_one_site_leads_straight_to_yesterday(client: HouseClient, scene: Scene) -> None:
    client.sign_in(scene.reporter_account)
    response = client.get("/measures/daily/")
    assert response.status_code == 302
    assert response["Location"] == url(scene)


def test_several_sites_are_offered(client: HouseClient, scene: Scene) -> None:
    other = make_site(industry="cement", enterprise=scene.site.enterprise, name="二厂")
    submit(scene.reporter, scene.site)
    client.sign_in(scene.reporter_account)
    page = client.get("/measures/daily/").content.decode()
    assert str(other.pk) in page
    assert scene.site.name in page
    assert page.count("已报") == 1


@pytest.mark.clause("G2")
def test_the_page_shows_units_yesterday_and_the_average(client: HouseClient, scene: Scene) -> None:
    submit(scene.reporter, scene.site, period=DAY - timedelta(days=1))
    submit(scene.reporter, scene.site, period=DAY - timedelta(days=2), raw_coal="600")
    client.sign_in(scene.reporter_account)
    page = client.get(url(scene)).content.decode()
    assert "万千瓦时" in page
    assert 'data-yesterday="500"' in page
    assert 'data-yesterday="20"' in page  # 200,000 kWh in the unit of the form
    assert "550.00" in page
    assert "焦炭产量" not in page  # not a line of a cement works


@pytest.mark.clause("G2")
def test_a_filled_form_becomes_a_report_with_its_page(client: HouseClient, scene: Scene) -> None:
    client.sign_in(scene.reporter_account)
    response = post(client, scene, TYPED)
    report = Report.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/measures/reports/{report.pk}/"
    assert (report.energy_tce, report.source) == (Decimal("381.73"), "enterprise")
    assert Entry.objects.filter(subject=f"measures.report:{report.pk}").count() == 1
    page = client.get(response["Location"]).content.decode()
    for shown in ("381.73", "2,764.57", report.sha256, "GB/T 2589-2020", "500 t × 0.7143 tce/t"):
        assert shown in page


def test_a_double_click_is_one_report(client: HouseClient, scene: Scene) -> None:
    client.sign_in(scene.reporter_account)
    data = {**TYPED, "report_id": str(uuid4())}
    first, second = post(client, scene, data), post(client, scene, data)
    assert first["Location"] == second["Location"]
    assert Report.objects.count() == 1


def test_faults_stand_beside_their_fields_and_nothing_is_stored(
    client: HouseClient, scene: Scene
) -> None:
    client.sign_in(scene.reporter_account)
    response = post(client, scene, {**TYPED, "raw_coal": "5万", "cement_output": ""})
    page = response.content.decode()
    assert response.status_code == 422
    assert "不要写“万”" in page
    assert "必填；停产填 0" in page
    assert 'value="3,000"' in page  # typed figures stay
    assert not Report.objects.exists()
    assert not Entry.objects.filter(verb__startswith="measures").exists()


def test_zero_report_is_one_click(client: HouseClient, scene: Scene) -> None:
    client.sign_in(scene.reporter_account)
    post(client, scene, {"action": "zero"})
    report = Report.objects.get()
    assert report.zero_report
    assert "raw_coal_ncv" not in report.quantities


@pytest.mark.clause("E1")
def test_a_correction_needs_its_reason_and_keeps_both(client: HouseClient, scene: Scene) -> None:
    submit(scene.reporter, scene.site)
    client.sign_in(scene.reporter_account)
    page = client.get(url(scene)).content.decode()
    assert "提交更正" in page
    assert 'value="500"' in page
    assert post(client, scene, {**TYPED, "raw_coal": "510"}).status_code == 409
    response = post(client, scene, {**TYPED, "raw_coal": "510", "reason": "抄表错误"})
    assert [r.revision for r in Report.objects.order_by("revision")] == [1, 2]
    page = client.get(response["Location"]).content.decode()
    assert "抄表错误" in page
    assert "第 1 版" in page


def test_a_draft_is_kept_restored_and_gone_after_submission(
    client: HouseClient, scene: Scene
) -> None:
    client.sign_in(scene.reporter_account)
    assert client.post(f"{url(scene)}draft/", {"raw_coal": "12", "diesel": ""}).status_code == 204
    assert client.post(f"{url(scene)}draft/", {"raw_coal": "123"}).status_code == 204
    assert Draft.objects.get().payload == {"raw_coal": "123"}
    page = client.get(url(scene)).content.decode()
    assert 'value="123"' in page
    assert "草稿已恢复" in page
    post(client, scene, TYPED)
    assert not Draft.objects.exists()


def test_a_huge_draft_is_refused(client: HouseClient, scene: Scene) -> None:
    client.sign_in(scene.reporter_account)
    response = client.post(f"{url(scene)}draft/", {"raw_coal": "1" * 3000})
    assert response.status_code == 422
    assert not Draft.objects.exists()


def test_characters_that_the_database_cannot_hold_are_refused(
    client: HouseClient, scene: Scene
) -> None:
    client.sign_in(scene.reporter_account)
    assert client.post(f"{url(scene)}draft/", {"raw_coal": "1\x00"}).status_code == 422
    assert client.post(f"{url(scene)}draft/", {"raw\x00": "1"}).status_code == 422
    assert post(client, scene, {**TYPED, "raw_coal": "1\x00"}).status_code == 422
    assert not Draft.objects.exists()


def test_wrong_time(client: HouseClient, scene: Scene) -> None:
    client.sign_in(scene.reporter_account)
    assert post(client, scene, TYPED, TODAY + timedelta(days=1)).status_code == 409
    assert post(client, scene, TYPED, TODAY - timedelta(days=400)).status_code == 409
    assert client.get(f"/measures/daily/{scene.site.pk}/2026-13-40/").status_code == 404
    assert not Report.objects.exists()
    assert Entry.objects.filter(refused=True, verb="measures.report.submit").count() == 2


@pytest.mark.parametrize("role", [Role.CITY_OFFICER, Role.DRC_LEAD, Role.OVERSIGHT])
def test_wrong_role(client: HouseClient, scene: Scene, role: Role) -> None:
    client.sign_in(account(role))
    assert client.get("/measures/daily/").status_code == 403
    assert client.get(url(scene)).status_code == 403
    assert post(client, scene, TYPED).status_code == 403
    assert client.post(f"{url(scene)}draft/", {"raw_coal": "1"}).status_code == 403
    assert not Report.objects.exists()


def test_another_enterprise_gets_the_bytes_of_a_missing_site(
    client: HouseClient, scene: Scene
) -> None:
    client.sign_in(make_scene(region=LINYI).reporter_account)
    there = client.get(url(scene), headers={"X-Request-ID": "same-request-id"})
    nowhere = client.get(
        f"/measures/daily/{uuid4()}/{DAY}/", headers={"X-Request-ID": "same-request-id"}
    )
    assert there.status_code == nowhere.status_code == 404
    assert there.content == nowhere.content
    assert post(client, scene, TYPED).status_code == 404
    assert client.post(f"{url(scene)}draft/", {"raw_coal": "1"}).status_code == 404


def test_signed_out_people_are_asked_to_sign_in(client: HouseClient, scene: Scene) -> None:
    response = client.get(url(scene))
    assert response.status_code == 302
    assert "/accounts/login/" in response["Location"]


def test_a_form_without_its_token_is_refused(scene: Scene) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(
        scene.reporter_account, backend="hengjian.kernel.access.backends.HouseBackend"
    )
    assert strict.post(url(scene), TYPED).status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_days(
    client: HouseClient, scene: Scene
) -> None:
    client.sign_in(scene.reporter_account)
    client.get(url(scene))
    counts = []
    for days in (range(1, 3), range(3, 20)):
        for back in days:
            submit(scene.reporter, scene.site, period=DAY - timedelta(days=back))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(url(scene))
        counts.append(len(queries))
    assert counts[0] == counts[1]
