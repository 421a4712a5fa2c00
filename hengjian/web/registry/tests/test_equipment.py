"""The page of lines, meters, output control and projects; and what a line changes for the limit (L101)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.monitoring.models import Alert, Verdict
from hengjian.monitoring.tests.scene import DAY, NOW, OVER, PRODUCT, days_to, judge, report
from hengjian.registry.models import Line, Meter, OutputControl, Project, Site
from hengjian.registry.tests.factories import make_line, make_meter, make_site
from tests.support.cast import LANSHAN_LINYI, HouseClient, account

pytestmark = pytest.mark.django_db
LINE = {
    "name": "1号矿热炉", "industry": "ferroalloy", "product": PRODUCT, "capacity": "5", "capacity_unit": "万吨/年",
    "commissioned_on": "2019-05-01",
}  # fmt: skip
METER = {"code": "DB-01", "level": "1", "medium": "electricity", "error_percent": "0.5"}
CONTROL = {"product": PRODUCT, "valid_from": "2026-01-01", "basis": "产量调控通知"}
PROJECT = {"name": "2号炉项目", "industry": "ferroalloy", "stage": "trial", "listed": "on"}
SENT = (("lines/", LINE), ("meters/", METER), ("controls/", CONTROL), ("projects/", PROJECT))


def signed_in(role: Role = Role.CITY_OFFICER) -> HouseClient:
    return HouseClient().sign_in(account(role))


def at(site: Site, tail: str = "equipment/") -> str:
    return f"/registry/sites/{site.pk}/{tail}"


@pytest.fixture
def site() -> Site:
    return make_site(industry="ferroalloy")


def test_everything_is_registered_through_the_page_and_stands_on_it(site: Site) -> None:
    client = signed_in()
    for tail, data in SENT:
        response = client.post(at(site, tail), data)
        assert (response.status_code, response.headers.get("Location")) == (302, at(site)), tail
    assert Line.objects.get().product == PRODUCT
    assert str(Meter.objects.get().relative_error) == "0.0050"
    assert OutputControl.objects.get().valid_to is None
    assert Project.objects.get().listed
    page = client.get(at(site)).content.decode()
    for text in ("1号矿热炉", "DB-01", "产量调控通知", "2号炉项目", "受控中", "没有检定记录"):
        assert text in page, text
    detail = client.get(at(site, "")).content.decode()
    assert "登记生产线：1号矿热炉" in detail
    assert Entry.objects.filter(subject=f"registry.site:{site.pk}").count() == 4


def test_a_line_retires_and_a_meter_is_verified(site: Site) -> None:
    line, meter = make_line(site, industry="ferroalloy"), make_meter(site)
    client = signed_in()
    gone = {"line": str(line.pk), "retired_on": "2026-01-05", "reason": "产能置换"}
    assert client.post(at(site, "lines/retire/"), gone).status_code == 302
    verified = {"meter": str(meter.pk), "verified_on": "2026-01-05", "interval_months": "12"}
    assert client.post(at(site, "meters/verify/"), verified).status_code == 302
    line.refresh_from_db()
    meter.refresh_from_db()
    assert line.retired_on == meter.verified_on == date(2026, 1, 5)
    # It is no choice any more; one of another site never was.
    other = make_line(make_site(industry="ferroalloy"), industry="ferroalloy")
    for key in (line.pk, other.pk):
        response = client.post(at(site, "lines/retire/"), {**gone, "line": str(key)})
        assert response.status_code == 422
    other.refresh_from_db()
    assert other.retired_on is None


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(site: Site) -> None:
    client, page = signed_in(), ""
    for tail, data, field, fault in (
        ("lines/", {**LINE, "capacity_unit": ""}, "line_capacity_unit", "填写产能时应写明单位"),
        ("lines/", {**LINE, "commissioned_on": "2999-01-01"}, "line_commissioned_on", "不能晚于今天"),
        ("controls/", {**CONTROL, "valid_to": "2025-01-01"}, "control_valid_to", "不能早于开始日期"),
    ):  # fmt: skip
        response = client.post(at(site, tail), data)
        page = response.content.decode()
        assert response.status_code == 422
        assert f'<a href="#{field}">' in page, field
        assert fault in page.split(f'id="{field}_error"')[1][:200], field
    assert 'value="产量调控通知"' in page
    for tail in ("lines/", "lines/retire/", "meters/", "meters/verify/", "controls/", "projects/"):
        assert client.post(at(site, tail), {}).status_code == 422, tail
    assert not Entry.objects.filter(verb="registry.site.change").exists()


def test_ids_on_the_page_are_unique(site: Site) -> None:
    make_line(site, industry="ferroalloy")
    make_meter(site)
    page = signed_in().get(at(site)).content.decode()
    ids = [part.split('"')[0] for part in page.split(' id="')[1:]]
    assert len(ids) == len(set(ids))
    assert 'id="line_name"' in page
    assert 'id="project_name"' in page


def test_only_who_may_change_the_site_sees_the_way_there(site: Site) -> None:
    for role, status in ((Role.CITY_OFFICER, 200), (Role.COUNTY_OFFICER, 403), (Role.OVERSIGHT, 403)):  # fmt: skip
        client = signed_in(role)
        assert client.get(at(site)).status_code == status, role
        assert (at(site) in client.get(at(site, "")).content.decode()) == (status == 200), role
    assert signed_in().get(at(make_site(region=LANSHAN_LINYI))).status_code == 404


def test_the_page_asks_the_same_number_of_queries_whatever_hangs_on_the_site(site: Site) -> None:
    client = signed_in()
    client.get(at(site))  # the session's own first queries
    counts = []
    for round_ in range(2):
        for number in range(1 + 5 * round_):
            make_line(site, industry="ferroalloy", name=f"线{round_}{number}")
            make_meter(site, code=f"M{round_}{number}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(at(site)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.clause("E1")
@pytest.mark.parametrize(("before", "why"), [(None, "undeclared"), ("石灰", "boundary")])
def test_a_site_is_judged_once_an_officer_has_named_the_product_of_its_line(
    site: Site, tmp_path: Path, before: str | None, why: str
) -> None:
    wrong = make_line(site, industry="ferroalloy", product=before) if before else None
    report(site, days_to(DAY, 30), OVER)
    judge(tmp_path)
    assert Verdict.objects.get(rule="L101").verdict == why
    assert not Alert.objects.exists()
    client = signed_in()
    assert client.post(at(site, "lines/"), {**LINE, "product": PRODUCT}).status_code == 302
    if wrong:
        gone = {"line": str(wrong.pk), "retired_on": "2026-01-05", "reason": "登记有误"}
        assert client.post(at(site, "lines/retire/"), gone).status_code == 302
    judge(tmp_path, now=NOW + timedelta(hours=2))
    assert Alert.objects.get(rule="L101").site_id == site.pk
    verdict = Verdict.objects.get(rule="L101", subject=PRODUCT)
    assert verdict.verdict not in {"undeclared", "boundary"}
