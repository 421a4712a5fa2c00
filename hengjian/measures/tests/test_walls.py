"""Both walls around reports: visible_to and row security agree, and nothing received can be changed."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from hengjian.kernel.access.actor import Actor, worker
from hengjian.kernel.access.declare import Role
from hengjian.kernel.errors import NotPermitted, NotVisible
from hengjian.measures.models import Draft, Report
from hengjian.measures.permissions import Source
from hengjian.measures.services.drafts import save_draft
from hengjian.measures.tests.scene import DAY, NOW, Scene, make_scene, submit
from hengjian.registry.models import Site
from tests.support.cast import LANSHAN, LINYI, actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    """One report of each source in Rizhao, and one of the enterprise in Linyi."""
    made, elsewhere = make_scene(), make_scene(region=LINYI)
    submit(made.reporter, made.site)
    submit(made.resident, made.site, source="resident")
    for source in set(Source) - {Source.ENTERPRISE, Source.RESIDENT}:
        submit(worker("test"), made.site, source=source)
    submit(elsewhere.reporter, elsewhere.site)
    return made


def seen(who: Actor) -> tuple[set[str], set[str]]:
    """Sources seen through visible_to alone (as loader), and through row security alone."""
    python = {r.source for r in Report.objects.visible_to(who)}
    with acting(who):
        database = {r.source for r in Report.objects.all()}
    return python, database


@pytest.mark.clause("E1")
@pytest.mark.clause("G2")
def test_each_side_sees_its_own_figures_and_officials_all_of_their_region(scene: Scene) -> None:
    every = {s.value for s in Source}
    reviewer = actor(Role.ENTERPRISE_REVIEWER, enterprises=[scene.site.enterprise_id])
    expected = [
        (scene.reporter, {"enterprise"}),
        (reviewer, {"enterprise"}),
        (scene.resident, {"resident"}),
        (actor(Role.CITY_OFFICER), every),
        (actor(Role.COUNTY_OFFICER), every),
        (actor(Role.DRC_LEAD), every),
        (actor(Role.OVERSIGHT), every),
        (actor(Role.COUNTY_OFFICER, region=LANSHAN), set()),
        (actor(Role.CITY_OFFICER, region=LINYI), {"enterprise"}),
        (worker("test"), every),
        (make_scene().reporter, set()),
    ]
    for who, sources in expected:
        assert seen(who) == (sources, sources), who.role


@pytest.mark.parametrize("role", [Role.EXPERT, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN])
def test_posts_without_a_grant_cannot_even_ask(scene: Scene, role: Role) -> None:
    who = actor(role)
    assert not Report.objects.visible_to(who).exists()
    with pytest.raises(DatabaseError, match="permission denied"), acting(who):
        Report.objects.count()


def test_without_row_security_everything_would_be_seen(scene: Scene) -> None:
    """Negative control: the loader passes row security, so the empty answers above are its doing."""
    assert Report.objects.count() == len(Source) + 1


def test_an_enterprise_cannot_write_what_it_may_not_vouch_for(scene: Scene) -> None:
    report = Report.objects.get(source="enterprise", site=scene.site)
    report.pk, report.source, report.period = make_scene().site.pk, "resident", DAY.replace(day=1)
    with pytest.raises(DatabaseError, match="row-level security"), acting(scene.reporter):
        report.save(force_insert=True)


@pytest.mark.clause("E1")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE measures_report SET energy_tce = 0",
        "UPDATE measures_report SET received_at = now()",
        "UPDATE measures_report SET quantities = '{\"a\": 1}'",
        "DELETE FROM measures_report",
        "TRUNCATE measures_report",
    ],
)
def test_nothing_received_is_changed_or_deleted(scene: Scene, statement: str) -> None:
    for who in (scene.reporter, actor(Role.DRC_LEAD), worker("test")):
        with pytest.raises(DatabaseError, match="permission denied"), acting(who):
            _execute(statement)
    # The loader holds UPDATE and DELETE and passes row security: the trigger alone stops it.
    with pytest.raises(DatabaseError), transaction.atomic():
        _execute(statement)
    assert Report.objects.filter(energy_tce__gt=0).count() == len(Source) + 1


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_reports_and_drafts_follow_the_region_of_their_site(scene: Scene) -> None:
    reporter = scene.reporter
    with acting(reporter):
        save_draft(actor=reporter, site_id=scene.site.pk, period=DAY, payload={"a": "1"}, now=NOW)
    Site.objects.filter(pk=scene.site.pk).update(region_id=LANSHAN)
    assert set(Report.objects.filter(site=scene.site).values_list("region_id", flat=True)) == {
        LANSHAN
    }
    assert Draft.objects.get().region_id == LANSHAN


def test_a_false_hash_is_refused_by_the_database(scene: Scene) -> None:
    report = Report.objects.get(source="enterprise", site=scene.site)
    report.pk, report.period, report.canon = make_scene().site.pk, DAY.replace(day=1), "changed"
    with pytest.raises(DatabaseError, match="sha256_of_canon"), transaction.atomic():
        report.save(force_insert=True)


def test_drafts_are_seen_by_their_own_side_only(scene: Scene) -> None:
    reporter, resident = scene.reporter, scene.resident
    for who in (reporter, resident):
        with acting(who):
            save_draft(actor=who, site_id=scene.site.pk, period=DAY, payload={"a": "1"}, now=NOW)
            save_draft(actor=who, site_id=scene.site.pk, period=DAY, payload={"a": "2"}, now=NOW)
    assert Draft.objects.count() == 2
    for who in (reporter, resident):
        assert Draft.objects.visible_to(who).get().account_id == who.account_id
        with acting(who):
            assert Draft.objects.get().payload == {"a": "2"}
    with pytest.raises(DatabaseError, match="permission denied"), acting(actor(Role.DRC_LEAD)):
        Draft.objects.count()


def test_drafts_of_other_sites_and_posts_are_refused(scene: Scene) -> None:
    other = make_scene()
    with pytest.raises(NotVisible), acting(other.reporter):
        save_draft(actor=other.reporter, site_id=scene.site.pk, period=DAY, payload={}, now=NOW)
    officer = actor(Role.CITY_OFFICER)
    with pytest.raises(NotPermitted), acting(officer):
        save_draft(actor=officer, site_id=scene.site.pk, period=DAY, payload={}, now=NOW)
