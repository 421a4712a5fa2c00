"""Assigning and claiming alerts: right post, both walls, wrong state, twice; the queue shows and filters by it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hengjian.cases.tests.factories import duty_of
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.monitoring.models import Alert
from hengjian.monitoring.tests.factories import make_alert, make_panel_alert, make_score
from hengjian.registry.tests.factories import make_site
from tests.support.cast import LANSHAN, LINYI, HouseClient, account

pytestmark = pytest.mark.django_db
LIST = "/monitoring/alerts/"


def ids(*alerts: Alert) -> list[str]:
    return [str(alert.pk) for alert in alerts]


def page_of(client: HouseClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.content.decode()[:400]
    return response.content.decode()


def test_assigned_to_a_post_below_and_back_to_the_filtered_list(client: HouseClient) -> None:
    first, second = make_alert(make_site()), make_panel_alert(make_site(), state="asked")
    county = duty_of(account(Role.COUNTY_OFFICER, name="东港经办"))
    client.sign_in(account(Role.CITY_OFFICER))
    sent = {"alerts": ids(first, second), "assignee": str(county.pk), "back": "tab=all&q=x"}
    answer = client.post(f"{LIST}assign/", sent)
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}?tab=all&q=x")
    first.refresh_from_db()
    assert first.assignee_duty_id == county.pk
    assert first.assignee_name.startswith("东港经办")
    assert first.assigned_at is not None
    assert Entry.objects.filter(verb="monitoring.alert.assign").count() == 2
    client.post(f"{LIST}assign/", sent)
    assert Entry.objects.filter(verb="monitoring.alert.assign").count() == 2, "twice is once"
    assert "东港经办" in page_of(client, LIST)
    assert "东港经办" in page_of(client, f"{LIST}{first.pk}/")
    for query, found in ((str(county.pk), 1), ("none", 0), ("me", 0), ("nonsense", 1)):
        page = client.get(f"{LIST}?assignee={query}").context["page"]
        assert len(page.object_list) == found, query


def test_who_and_where_is_refused(client: HouseClient) -> None:
    here, there = make_alert(make_site()), make_alert(make_site(region=LANSHAN))
    far = make_alert(make_site(region=371302))
    county = duty_of(account(Role.COUNTY_OFFICER))
    foreign = duty_of(account(Role.CITY_OFFICER, region=LINYI))
    reporter = duty_of(account(Role.ENTERPRISE_REPORTER, enterprises=[here.enterprise_id]))
    client.sign_in(account(Role.CITY_OFFICER))

    def post(duty: object, *alerts: Alert) -> int:
        sent = {"alerts": ids(*alerts), "assignee": str(duty)}
        return int(client.post(f"{LIST}assign/", sent).status_code)

    assert post(county.pk, here, far) == 404, "another city's alert does not exist"
    assert post(county.pk, here, there) == 422, "the county next door is not his"
    for duty in (foreign.pk, reporter.pk, 999_999, 0, "x", ""):
        assert post(duty, here) == 422, duty
    assert post(county.pk) == 422
    assert not Alert.objects.exclude(assignee_duty=None).exists()
    closed = make_alert(make_site(), state="dismissed")
    assert post(county.pk, closed) == 409
    for role in (Role.OVERSIGHT, Role.DEPARTMENT_OFFICER, Role.ENTERPRISE_REPORTER):
        client.sign_in(account(role))
        assert post(county.pk, here) == 403, role
        assert client.post(f"{LIST}claim/", {"alerts": ids(here)}).status_code == 403


def test_claimed_once_and_kept(client: HouseClient) -> None:
    alert = make_alert(make_site())
    mine = account(Role.COUNTY_OFFICER)
    client.sign_in(mine)
    sent = {"alerts": ids(alert), "from": "alert"}
    for _ in range(2):
        answer = client.post(f"{LIST}claim/", sent)
        assert answer["Location"] == f"{LIST}{alert.pk}/"
    assert Entry.objects.filter(verb="monitoring.alert.claim").count() == 1
    assert len(client.get(f"{LIST}?assignee=me").context["page"].object_list) == 1
    other = HouseClient().sign_in(account(Role.CITY_OFFICER))
    assert other.post(f"{LIST}claim/", sent).status_code == 409
    alert.refresh_from_db()
    assert alert.assignee_duty_id == duty_of(mine).pk
    away = HouseClient().sign_in(account(Role.CITY_OFFICER, region=LINYI))
    assert away.post(f"{LIST}claim/", sent).status_code == 404


def test_the_queue_is_ordered_by_score_evidence_or_amount(client: HouseClient) -> None:
    quiet = make_panel_alert(make_site(name="甲厂"), evidence="9", amount_at_stake="1")
    loud = make_panel_alert(make_site(name="乙厂"), evidence="4", amount_at_stake="50")
    make_score(quiet)
    make_score(loud, ("S402", "11"))
    client.sign_in(account(Role.CITY_OFFICER))

    def order(sort: str) -> list[str]:
        rows = client.get(f"{LIST}?sort={sort}").context["page"].object_list
        return [row["site"] for row in rows]

    assert order("") == order("-score") == ["乙厂", "甲厂"]
    assert order("-evidence") == ["甲厂", "乙厂"]
    assert order("-stake") == ["乙厂", "甲厂"]
    (first, _second) = client.get(LIST).context["page"].object_list
    assert (first["score"], first["score_parts"]) == ("137.0", "R301 16.0 + S402 121.0")


def test_filters_of_place_industry_layer_and_rule(client: HouseClient) -> None:
    make_alert(make_site(name="甲厂", industry="cement"))
    make_panel_alert(make_site(name="乙厂", region=LANSHAN, industry="coking"))
    client.sign_in(account(Role.CITY_OFFICER))

    def found(query: str) -> set[str]:
        return {row["site"] for row in client.get(f"{LIST}?{query}").context["page"].object_list}

    assert found("") == {"甲厂", "乙厂"}
    assert found(f"county={LANSHAN}") == {"乙厂"}
    assert found("industry=cement") == {"甲厂"}
    assert found("rule=R301") == {"乙厂"}
    assert found("layer=limits") == {"甲厂"}
    assert found("layer=nonsense") == found("rule=nonsense") == found("industry=x'") == set()
    assert found("city=999999&county=abc") == set()


def test_as_many_queries_for_30_rows_with_scores_as_for_3(client: HouseClient) -> None:
    holder = duty_of(account(Role.CITY_OFFICER))

    def more(count: int) -> None:
        for _ in range(count):
            alert = make_panel_alert(make_site())
            make_score(alert)
            Alert.objects.filter(pk=alert.pk).update(
                assignee_duty=holder,
                assignee_name="x",
                assigned_at=alert.raised_at,
                assigned_by="y",
            )

    def queries() -> int:
        client.get(LIST)
        with CaptureQueriesContext(connection) as seen:
            client.get(LIST)
        return len(seen)

    more(3)
    client.sign_in(account(Role.CITY_OFFICER))
    few = queries()
    more(27)
    assert queries() == few
