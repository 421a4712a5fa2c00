"""An alert has every column of the contract, and the database keeps it complete."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from hengjian.kernel.access.declare import Role
from hengjian.monitoring.detectors.detector import HITS
from hengjian.monitoring.models import Alert, Hit
from hengjian.monitoring.states import AlertState
from hengjian.monitoring.tests.factories import make_alert
from hengjian.registry.tests.factories import make_site
from tests.support.cast import LINYI, actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db

# What the contract calls by id is a relation here; an alert keeps revisions beside its inputs.
KEPT_AS = {"region": "region_id", "input_report_ids": "input_reports"}
PROMISED = {
    *(KEPT_AS.get(c.name, c.name) for c in HITS.columns),
    "rule_version",
    "text",
    "severity",
    "state",
    "first_run_id",
    "last_run_id",
    "closed_reason",
}


@pytest.mark.clause("E1")
def test_an_alert_has_all_columns_of_the_contract() -> None:
    columns = {f.attname: f for f in Alert._meta.concrete_fields}
    assert not PROMISED - set(columns)
    optional = {c.name for c in HITS.columns if c.nullable}
    assert {name for name in PROMISED if columns[name].null} == optional
    hits = {f.attname for f in Hit._meta.concrete_fields}
    assert not {c.name for c in HITS.columns} - hits - {"region"}


@pytest.mark.parametrize(
    "broken",
    [
        {"text": ""},
        {"basis": ""},
        {"unit": ""},
        {"input_reports": []},
        {"state": "lost"},
        {"severity": "purple"},
        {"state": AlertState.DISMISSED, "reason": ""},
        {"state": AlertState.WITHDRAWN, "closed_reason": ""},
        {"state": AlertState.PROBLEM, "problem": None},
        {"state": AlertState.ASKED, "inquiry": None},
    ],
    ids=str,
)
def test_an_incomplete_alert_is_refused_by_the_database(broken: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_alert(make_site(), **broken)


def test_another_city_sees_none_by_either_wall() -> None:
    make_alert(make_site())
    near, far = actor(Role.CITY_OFFICER), actor(Role.CITY_OFFICER, region=LINYI)
    assert (
        Alert.objects.visible_to(near).count(),
        Alert.objects.visible_to(far).count(),
    ) == (1, 0)
    with acting(far):
        assert not Alert.objects.exists()
    with acting(near):
        assert Alert.objects.count() == 1


@pytest.mark.parametrize("role", [Role.ENTERPRISE_REPORTER, Role.RESIDENT_SUPERVISOR])
def test_the_site_itself_sees_none_by_either_wall(role: Role) -> None:
    site = make_site()
    make_alert(site)
    own = actor(role, enterprises=[site.enterprise_id], sites=[site.pk])
    assert not Alert.objects.visible_to(own).exists()
    for model in (Alert, Hit):
        with pytest.raises(Exception, match="permission denied"), acting(own):
            model.objects.exists()
