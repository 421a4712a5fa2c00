"""Taking in one report: what is stored, repeated, corrected and refused."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from hengjian.kernel.access.actor import worker
from hengjian.kernel.access.declare import Role
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import (
    Conflict,
    NotPermitted,
    NotVisible,
    TooEarlyOrLate,
    ValidationFailed,
)
from hengjian.measures.models import Draft, Report
from hengjian.measures.services.drafts import save_draft
from hengjian.measures.services.submission import Outcome
from hengjian.measures.tests.scene import (
    CO2,
    COAL,
    DAY,
    ENERGY,
    NOW,
    PRIMARY,
    TODAY,
    Scene,
    make_scene,
    submit,
)
from tests.support.cast import LINYI, actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.mark.clause("G2")
@pytest.mark.clause("E1")
def test_a_report_is_converted_receipted_and_audited(scene: Scene) -> None:
    report, outcome = submit(scene.reporter, scene.site)
    stored = Report.objects.get()
    assert outcome is Outcome.CREATED
    assert stored.pk == report.pk
    assert (stored.energy_tce, stored.energy_tce_primary, stored.coal_t, stored.co2_t) == tuple(
        Decimal(figure) for figure in (ENERGY, PRIMARY, COAL, CO2)
    )
    assert (stored.product, stored.output, stored.output_unit) == ("clinker", Decimal(3000), "t")
    assert stored.quantities["clinker_output"] == {"value": "3000", "unit": "t"}
    assert stored.quantities["electricity_purchased"] == {"value": "200000", "unit": "kWh"}
    assert "water" not in stored.quantities
    assert stored.sha256 == hashlib.sha256(stored.canon.encode()).hexdigest()
    assert "GB/T 2589-2020" in stored.factor_version
    assert (stored.received_at, stored.revision, stored.zero_report) == (NOW, 1, False)
    assert stored.reporter_account == scene.reporter_account.pk
    assert stored.region_id == scene.site.region_id
    entry = Entry.objects.get(verb="measures.report.submit")
    assert entry.subject == f"measures.report:{report.pk}"
    assert json.loads(entry.canon)["data"]["sha256"] == stored.sha256
    assert entry.region == scene.site.region_id


def test_every_line_of_the_conversion_is_kept_and_adds_up(scene: Scene) -> None:
    report, _ = submit(scene.reporter, scene.site)
    lines = Report.objects.get(pk=report.pk).conversion
    assert sum(Decimal(line["tce"]) for line in lines) == Decimal(ENERGY)
    assert sum(Decimal(line["co2"]) for line in lines) == Decimal(CO2)
    coal = next(line for line in lines if line["item"] == "raw_coal")
    assert coal["formulas"][0] == "500 t × 0.7143 tce/t = 357.15 tce"


def test_the_same_report_twice_is_one_report_and_one_audit_entry(scene: Scene) -> None:
    report_id = uuid4()
    first, _ = submit(scene.reporter, scene.site, report_id=report_id)
    again, outcome = submit(scene.reporter, scene.site, report_id=report_id, raw_coal="５００.0")
    assert outcome is Outcome.REPLAYED
    assert (again.pk, again.sha256) == (first.pk, first.sha256)
    assert Report.objects.count() == 1
    assert Entry.objects.filter(subject=f"measures.report:{report_id}").count() == 1


def test_the_same_id_with_other_content_is_a_conflict(scene: Scene) -> None:
    report_id = uuid4()
    submit(scene.reporter, scene.site, report_id=report_id)
    with pytest.raises(Conflict, match="内容不同"):
        submit(scene.reporter, scene.site, report_id=report_id, raw_coal="501")
    with pytest.raises(Conflict, match="内容不同"):
        submit(scene.reporter, scene.site, report_id=report_id, period=DAY - timedelta(days=1))
    assert Report.objects.count() == 1


def test_an_id_used_by_somebody_unseen_is_a_conflict(scene: Scene) -> None:
    report_id = uuid4()
    submit(scene.reporter, scene.site, report_id=report_id)
    other = make_scene()
    with pytest.raises(Conflict, match="已被使用"):
        submit(other.reporter, other.site, report_id=report_id)
    with pytest.raises(Conflict, match="已被使用"):
        submit(scene.resident, scene.site, report_id=report_id, source="resident")
    assert Report.objects.count() == 1


@pytest.mark.clause("E1")
def test_a_correction_is_the_next_revision_and_keeps_the_first(scene: Scene) -> None:
    submit(scene.reporter, scene.site)
    with pytest.raises(Conflict, match="更正"):
        submit(scene.reporter, scene.site, raw_coal="510")
    with pytest.raises(ValidationFailed):  # nothing changes
        submit(scene.reporter, scene.site, reason="抄表错误")
    second, _ = submit(scene.reporter, scene.site, raw_coal="510", reason=" 抄表错误 ")
    rows = list(Report.objects.order_by("revision").values_list("revision", "reason", "coal_t"))
    assert rows == [(1, "", Decimal(500)), (2, "抄表错误", Decimal(510))]
    entry = Entry.objects.get(verb="measures.report.correct")
    assert (entry.subject, entry.reason) == (f"measures.report:{second.pk}", "抄表错误")


def test_a_reason_without_an_earlier_report_is_refused(scene: Scene) -> None:
    with pytest.raises(ValidationFailed) as failed:
        submit(scene.reporter, scene.site, reason="更正")
    assert [e.field for e in failed.value.errors] == ["reason"]


def test_enterprise_and_resident_report_the_same_day_independently(scene: Scene) -> None:
    submit(scene.reporter, scene.site)
    submit(scene.resident, scene.site, source="resident", raw_coal="560")
    assert {(r.source, r.revision) for r in Report.objects.all()} == {
        ("enterprise", 1),
        ("resident", 1),
    }


ACCEPTED = 367  # due the day after, a year of grace: data/deadlines.csv


@pytest.mark.parametrize("days", [1, 400])
def test_wrong_days_are_refused(scene: Scene, days: int) -> None:
    with pytest.raises(TooEarlyOrLate):
        submit(scene.reporter, scene.site, period=TODAY + timedelta(days=days))
    with pytest.raises(TooEarlyOrLate):
        submit(scene.reporter, scene.site, period=TODAY - timedelta(days=ACCEPTED + days))
    assert not Report.objects.exists()


def test_the_bounds_of_the_days_are_taken(scene: Scene) -> None:
    for day in (TODAY, TODAY - timedelta(days=ACCEPTED)):
        submit(scene.reporter, scene.site, period=day)
    assert Report.objects.count() == 2


def test_a_repetition_is_answered_even_when_the_day_has_become_too_old(scene: Scene) -> None:
    from hengjian.measures.services.submission import submit_report
    from hengjian.measures.tests.scene import QUANTITIES

    report_id = uuid4()
    submit(scene.reporter, scene.site, report_id=report_id)
    reporter = scene.reporter
    with acting(reporter):
        _, outcome = submit_report(
            actor=reporter, report_id=report_id, site_id=scene.site.pk, form="daily", period=DAY,
            source="enterprise", quantities=QUANTITIES, reason="", now=NOW, today=date(2027, 6, 1),
        )  # fmt: skip
    assert outcome is Outcome.REPLAYED


@pytest.mark.parametrize(
    ("changed", "field", "cause"),
    [
        ({"raw_coal": "-1"}, "quantities.raw_coal", "不能小于"),
        ({"raw_coal": "5万"}, "quantities.raw_coal", "不要写“万”"),
        ({"raw_coal": "99999999"}, "quantities.raw_coal", "请核对单位"),
        ({"coke_output": "1"}, "quantities.coke_output", "没有这一项"),
        ({"gold": "1"}, "quantities.gold", "没有这一项"),
        ({"cement_output": " "}, "quantities.cement_output", "必填"),
        ({"raw_coal_ncv": "0"}, "quantities.raw_coal_ncv", "不能小于"),
    ],
)
def test_faults_name_their_field(
    scene: Scene, changed: dict[str, Any], field: str, cause: str
) -> None:
    with pytest.raises(ValidationFailed) as failed:
        submit(scene.reporter, scene.site, **changed)
    (fault,) = failed.value.errors
    assert fault.field == field
    assert cause in fault.message
    assert not Report.objects.exists()


def test_the_range_is_judged_in_the_unit_of_the_form(scene: Scene) -> None:
    from hengjian.measures.tests.scene import QUANTITIES

    too_much = {**QUANTITIES, "electricity_purchased": ("5001", "1e4kWh")}
    with pytest.raises(ValidationFailed, match="有误"):
        submit(scene.reporter, scene.site, quantities=too_much)
    wrong_kind = {**QUANTITIES, "electricity_purchased": ("5", "t")}
    with pytest.raises(ValidationFailed, match="有误"):
        submit(scene.reporter, scene.site, quantities=wrong_kind)
    fits = {**QUANTITIES, "electricity_purchased": ("49000000", "kWh")}
    submit(scene.reporter, scene.site, quantities=fits)
    assert Report.objects.get().energy_tce > 6000


def test_all_faults_are_named_at_once(scene: Scene) -> None:
    with pytest.raises(ValidationFailed) as failed:
        submit(scene.reporter, scene.site, quantities={"raw_coal": ("x", ""), "diesel": ("y", "")})
    assert {e.field for e in failed.value.errors} == {
        "quantities.raw_coal", "quantities.diesel", "quantities.clinker_output",
        "quantities.cement_output", "quantities.electricity_purchased",
    }  # fmt: skip


def test_a_stopped_works_reports_zero(scene: Scene) -> None:
    zeros = dict.fromkeys(("clinker_output", "cement_output", "electricity_purchased"), ("0", ""))
    report, _ = submit(scene.reporter, scene.site, quantities=zeros)
    assert report.zero_report
    assert report.energy_tce == 0
    assert report.output == 0


def test_a_report_ends_the_draft(scene: Scene) -> None:
    reporter = scene.reporter
    with acting(reporter):
        save_draft(
            actor=reporter, site_id=scene.site.pk, period=DAY, payload={"raw_coal": "1"}, now=NOW
        )
    assert Draft.objects.count() == 1
    submit(reporter, scene.site)
    assert not Draft.objects.exists()


def test_wrong_posts_are_refused(scene: Scene) -> None:
    enterprise = [scene.site.enterprise_id]
    for who in (
        actor(Role.ENTERPRISE_REVIEWER, enterprises=enterprise),
        actor(Role.CITY_OFFICER),
        actor(Role.DRC_LEAD),
        actor(Role.OVERSIGHT),
    ):
        with pytest.raises(NotPermitted):
            submit(who, scene.site)
    assert not Report.objects.exists()


@pytest.mark.parametrize("source", ["resident", "meter", "grid", "team", "statistics"])
def test_nobody_reports_for_another_source(scene: Scene, source: str) -> None:
    with pytest.raises(NotPermitted):
        submit(scene.reporter, scene.site, source=source)
    with pytest.raises(ValidationFailed):
        submit(scene.reporter, scene.site, source="rumour")


def test_another_enterprise_and_another_city_are_not_there(scene: Scene) -> None:
    neighbour, elsewhere = make_scene(), make_scene(region=LINYI)
    for other in (neighbour, elsewhere):
        with pytest.raises(NotVisible):
            submit(other.reporter, scene.site)
        with pytest.raises(NotVisible):
            submit(other.resident, scene.site, source="resident")
    assert not Report.objects.exists()


def test_the_platform_takes_over_meter_readings(scene: Scene) -> None:
    report, _ = submit(worker("测试"), scene.site, source="meter")
    assert (report.reporter_account, report.reporter_name) == (None, "测试")


def test_statistics_are_marked_as_no_basis_of_a_penalty(scene: Scene) -> None:
    report, _ = submit(worker("测试"), scene.site, source="statistics")
    assert "不得作为行政处罚依据" in report.permitted_use
