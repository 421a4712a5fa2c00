"""What other pages ask: my day, one site, the ledger; nothing for those who may not see alerts."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from hengjian.cases.selectors.inquiry import my_inquiries
from hengjian.cases.selectors.problem import my_problems, problem_counts, problems_of_site
from hengjian.cases.tests.factories import make_inquiry, make_problem
from hengjian.kernel.access.declare import Role
from hengjian.monitoring.selectors.alerts import (
    alerts_of_site,
    open_alert_counts,
    urgent,
    worst_by_site,
)
from hengjian.monitoring.selectors.verdicts import verdicts_of_site
from hengjian.monitoring.tests.factories import make_alert
from hengjian.monitoring.tests.scene import DAY, WITHIN, days_to, judge, make_works, report
from hengjian.registry.tests.factories import make_site
from tests.support.cast import LINYI, account, actor, actor_of
from tests.support.roles import acting

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)


def test_my_day_of_an_officer_and_of_others() -> None:
    site = make_site()
    grave = make_alert(site, severity="red", severity_rank=0)
    make_alert(site, first=date(2026, 11, 1), state="dismissed")
    make_alert(make_site(), state="asked", inquiry=make_inquiry(site, state="answered"))
    make_alert(make_site(region=371302))
    near, far = actor(Role.CITY_OFFICER), actor(Role.CITY_OFFICER, region=LINYI)
    with acting(near):
        assert open_alert_counts(near) == {
            "red": 1,
            "orange": 1,
            "yellow": 0,
            "blue": 0,
            "total": 2,
        }
        assert next(row.id for row in urgent(near, TODAY)) == grave.pk
        assert worst_by_site(near, [site.pk]) == {site.pk: ("red", "红色")}
        assert len(alerts_of_site(near, site.pk, TODAY)) == 2
    with acting(far):
        assert open_alert_counts(far)["total"] == 1
        assert alerts_of_site(far, site.pk, TODAY) == []
    own = actor(Role.ENTERPRISE_REPORTER, enterprises=[site.enterprise_id])
    with acting(own):
        assert open_alert_counts(own) == {}
        assert alerts_of_site(own, site.pk, TODAY) == []
        assert verdicts_of_site(own, site.pk) == []
        assert urgent(own, TODAY) == []
        assert worst_by_site(own, [site.pk]) == {}


def test_my_problems_and_my_inquiries() -> None:
    site = make_site()
    handler = account(Role.COUNTY_OFFICER)
    mine = make_problem(site, handler=handler, deadline=date(2026, 11, 20))
    proposed = make_problem(site, handler=handler, state="proposed")
    asked, answered = make_inquiry(site), make_inquiry(site, state="answered")
    officer, county = actor(Role.CITY_OFFICER), actor_of(handler)
    own = actor(Role.ENTERPRISE_REPORTER, enterprises=[site.enterprise_id])
    with acting(county):
        rows = my_problems(county, TODAY)
        assert [(row.id, row.late) for row in rows] == [(mine.pk, True)]
        assert problem_counts(county, TODAY)["late"] == 1
    with acting(officer):
        assert [row.id for row in my_problems(officer, TODAY)] == [proposed.pk]
        assert [row.id for row in my_inquiries(officer, TODAY)] == [answered.pk]
        assert len(problems_of_site(officer, site.pk, TODAY)) == 2
    with acting(own):
        assert [row.id for row in my_inquiries(own, TODAY)] == [asked.pk]
        assert my_problems(own, TODAY) == []
        assert problems_of_site(own, site.pk, TODAY) == []


def test_the_site_says_what_was_judged_and_what_was_not(tmp_path: Path) -> None:
    judged, unjudged = make_works(), make_works()
    report(judged, days_to(DAY, 30), WITHIN)
    report(unjudged, days_to(DAY, 3), WITHIN)
    judge(tmp_path)
    officer = actor(Role.CITY_OFFICER)
    with acting(officer):
        (row,) = [r for r in verdicts_of_site(officer, judged.pk) if r.rule == "L101"]
        assert "880.16" in row.observed, "(245.8 + 200 x 0.9714) tce on 500 t"
        assert (row.judged, row.over, row.text) == (True, False, "未超限额")
        (row,) = [r for r in verdicts_of_site(officer, unjudged.pk) if r.rule == "L101"]
        assert (row.judged, row.text) == (False, "未判定：统计期内有效日数不足")


def test_a_web_process_starts_without_the_engine() -> None:
    code = (
        "import django, sys; django.setup(); import hengjian.config.urls; "
        "sys.exit('ibis' in sys.modules or 'duckdb' in sys.modules)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "hengjian.config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()[-500:]
