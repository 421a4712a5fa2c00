"""Figures that other apps read: latest revisions only, in scope, with constant queries."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hengjian.kernel.access.actor import worker
from hengjian.kernel.access.declare import Role
from hengjian.kernel.errors import NotPermitted, NotVisible
from hengjian.measures.selectors.facts import Fact, count_facts, facts
from hengjian.measures.selectors.figures import latest_figures, missing, series
from hengjian.measures.selectors.reports import report_detail
from hengjian.measures.services.bulk import Delivery, bulk_intake
from hengjian.measures.tests.scene import DAY, NOW, QUANTITIES, TODAY, Scene, make_scene, submit
from hengjian.registry.models import Site
from hengjian.registry.tests.factories import make_site
from tests.support.cast import LINYI, actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db
PLATFORM = worker("test")


@pytest.fixture
def scene() -> Scene:
    """Enterprise: two days, the first corrected; resident: one day."""
    made = make_scene()
    before = DAY - timedelta(days=1)
    submit(made.reporter, made.site, period=before)
    submit(made.reporter, made.site, period=before, raw_coal="510", reason="复核")
    submit(made.reporter, made.site)
    submit(made.resident, made.site, source="resident", raw_coal="560")
    return made


def test_series_holds_the_latest_revision_of_each_day(scene: Scene) -> None:
    officer = actor(Role.CITY_OFFICER)
    with acting(officer), CaptureQueriesContext(connection) as queries:
        rows = series(officer, scene.site.pk, DAY - timedelta(days=30), DAY)
    assert len(queries) == 1
    assert [(r.period, r.revision, r.coal_t) for r in rows] == [
        (DAY - timedelta(days=1), 2, Decimal(510)),
        (DAY, 1, Decimal(500)),
    ]
    assert rows[1].output == 3000


def test_series_out_of_scope_is_empty_and_needs_the_verb(scene: Scene) -> None:
    for who in (actor(Role.CITY_OFFICER, region=LINYI), scene.resident, make_scene().reporter):
        with acting(who):
            assert series(who, scene.site.pk, DAY, DAY) == []
    with pytest.raises(NotPermitted):
        series(actor(Role.SYSTEM_ADMIN), scene.site.pk, DAY, DAY)


def test_latest_figures_say_source_unit_and_version(scene: Scene) -> None:
    officer = actor(Role.CITY_OFFICER)
    with acting(officer):
        ours, theirs = latest_figures(officer, scene.site.pk)
    assert (ours.source_text, theirs.source_text) == ("企业填报", "驻企监督员填报")
    assert ours.energy == "381.73\u00a0tce"
    assert ours.output == "3,000\u00a0吨"
    assert "GB/T 2589-2020" in ours.factor_version
    assert ours.received == "2026-11-23 09:30:00"
    with acting(scene.reporter):
        assert [r.source for r in latest_figures(scene.reporter, scene.site.pk)] == ["enterprise"]


def test_missing_names_sites_in_scope_that_did_not_report(scene: Scene) -> None:
    silent, closed = make_site(industry="cement"), make_site(industry="cement")
    Site.objects.filter(pk=closed.pk).update(status=Site.Status.CLOSED)
    elsewhere = make_site(region=LINYI, industry="cement")
    officer = actor(Role.CITY_OFFICER)
    with acting(officer), CaptureQueriesContext(connection) as queries:
        found = {row.site_id for row in missing(officer, DAY)}
    assert len(queries) == 1
    assert found == {silent.pk}
    with acting(PLATFORM):
        assert {row.site_id for row in missing(PLATFORM, DAY)} == {silent.pk, elsewhere.pk}
    with acting(scene.resident):
        assert missing(scene.resident, DAY) == []
        assert [r.site_id for r in missing(scene.resident, TODAY)] == [scene.site.pk]


@pytest.mark.clause("E1")
def test_facts_hold_every_revision_known_at_a_moment(scene: Scene) -> None:
    with acting(PLATFORM):
        rows = list(facts(actor=PLATFORM, after=None, until=NOW))
        earlier = list(facts(actor=PLATFORM, after=None, until=NOW - timedelta(seconds=1)))
        later = list(facts(actor=PLATFORM, after=NOW, until=NOW + timedelta(days=1)))
        assert count_facts(actor=PLATFORM, until=NOW) == len(rows)
    assert [(r["source"], r["day"], r["revision"]) for r in sorted(rows, key=_order)] == [
        ("enterprise", DAY - timedelta(days=1), 1),
        ("enterprise", DAY - timedelta(days=1), 2),
        ("enterprise", DAY, 1),
        ("resident", DAY, 1),
    ]
    assert earlier == later == []
    first = min(rows, key=_order)
    assert (first["industry"], first["product"], first["product_unit"]) == (
        "cement",
        "clinker",
        "t",
    )
    assert first["month"] == "2026-11"


def _order(row: Fact) -> tuple[str, date, int]:
    return row["source"], row["day"], row["revision"]


def test_facts_keep_the_contract_of_the_lake(scene: Scene) -> None:
    from hengjian.monitoring.facts import DAILY

    with acting(PLATFORM):
        row = next(facts(actor=PLATFORM, after=None, until=NOW))
    assert set(row) == {column.name for column in DAILY.columns}


def test_facts_are_for_the_platform_only(scene: Scene) -> None:
    for who in (actor(Role.DRC_LEAD), scene.reporter):
        with pytest.raises(NotPermitted):
            facts(actor=who, after=None, until=NOW)


def test_detail_shows_the_revisions_of_its_own_source_only(scene: Scene) -> None:
    report, _ = submit(scene.reporter, scene.site, raw_coal="501", reason="复核")
    with acting(scene.reporter):
        detail = report_detail(scene.reporter, report.pk)
    assert [(r.revision, r.current) for r in detail.revisions] == [(2, True), (1, False)]
    assert (detail.latest, detail.may_correct) == (True, True)
    first = detail.revisions[1].id
    with acting(scene.reporter):
        old = report_detail(scene.reporter, first)
    assert (old.latest, old.may_correct) == (False, False)
    with pytest.raises(NotVisible), acting(scene.resident):
        report_detail(scene.resident, first)


def test_missing_costs_one_query_for_five_and_fifty_sites() -> None:
    officer = actor(Role.CITY_OFFICER)
    counts = []
    for more in (5, 45):
        for _ in range(more):
            make_site(industry="cement")
        with acting(officer), CaptureQueriesContext(connection) as queries:
            found = missing(officer, DAY)
        counts.append((len(queries), len(found)))
    assert counts == [(1, 5), (1, 50)]


def test_facts_read_in_chunks_cost_the_same(scene: Scene) -> None:
    rows = [
        Delivery(uuid4(), scene.site.pk, DAY - timedelta(days=n), "meter", QUANTITIES)
        for n in range(50)
    ]
    counts = []
    with acting(PLATFORM):
        for batch in (rows[:5], rows[5:]):
            bulk_intake(actor=PLATFORM, rows=batch, now=NOW, today=TODAY)
            with CaptureQueriesContext(connection) as queries:
                found = list(facts(actor=PLATFORM, after=None, until=NOW))
            counts.append((len(queries), len(found)))
    assert counts == [(1, 9), (1, 54)]
