"""Rows for the rules: owed days with what excuses them, monthly figures."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from hengjian.kernel.access.actor import worker
from hengjian.kernel.access.declare import Role
from hengjian.kernel.errors import NotPermitted
from hengjian.measures.models import Report
from hengjian.measures.selectors.rule_rows import due_rows, month_rows
from hengjian.measures.services.intake import Remarks
from hengjian.measures.services.submission import submit_report
from hengjian.measures.tests.owing import make_obligation
from hengjian.measures.tests.scene import DAY, NOW, TODAY, make_scene, submit
from tests.support.cast import actor
from tests.support.roles import acting

pytestmark = [pytest.mark.django_db, pytest.mark.clause("E1")]
PLATFORM = worker("test")
FIRST = DAY - timedelta(days=5)
ZERO = dict.fromkeys(
    ("clinker_output", "cement_output", "raw_coal", "electricity_purchased"), ("0", "")
)


def due(first: date = FIRST, last: date = DAY) -> dict[date, tuple[str, bool]]:
    with acting(PLATFORM):
        rows = list(due_rows(actor=PLATFORM, first=first, last=last, as_of=NOW))
    assert all(row["due_at"].date() > row["day"] for row in rows)
    return {row["day"]: (row["product"], row["excused"]) for row in rows}


def test_days_of_the_list_are_owed() -> None:
    scene = make_scene()
    make_obligation(scene.site, start=FIRST + timedelta(days=2))
    make_obligation(scene.site, form="month_energy")
    make_obligation(scene.site, source="resident")
    submit(scene.reporter, scene.site)
    days = due()
    assert sorted(days) == [FIRST + timedelta(days=n) for n in range(2, 6)]
    assert {excused for _, excused in days.values()} == {False}
    (product,) = {product for product, _ in days.values()}
    assert product == Report.objects.get().product


def test_a_stop_excuses_until_its_end_or_the_next_report() -> None:
    scene = make_scene()
    make_obligation(scene.site)
    with acting(scene.reporter):
        submit_report(
            actor=scene.reporter,
            report_id=uuid4(),
            site_id=scene.site.pk,
            form="daily",
            period=FIRST,
            source="enterprise",
            quantities=ZERO,
            reason="",
            remarks=Remarks("maintenance", FIRST + timedelta(days=3)),
            now=NOW,
            today=TODAY,
        )

    def excused() -> list[int]:
        return [(day - FIRST).days for day, (_, free) in due().items() if free]

    assert excused() == [1, 2, 3]
    submit(scene.reporter, scene.site, period=FIRST + timedelta(days=2))
    assert excused() == [1]


def test_only_the_platform_reads_them() -> None:
    with pytest.raises(NotPermitted):
        list(due_rows(actor=actor(Role.CITY_OFFICER), first=FIRST, last=DAY, as_of=NOW))


def test_months_that_end_within_the_days() -> None:
    scene = make_scene()
    report, _ = submit(scene.reporter, scene.site, form="month_energy", period=date(2026, 10, 1))
    with acting(PLATFORM):
        rows = list(month_rows(actor=PLATFORM, first=date(2026, 10, 31), last=DAY, as_of=NOW))
        late = list(month_rows(actor=PLATFORM, first=date(2026, 11, 1), last=DAY, as_of=NOW))
    assert late == []
    (row,) = rows
    assert (row["first"], row["last"]) == (date(2026, 10, 1), date(2026, 10, 31))
    assert (row["report_id"], row["coal_t"], row["electricity"]) == (
        str(report.pk), Decimal(500), Decimal(20),
    )  # fmt: skip
