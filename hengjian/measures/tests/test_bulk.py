"""Many reports at once: the same rules, one entry."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from hengjian.kernel.access.actor import worker
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import NotPermitted, ValidationFailed
from hengjian.measures.models import Factor, Report
from hengjian.measures.services.bulk import Delivery, Loaded, bulk_intake
from hengjian.measures.services.intake import Stated
from hengjian.measures.tests.scene import DAY, NOW, QUANTITIES, TODAY, Scene, make_scene, submit
from hengjian.registry.tests.factories import make_site
from tests.support.roles import acting

pytestmark = pytest.mark.django_db
PLATFORM = worker("测试导入")


def load(rows: list[Delivery]) -> Loaded:
    with acting(PLATFORM):
        return bulk_intake(actor=PLATFORM, rows=rows, now=NOW, today=TODAY)


def delivery(
    site_id: UUID, *, back: int = 0, source: str = "enterprise", reason: str = "", **changed: str
) -> Delivery:
    quantities: Stated = {**QUANTITIES, **{code: (value, "") for code, value in changed.items()}}
    return Delivery(uuid4(), site_id, DAY - timedelta(days=back), source, quantities, reason)


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def test_a_batch_gives_the_rows_that_single_reports_give(scene: Scene) -> None:
    other = make_scene()
    report, _ = submit(other.reporter, other.site)
    load([delivery(scene.site.pk)])
    ours = {"id", "site_id", "enterprise_id", "enterprise_sees", "canon", "sha256"} | {
        "reporter_account", "reporter_name", "reporter_post",
    }  # fmt: skip
    single, bulk = (Report.objects.filter(site=s).values().get() for s in (report.site, scene.site))
    assert {k: v for k, v in single.items() if k not in ours} == {
        k: v for k, v in bulk.items() if k not in ours
    }
    assert bulk["enterprise_sees"] == scene.site.enterprise_id


def test_revisions_inside_a_batch_and_one_entry_with_its_hash(scene: Scene) -> None:
    early = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)
    rows = [
        delivery(scene.site.pk, back=100),
        delivery(scene.site.pk, back=100, source="meter"),
        delivery(scene.site.pk, back=100, raw_coal="501", reason="复核"),
    ]
    rows[0] = Delivery(
        rows[0].report_id,
        scene.site.pk,
        rows[0].period,
        "enterprise",
        QUANTITIES,
        received_at=early,
    )
    loaded = load(rows)
    assert (loaded.created, loaded.replayed) == (3, 0)
    assert list(
        Report.objects.filter(source="enterprise")
        .order_by("revision")
        .values_list("revision", "coal_t")
    ) == [(1, Decimal(500)), (2, Decimal(501))]
    assert Report.objects.get(id=rows[0].report_id).received_at == early
    entry = Entry.objects.get(verb="measures.report.load")
    assert loaded.sha256 in entry.canon


def test_the_same_batch_twice_changes_nothing(scene: Scene) -> None:
    rows = [delivery(scene.site.pk, back=n) for n in range(3)]
    first = load(rows)
    again = load(rows)
    assert (again.created, again.replayed, again.sha256) == (0, 3, first.sha256)
    assert Report.objects.count() == 3
    assert Entry.objects.filter(verb="measures.report.load").count() == 1


def test_one_fault_stores_nothing_and_is_named_by_row(scene: Scene) -> None:
    rows = [
        delivery(scene.site.pk),
        delivery(scene.site.pk),  # second report of the day without a reason
        delivery(scene.site.pk, back=1, raw_coal="x"),
        delivery(scene.site.pk, back=-2),
        delivery(uuid4()),
        delivery(scene.site.pk, back=3, source="rumour"),
    ]
    with pytest.raises(ValidationFailed) as failed:
        load(rows)
    assert [(e.row, e.field) for e in failed.value.errors] == [
        (2, "report"), (3, "quantities.raw_coal"), (4, "period"), (5, "site_id"), (6, "source"),
    ]  # fmt: skip
    assert not Report.objects.exists()


def test_only_the_platform_loads(scene: Scene) -> None:
    reporter = scene.reporter
    with pytest.raises(NotPermitted), acting(reporter):
        bulk_intake(actor=reporter, rows=[delivery(scene.site.pk)], now=NOW, today=TODAY)


def test_sixty_sites_and_sixty_days_load_in_seconds() -> None:
    """The demo's size. The bar is wide: this machine has two cores and may be shared."""
    sites = [make_site(industry="cement") for _ in range(60)]
    rows = [delivery(site.pk, back=n) for site in sites for n in range(60)]
    begun = time.perf_counter()
    loaded = load(rows)
    seconds = time.perf_counter() - begun
    assert loaded.created == 3600
    assert seconds < 15


@pytest.mark.clause("G2")
def test_each_day_is_converted_with_the_factors_of_that_day(scene: Scene) -> None:
    """100 x 10^4 kWh: primary 305 tce and 641 t CO2 in June 2022, 300 tce and 619.1 t from 2023."""
    quantities = {
        "clinker_output": ("0", ""),
        "cement_output": ("1", ""),
        "electricity_purchased": ("100", ""),
    }
    for day in (date(2022, 6, 30), date(2026, 6, 30)):
        load([Delivery(uuid4(), scene.site.pk, day, "enterprise", quantities)])
    found = Report.objects.order_by("period").values_list("energy_tce_primary", "co2_t")
    assert list(found) == [
        (Decimal(305), Decimal(641)),
        (Decimal(300), Decimal("619.1")),
    ]


@pytest.mark.clause("G2")
@pytest.mark.clause("E1")
def test_a_later_factor_changes_no_figure_already_received(scene: Scene) -> None:
    load([delivery(scene.site.pk, back=1)])
    former = Report.objects.values("energy_tce", "conversion", "factor_version").get()
    coal = Factor.objects.get(subject="raw_coal", figure="calorific")
    Factor.objects.filter(pk=coal.pk).update(value=Decimal("0.8"))
    load([delivery(scene.site.pk)])
    assert (
        Report.objects.values("energy_tce", "conversion", "factor_version").get(
            period=DAY - timedelta(days=1)
        )
        == former
    )
    assert Report.objects.get(period=DAY).energy_tce == former["energy_tce"] + 500 * (
        Decimal("0.8") - coal.value
    )
