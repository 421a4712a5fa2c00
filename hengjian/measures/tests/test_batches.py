"""Batches of systems and officials: idempotent, whole or partial, nothing lost; the database bounds them too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from django.db import Error, connection, transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.senders import Reach
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import Conflict, NotPermitted, TransitionNotAllowed, ValidationFailed
from hengjian.measures.models import Batch, Obligation, RefusedRow, Report
from hengjian.measures.permissions import Source
from hengjian.measures.rules.batch_table import RawRow
from hengjian.measures.services.batches import Accepted, Parcel, take_batch
from hengjian.measures.services.delivering import deliver_report
from hengjian.measures.services.taking import Delivery
from hengjian.measures.tests.scene import DAY, NOW, QUANTITIES, TODAY, Scene, make_scene, submit
from hengjian.measures.tests.senders import System, make_system
from tests.support.cast import LANSHAN_LINYI, RIZHAO, actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db


def row(
    number: int, site: object, period: str = "2026-11-22", value: str = "20", **more: Any
) -> RawRow:
    quantities = more.pop("quantities", {"electricity_purchased": (value, "")})
    return RawRow(number, str(site), period, quantities, raw={"n": number, "value": value}, **more)


def send(who: Actor, rows: Sequence[RawRow], **more: Any) -> Accepted:
    given = {"batch_id": uuid4(), "source": "grid", "channel": "json", "sha256": "a" * 64, **more}
    with acting(who):
        return take_batch(actor=who, parcel=Parcel(rows=rows, **given), now=NOW, today=TODAY)


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def grid(scene: Scene) -> System:
    return make_system(Reach(regions=(RIZHAO,)))


def test_a_batch_is_taken_in_with_a_receipt_and_one_entry(scene: Scene, grid: System) -> None:
    rows = [row(n, scene.site.pk, f"2026-11-{n:02}") for n in range(1, 21)]
    accepted = send(grid.actor, rows)
    batch = Batch.objects.get()
    assert (batch.rows, batch.created, batch.replayed, batch.refused) == (20, 20, 0, 0)
    assert (batch.account_id, batch.sender_name) == (grid.sender.pk, "测试供电公司")
    assert accepted.batch.reports_sha256 == batch.reports_sha256
    report = Report.objects.get(period="2026-11-05")
    assert (report.source, report.reporter_account) == ("grid", grid.sender.pk)
    assert report.quantities == {"electricity_purchased": {"value": "20", "unit": "1e4kWh"}}
    entry = Entry.objects.get(verb="measures.batch.deliver")
    assert entry.actor_name == "测试供电公司"
    assert batch.reports_sha256 in entry.canon


def test_the_same_batch_again_is_a_replay_and_other_bytes_a_conflict(
    scene: Scene, grid: System
) -> None:
    batch_id, rows = uuid4(), [row(1, scene.site.pk)]
    first = send(grid.actor, rows, batch_id=batch_id)
    again = send(grid.actor, rows, batch_id=batch_id)
    assert (again.repeated, again.batch) == (True, first.batch)
    with pytest.raises(Conflict, match="另一批内容"):
        send(grid.actor, rows, batch_id=batch_id, sha256="b" * 64)
    other = make_system(Reach(regions=(RIZHAO,)), name="另一系统")
    with pytest.raises(Conflict, match="已被使用"):
        send(other.actor, [row(1, scene.site.pk, "2026-11-01")], batch_id=batch_id)
    assert (Batch.objects.count(), Report.objects.count()) == (1, 1)


BAD: dict[str, Any] = {
    "unknown site": {"site": "00000000-0000-4000-8000-000000000000"},
    "no day": {"period": "2026-13-40"},
    "tomorrow": {"period": "2026-11-25"},
    "no number": {"value": "二十"},
    "scientific": {"value": "2e1"},
    "not an item": {"quantities": {"gold": ("1", "")}},
    "wrong unit": {"quantities": {"electricity_purchased": ("1", "吨")}},
    "nothing": {"quantities": {}},
    "bad id": {"report_id": "x"},
    "long reason": {"reason": "长" * 501},
    "reason without a report": {"reason": "更正"},
    "nul": {"reason": "a\x00b"},
}  # fmt: skip
FIELD = {
    "unknown site": "site", "no day": "period", "tomorrow": "period", "bad id": "report_id",
    "no number": "quantities.electricity_purchased", "scientific": "quantities.electricity_purchased",
    "wrong unit": "quantities.electricity_purchased", "not an item": "quantities.gold",
    "nothing": "quantities", "long reason": "reason", "reason without a report": "reason", "nul": "reason",
}  # fmt: skip


@pytest.mark.parametrize("fault", list(BAD))
def test_a_bad_row_is_named_by_field_and_nothing_is_stored(
    scene: Scene, grid: System, fault: str
) -> None:
    bad = row(2, **{"site": scene.site.pk, "period": "2026-11-21", **BAD[fault]})
    with pytest.raises(ValidationFailed) as failed:
        send(grid.actor, [row(1, scene.site.pk), bad])
    assert [(e.row, e.field) for e in failed.value.errors] == [(2, FIELD[fault])]
    assert failed.value.errors[0].message
    assert not Report.objects.exists()
    assert not Batch.objects.exists()


@pytest.mark.parametrize("fault", list(BAD))
def test_partial_keeps_the_good_rows_and_the_bad_ones_word_for_word(
    scene: Scene, grid: System, fault: str
) -> None:
    bad = row(2, **{"site": scene.site.pk, "period": "2026-11-21", **BAD[fault]})
    batch_id, rows = uuid4(), [row(1, scene.site.pk), bad]
    accepted = send(grid.actor, rows, partial=True, batch_id=batch_id)
    assert (accepted.batch.created, accepted.batch.refused) == (1, 1)
    kept = RefusedRow.objects.get()
    assert kept.number == 2
    assert kept.text.startswith('{"n": 2')
    assert [fault["field"] for fault in kept.faults] == [FIELD[fault]]
    again = send(grid.actor, rows, partial=True, batch_id=batch_id)
    assert [(e.row, e.field) for e in again.errors] == [(2, FIELD[fault])]


def test_rows_of_the_same_site_and_day_are_refused_and_both_named(
    scene: Scene, grid: System
) -> None:
    with pytest.raises(ValidationFailed) as failed:
        send(grid.actor, [row(1, scene.site.pk), row(7, scene.site.name)])
    assert [(e.row, e.data) for e in failed.value.errors] == [(7, {"row": 1})]


def test_a_site_out_of_reach_is_answered_as_one_that_never_was(grid: System) -> None:
    elsewhere = make_scene(region=LANSHAN_LINYI)
    faults = []
    for site in (elsewhere.site.pk, elsewhere.site.name, uuid4(), "没有这家"):
        with pytest.raises(ValidationFailed) as failed:
            send(grid.actor, [row(1, site)])
        faults.append([(e.field, e.message, e.data) for e in failed.value.errors])
    assert all(fault == faults[0] for fault in faults)


@pytest.mark.parametrize("kind", ["enterprise", "sites", "regions"])
def test_each_kind_of_reach(scene: Scene, kind: str) -> None:
    reach = {
        "enterprise": Reach(enterprise=scene.site.enterprise_id),
        "sites": Reach(sites=(scene.site.pk,)),
        "regions": Reach(regions=(scene.site.region_id,)),
    }[kind]
    system, other = make_system(reach, ("meter",)), make_scene()
    if kind == "regions":
        other = make_scene(region=371103)
    assert send(system.actor, [row(1, scene.site.pk)], source="meter").batch.created == 1
    with pytest.raises(ValidationFailed) as failed:
        send(system.actor, [row(1, other.site.pk)], source="meter")
    assert failed.value.errors[0].field == "site"


def test_a_foreign_source_is_refused_and_so_is_an_official_reporting_for_a_firm(
    scene: Scene, grid: System
) -> None:
    with pytest.raises(NotPermitted):
        send(grid.actor, [row(1, scene.site.pk)], source="tax")
    officer = actor(Role.CITY_OFFICER)
    with pytest.raises(NotPermitted):
        send(officer, [row(1, scene.site.pk)], source="enterprise")
    assert send(officer, [row(1, scene.site.pk)], source="tax").batch.region_id == RIZHAO
    with pytest.raises(NotPermitted):
        send(scene.reporter, [row(1, scene.site.pk)], source="enterprise")


def test_another_senders_day_is_not_overwritten(scene: Scene, grid: System) -> None:
    send(grid.actor, [row(1, scene.site.pk)])
    successor = make_system(Reach(regions=(RIZHAO,)), name="后来的系统")
    rows = [row(1, scene.site.pk, value="21"), row(2, scene.site.pk, "2026-11-21")]
    with pytest.raises(ValidationFailed) as failed:
        send(successor.actor, rows)
    assert [(e.row, e.field) for e in failed.value.errors] == [(1, "report")]
    assert send(successor.actor, rows, partial=True).batch.created == 1
    assert Report.objects.get(period=DAY).reporter_account == grid.sender.pk


def test_an_enterprises_system_meets_the_rules_of_its_reporter(scene: Scene) -> None:
    system = make_system(Reach(enterprise=scene.site.enterprise_id), ("enterprise",))
    with pytest.raises(ValidationFailed) as failed:
        send(system.actor, [row(1, scene.site.pk)], source="enterprise")
    assert {e.field for e in failed.value.errors} == {
        "quantities.clinker_output",
        "quantities.cement_output",
    }
    submit(scene.reporter, scene.site)
    with pytest.raises(ValidationFailed) as held:
        send(system.actor, [row(1, scene.site.pk, quantities=QUANTITIES)], source="enterprise")
    assert held.value.errors[0].field == "report"
    Obligation.objects.create(
        site=scene.site, region_id=scene.site.region_id, enterprise_id=scene.site.enterprise_id,
        form="daily", source="enterprise", valid_from=TODAY.replace(month=1), needs_review=True, origin="official",
        basis="测试", made_name="测试", made_at=NOW,
    )  # fmt: skip
    with pytest.raises(TransitionNotAllowed, match="审核"), acting(system.actor):
        deliver_report(
            actor=system.actor,
            row=Delivery(uuid4(), scene.site.pk, DAY.replace(day=21), "enterprise", QUANTITIES),
            device_time=None, now=NOW, today=TODAY,
        )  # fmt: skip


# --- the second wall, asked in SQL ----------------------------------------------------------------------------------


def copy_of(report: Report, **changed: object) -> dict[str, object]:
    fields = {
        f.column: getattr(report, f.attname) for f in Report._meta.concrete_fields
        if f.column not in {"enterprise_sees", "resident_sees"}
    }  # fmt: skip
    return {**fields, "id": uuid4(), "period": "2026-11-01", **changed}


def insert(who: Actor, values: dict[str, object]) -> None:
    import json

    columns = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join("%s" for _ in values)
    given: list[Any] = [json.dumps(v) if isinstance(v, dict | list) else v for v in values.values()]
    with transaction.atomic(), acting(who), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO measures_report ({columns}) VALUES ({marks})", given)


def test_the_database_itself_bounds_what_a_sender_inserts(scene: Scene, grid: System) -> None:
    send(grid.actor, [row(1, scene.site.pk)])
    mine, elsewhere = Report.objects.get(), make_scene(region=LANSHAN_LINYI).site
    insert(grid.actor, copy_of(mine))  # the control
    foreign = {
        "site_id": elsewhere.pk,
        "region_id": elsewhere.region_id,
        "enterprise_id": elsewhere.enterprise_id,
    }
    for changed in (
        foreign,
        {"source": "tax"},
        {"reporter_account": 1},
        {"reporter_account": None},
    ):
        with pytest.raises(Error, match="row-level security"):
            insert(grid.actor, copy_of(mine, period="2026-11-02", **changed))


def test_a_sender_reads_its_own_alone(scene: Scene, grid: System) -> None:
    send(grid.actor, [row(1, scene.site.pk)])
    submit(scene.reporter, scene.site)
    other = make_system(Reach(regions=(RIZHAO,)), ("grid", "enterprise"), name="另一系统")
    tables = ("measures_report", "measures_batch", "registry_site")
    for who, wanted in ((grid.actor, [1, 1, 1]), (other.actor, [0, 0, 1])):
        with acting(who), connection.cursor() as cursor:
            counts = []
            for table in tables:
                cursor.execute(f"SELECT count(*) FROM {table}")
                counts.append(cursor.fetchone()[0])
        assert counts == wanted
        with acting(who):
            assert [m.objects.visible_to(who).count() for m in (Report, Batch)] == wanted[:2]


def test_a_batch_and_its_refused_rows_never_change(scene: Scene, grid: System) -> None:
    send(grid.actor, [row(1, scene.site.pk), row(2, "没有")], partial=True)
    for model in (RefusedRow, Batch):
        with pytest.raises(Error, match="Cannot update or delete"), transaction.atomic():
            model.objects.all()._raw_delete("default")  # the database's answer, not Django's
        with pytest.raises(Error, match="Cannot update or delete"), transaction.atomic():
            model.objects.update(region_id=RIZHAO)


def test_sources_of_the_code_and_of_the_guard_agree() -> None:
    """The trigger of migration 0006 lists what officials take over."""
    from hengjian.measures.permissions import TAKEN_OVER

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'measures_report_by_approval'"
        )
        text = cursor.fetchone()[0]
    assert {s for s in Source if f"'{s.value}'" in text} == TAKEN_OVER
