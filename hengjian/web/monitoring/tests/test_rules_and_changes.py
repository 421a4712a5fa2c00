"""The catalogue of rules and the approval of parameters over HTTP: shown, refused, decided; never to an enterprise."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hengjian.cases.tests.factories import make_problem
from hengjian.kernel.access.declare import Role
from hengjian.monitoring.detectors import rules
from hengjian.monitoring.models import ParameterChange, PreviewAlert, Verdict
from hengjian.monitoring.parameters import load
from hengjian.monitoring.selectors.words import LAYERS, PARAMETERS, rule_layers
from hengjian.monitoring.tests.factories import make_alert, make_change, make_panel_alert
from hengjian.registry.models import Site
from hengjian.registry.tests.factories import make_site
from tests.support.cast import LINYI, HouseClient, account

pytestmark = pytest.mark.django_db
RULES, CHANGES = "/monitoring/rules/", "/monitoring/parameters/"
NEW = f"{CHANGES}new/L101/min_days/"
GOOD = {
    "kind": "nation",
    "value": "15",
    "effective_from": "2027-01-01",
    "basis": "会议纪要",
    "confidence": "to_verify",
}


def page_of(client: HouseClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.content.decode()[:400]
    return response.content.decode()


def difference(change: ParameterChange, site: Site) -> PreviewAlert:
    return PreviewAlert.objects.create(
        change=change,
        site=site,
        region_id=site.region_id,
        enterprise_id=site.enterprise_id,
        effect="added",
        rule="L101",
        subject="焦炭",
        first=date(2026, 10, 3),
        last=date(2026, 10, 9),
        hit_days_before=0,
        hit_days_after=7,
        severity_after="orange",
        evidence_after=Decimal("3.5"),
    )


def test_every_rule_is_in_the_catalogue_and_has_a_page(client: HouseClient) -> None:
    client.sign_in(account(Role.DRC_OFFICER))
    page = page_of(client, RULES)
    for code, rule in rules().items():
        assert code in page
        assert rule.title in page
    for code in ("L101", "R301", "M601"):
        page = page_of(client, f"{RULES}{code}/")
        for part in ("依据", "异常", "正常", rules()[code].legal_basis[0].title, "待核实"):
            assert part in page, (code, part)
    assert "每千厂月" in page
    assert client.get(f"{RULES}X999/").status_code == 404


def test_every_layer_and_every_parameter_has_a_name() -> None:
    assert set(rule_layers().values()) <= set(LAYERS)
    assert set(PARAMETERS) == {row.name for row in load().rows}


def test_rates_and_precision_are_counted_in_scope(client: HouseClient) -> None:
    here, there = make_site(), make_site(region=371302)
    for site in (here, there):
        Verdict.objects.create(
            site=site,
            region_id=site.region_id,
            enterprise_id=site.enterprise_id,
            rule="R301",
            subject="x",
            day=date(2026, 11, 22),
            verdict="normal",
        )
    for state, outcome in (
        ("closed", "substantiated"),
        ("closed", "unsubstantiated"),
        ("open", ""),
    ):
        closed: dict[str, Any] = (
            {"state": state, "outcome": outcome, "outcome_text": "x"} if outcome else {}
        )
        problem = make_problem(here, **closed)
        make_panel_alert(here, state="problem", problem=problem, subject=f"{state}{outcome}")
    make_panel_alert(here, state="dismissed", subject="d")
    make_panel_alert(there)
    client.sign_in(account(Role.CITY_OFFICER))
    response = client.get(RULES)
    row = next(r for _layer, given in response.context["layers"] for r in given if r.code == "R301")
    assert (row.alerts, row.confirmed, row.refuted, row.precision) == (4, 1, 2, "33.3%")
    assert (row.rate, row.budget, row.over_budget) == ("4,000.0", "1.0", True)
    quarter = client.get(f"{RULES}R301/").context["rule"].quarters[0]
    assert (quarter["raised"], quarter["open"], quarter["precision"]) == (4, 1, "33.3%")
    limits = next(r for _l, given in response.context["layers"] for r in given if r.code == "L101")
    assert limits.budget == ""


def test_proposed_on_the_page_and_every_fault_beside_its_field(client: HouseClient) -> None:
    client.sign_in(account(Role.DRC_OFFICER))
    assert "20 日" in page_of(client, NEW)
    for wrong, field in (
        ({"value": "x"}, "value"),
        ({"value": ""}, "value"),
        ({"effective_from": "2020-01-01"}, "effective_from"),
        ({"effective_from": "soon"}, "effective_from"),
        ({"basis": ""}, "basis"),
        ({"kind": "industry"}, "industry"),
        ({"kind": "region", "region": "999999"}, "region"),
        ({"kind": "enterprise", "credit_code": "91370000XXXXXXXXXX"}, "credit_code"),
        ({"kind": "moon"}, "kind"),
        ({"confidence": "sure"}, "confidence"),
    ):
        answer = client.post(NEW, {**GOOD, **wrong})
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) == {field}, wrong
    assert not ParameterChange.objects.exists()
    answer = client.post(NEW, GOOD)
    change = ParameterChange.objects.get()
    assert answer["Location"] == f"{CHANGES}{change.pk}/"
    page = page_of(client, f"{CHANGES}{change.pk}/")
    assert "排队等待试算" in page
    assert 'hx-trigger="every 2s"' in page
    part = client.get(f"{CHANGES}{change.pk}/?part=trial", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert client.post(NEW, GOOD).status_code == 409
    assert client.get(f"{CHANGES}new/L101/nonsense/").status_code == 404


def test_the_approver_sees_the_trial_and_decides_once(client: HouseClient) -> None:
    change = make_change()
    difference(change, make_site(name="甲厂"))
    client.sign_in(account(Role.DRC_LEAD))
    address = f"{CHANGES}{change.pk}/"
    page = page_of(client, address)
    assert "甲厂" in page
    assert "2.5 %" in page
    assert "2.0 %" in page
    assert client.post(f"{address}return/", {}).status_code == 422
    assert client.post(f"{address}approve/", {"approve-reason": "同意"}).status_code == 302
    assert client.post(f"{address}approve/", {}).status_code == 409
    assert client.post(f"{address}withdraw/", {}).status_code == 403
    change.refresh_from_db()
    assert (change.state, change.decision_reason) == ("approved", "同意")
    assert "同意" in page_of(client, address)
    assert "待生效" in page_of(client, f"{RULES}L101/")
    assert str(change.pk) in page_of(client, f"{CHANGES}?tab=approved")
    assert str(change.pk) not in page_of(client, CHANGES)


def test_a_city_sees_the_change_but_only_its_own_sites(client: HouseClient) -> None:
    change = make_change()
    difference(change, make_site(name="本市厂"))
    difference(change, make_site(name="外市厂", region=371302))
    page = page_of(client.sign_in(account(Role.CITY_OFFICER)), f"{CHANGES}{change.pk}/")
    assert "本市厂" in page
    assert "外市厂" not in page
    assert client.post(f"{CHANGES}{change.pk}/approve/", {}).status_code == 403
    page = page_of(
        client.sign_in(account(Role.CITY_OFFICER, region=LINYI)), f"{CHANGES}{change.pk}/"
    )
    assert "外市厂" in page


@pytest.mark.clause("E1")
@pytest.mark.parametrize("role", [Role.ENTERPRISE_REPORTER, Role.RESIDENT_SUPERVISOR])
def test_who_is_watched_sees_no_threshold(client: HouseClient, role: Role) -> None:
    site, change = make_site(), make_change()
    alert = make_alert(site)
    whose = (
        {"enterprises": [site.enterprise_id]}
        if role is Role.ENTERPRISE_REPORTER
        else {"sites": [site.pk]}
    )
    client.sign_in(account(role, **whose))  # type: ignore[arg-type]  # ids
    for address in (
        RULES,
        f"{RULES}L101/",
        CHANGES,
        f"{CHANGES}{change.pk}/",
        NEW,
        f"/monitoring/sites/{site.pk}/data/",
        f"/monitoring/alerts/{alert.pk}/",
    ):
        assert client.get(address).status_code == 403, address
    assert "监测规则" not in page_of(client, "/")
    assert "数据档案" not in page_of(client, f"/registry/sites/{site.pk}/")


def test_as_many_queries_for_20_differences_as_for_2(client: HouseClient) -> None:
    change = make_change()
    client.sign_in(account(Role.DRC_LEAD))

    def queries() -> int:
        client.get(f"{CHANGES}{change.pk}/")
        with CaptureQueriesContext(connection) as seen:
            client.get(f"{CHANGES}{change.pk}/")
        return len(seen)

    for _ in range(2):
        difference(change, make_site())
    few = queries()
    for _ in range(18):
        difference(change, make_site())
    assert queries() == few
