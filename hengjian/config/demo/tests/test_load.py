"""The whole demo in a database, loaded as ``hengjian demo`` does; once for the module, rolled back after it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.test import override_settings

from hengjian.config.demo.load import PLATFORM, load_demo
from hengjian.config.demo.plan import firms, plants
from hengjian.config.demo.reports import DAYS, sources
from hengjian.config.demo.sites import present_sites
from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.models import Account, Duty
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.people.models import Post, Term
from hengjian.measures.models import Report
from hengjian.monitoring.detectors import panel_detectors
from hengjian.monitoring.models import Alert, Score, Verdict
from hengjian.registry.models import Enterprise, EnterpriseName, Line, Meter, Project, Site
from tests.support.roles import as_loader_now

TODAY = date(2026, 11, 23)
RIZHAO = range(371100, 371200)


@dataclass
class Loaded:
    """What the load said and where it wrote."""

    folder: Path
    counts: dict[str, int]
    said: list[str]
    sites: dict[str, UUID]


@pytest.fixture(scope="module")
def demo(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("demo")
    here = override_settings(DATA_DIR=folder, LAKE_DIR=folder / "lake")
    with django_db_blocker.unblock(), here, transaction.atomic():
        said: list[str] = []
        counts = load_demo(TODAY, said.append)
        as_loader_now()
        yield Loaded(folder, counts, said, dict(present_sites()))
        transaction.set_rollback(True)


@pytest.fixture
def again(demo: Loaded) -> Iterator[Loaded]:
    """The demo, with what the test adds taken back."""
    with transaction.atomic():
        yield demo
        transaction.set_rollback(True)
    as_loader_now()


def test_sites_stand_in_the_registry_as_planned(demo: Loaded) -> None:
    assert demo.counts["sites"] == Site.objects.count() == 60
    assert not Site.objects.filter(is_demo=False).exists()
    assert Site.objects.filter(region_confirmed_at=None).count() == 3
    for key, pk in demo.sites.items():
        site = Site.objects.get(pk=pk)
        assert site.region_id == site.proposed_region_id == plants()[key].county
    assert Enterprise.objects.filter(credit_code=None).count() == 0
    assert set(EnterpriseName.objects.values_list("kind", flat=True)) == {"former", "alias"}
    assert Line.objects.filter(capacity=None).count() == 0
    assert Project.objects.count() == 2
    year_ago = TODAY - timedelta(days=366)
    overdue = Meter.objects.filter(verified_on__lt=year_ago).count()
    assert 5 < overdue < Meter.objects.count() / 4


def test_every_role_has_an_account_that_opens_with_the_demo_password(demo: Loaded) -> None:
    roles = set(Duty.objects.filter(account__is_demo=True).values_list("role", flat=True))
    assert roles == {role.value for role in Role} - {Role.SENDER.value}  # a system has a key
    assert not Account.objects.filter(is_demo=True, must_change_password=True).exists()
    written = json.loads((demo.folder / "accounts.json").read_text("utf-8"))
    assert {one["username"] for one in written} == set(
        Account.objects.values_list("username", flat=True)
    )
    reporter = Account.objects.get(username="reporter")
    assert check_password(settings.DEMO_PASSWORD, reporter.password)
    assert not check_password("wrong", reporter.password)
    site = Site.objects.get(pk=demo.sites["licheng-coke"])
    assert reporter.duties.get().reaches.get().enterprise == site.enterprise_id
    resident = Account.objects.get(username="resident")
    assert resident.duties.get().reaches.get().site == site.pk
    assert Duty.objects.filter(account__username="rizhao-task").count() == 2
    assert Post.objects.exclude(pk__in=Term.objects.values("post")).count() >= 3


def test_reports_cover_ninety_days_of_four_sources_with_gaps_and_corrections(demo: Loaded) -> None:
    periods = Report.objects.order_by("period").values_list("period", flat=True).distinct()
    assert list(periods) == [TODAY - timedelta(days=n) for n in range(DAYS, 0, -1)]
    assert demo.counts["reports"] == Report.objects.count()
    found = set(Report.objects.values_list("source", flat=True))
    assert found == {"enterprise", "resident", "grid", "cems"}
    watched = Report.objects.filter(source="resident").values_list("site", flat=True)
    assert set(watched) == {demo.sites[key] for key, plant in plants().items() if plant.resident}
    assert Report.objects.filter(revision=2).exclude(reason="").count() > 10
    assert Report.objects.filter(output=0, energy_tce__gt=0).count() > 20
    assert Report.objects.filter(source="enterprise", revision=1).count() < 60 * DAYS
    by_account = Report.objects.filter(reporter_account__isnull=False).values("site").distinct()
    assert {row["site"] for row in by_account} == {
        demo.sites["licheng-coke"],
        demo.sites["changyin-luozhuang"],
    }


def test_the_alerts_are_exactly_the_sites_that_were_made_to_consume_too_much(demo: Loaded) -> None:
    truth = json.loads((demo.folder / "truth.json").read_text("utf-8"))["over_limit"]
    over = {one["key"] for one in truth}
    names = {pk: key for key, pk in demo.sites.items()}
    raised = [names[pk] for pk in Alert.objects.filter(rule="L101").values_list("site", flat=True)]
    assert set(raised) == over == {key for key, plant in plants().items() if plant.over_limit}
    assert len(raised) == len(over), "more than one alert for a site"
    judged = Verdict.objects.filter(rule="L101", verdict__in=("over", "within"))
    assert judged.count() > 2 * len(over), "the rule judged hardly anything else"


def test_besides_the_limits_only_the_falsified_figures_are_accused(demo: Loaded) -> None:
    truth = json.loads((demo.folder / "truth.json").read_text("utf-8"))["falsified"]
    names = {pk: key for key, pk in demo.sites.items()}
    raised: dict[str, set[str]] = {}
    panels = Alert.objects.filter(rule__in=panel_detectors())
    for site, rule in panels.values_list("site", "rule"):
        raised.setdefault(names[site], set()).add(rule)
    assert raised.keys() == {one["key"] for one in truth}, raised
    for one in truth:
        assert one["rule"] in raised[one["key"]], raised
        best = Score.objects.filter(site=demo.sites[one["key"]]).order_by("-score").first()
        assert best is not None
        total = sum((Decimal(part["evidence"]) ** 2 for part in best.parts), Decimal(0))
        assert best.score == total.quantize(Decimal("0.0001"))


def test_people_have_acted_and_the_clear_case_of_rizhao_waits(demo: Loaded) -> None:
    states = {
        key: Alert.objects.get(site=pk, rule="L101").state
        for key, pk in demo.sites.items()
        if plants()[key].over_limit
    }
    assert states == {
        "licheng-coke": "new",
        "shuyao-linzi": "new",
        "changyin-luozhuang": "asked",
        "cenji-rizhao": "problem",
        "mijin-dongming": "dismissed",
    }
    acts = Entry.objects.filter(
        verb__in=("monitoring.alert.ask", "monitoring.alert.open", "monitoring.alert.dismiss")
    )
    assert acts.count() == 3
    assert not acts.filter(actor_name=PLATFORM).exists(), "the platform acted for a person"


def test_nothing_is_attached_to_an_enterprise_that_the_demo_did_not_invent(demo: Loaded) -> None:
    invented = {firm.name for firm in firms().values()}
    assert set(Enterprise.objects.values_list("name", flat=True)) == invented
    enterprises = Alert.objects.values_list("enterprise__name", flat=True)
    assert set(enterprises) <= invented


def test_loading_again_changes_nothing(again: Loaded) -> None:
    before = (Report.objects.count(), Entry.objects.count(), Alert.objects.count())
    said: list[str] = []
    counts = load_demo(TODAY, said.append)
    as_loader_now()
    assert counts == {"sites": 60, "reports": 0, "acts": 0}
    assert said == []
    assert before == (Report.objects.count(), Entry.objects.count(), Alert.objects.count())


def test_a_day_later_one_day_is_added_and_no_alert_doubles(
    again: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, alerts = Report.objects.count(), Alert.objects.count()
    monkeypatch.setenv("HENGJIAN_DEMO_DATE", "2026-11-24")
    counts = load_demo(TODAY + timedelta(days=1), lambda _text: None)
    as_loader_now()
    daily = sum(len(sources(plant)) for plant in plants().values())
    assert daily - 5 < counts["reports"] <= daily + 5
    assert Report.objects.count() == before + counts["reports"]
    assert Alert.objects.count() == alerts
    assert counts["acts"] == 0


def test_every_site_that_the_plan_gives_a_limit_is_judged_whatever_its_unit(demo: Loaded) -> None:
    verdicts = {
        key: set(
            Verdict.objects.filter(rule="L101", site=demo.sites[key]).values_list(
                "verdict", flat=True
            )
        )
        for key, plant in plants().items()
        if plant.level is not None
    }
    recipes = {plants()[key].recipe for key in verdicts}
    assert {"glass", "tile", "membrane", "tire"} <= recipes
    assert {key: v for key, v in verdicts.items() if not v & {"over", "within"}} == {}
