"""Loads the demo, or the days that passed since it was loaded. Run under the worker's login."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from hengjian.config.demo.acts import act_all
from hengjian.config.demo.people import accounts_file, appoint_all
from hengjian.config.demo.plan import plants
from hengjian.config.demo.reports import send_all, window
from hengjian.config.demo.sites import present_sites, register_all
from hengjian.config.demo.sources import manipulations
from hengjian.kernel.access.actor import worker
from hengjian.kernel.calendar import clock
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.database.scope import transaction_as
from hengjian.kernel.text import N_
from hengjian.measures.models import Report
from hengjian.measures.services.obligations import assign_obligations
from hengjian.monitoring.models import Run
from hengjian.monitoring.services.runs import run_rules

PLATFORM = N_("平台（演示装载）")
Say = Callable[[str], None]


def load_demo(today: date, say: Say = print) -> dict[str, int]:
    """Bring the demo to ``today``: sites and people once, reports to the day before, alerts for them.

    Loaded for that day already, it only writes the two files anew. A later day adds the days between.

    Returns:
        Counts: sites, new reports, acts of people done just now.

    Raises:
        Unavailable: the map of counties has not been built.
    """
    now = clock.now()
    with transaction_as(kind=Kind.WORKER, uid=None, duty=None, today=today):
        sites = present_sites()
        counts, loaded = {"sites": len(sites), "reports": 0}, _is_loaded(sites, today)
        if not loaded:
            sites, counts = _bring_up(sites, now, today, say)
    if not loaded:
        say(N_("演示人员办理部分预警"))
    counts["acts"] = act_all(sites=sites, now=now, today=today)
    _write_files(sites)
    return counts


def _is_loaded(sites: Mapping[str, UUID], today: date) -> bool:
    last = window(today)[1]
    return (
        len(sites) == len(plants())
        and Report.objects.filter(site__in=sites.values(), period__gte=last).exists()
        and Run.objects.filter(last__gte=last).exists()
    )


def _bring_up(
    sites: Mapping[str, UUID], now: datetime, today: date, say: Say
) -> tuple[Mapping[str, UUID], dict[str, int]]:
    actor = worker(PLATFORM)
    if not sites:
        say(N_("登记演示企业与厂区"))
        sites = register_all(actor=actor, now=now, today=today)
        say(N_("登记机构、岗位与演示账号"))
        appoint_all(actor=actor, sites=sites, now=now, today=today)
    say(N_("派生报送名录"))
    assign_obligations(actor=actor, now=now, today=today, since=window(today)[0])
    say(N_("接收演示日报"))
    made = send_all(actor=actor, sites=sites, now=now, today=today)
    say(N_("运行监测规则"))
    run_rules(actor=actor, day=window(today)[1], now=now)
    return sites, {"sites": len(sites), "reports": made}


def _write_files(sites: Mapping[str, UUID]) -> None:
    """``accounts.json`` for the command line; ``truth.json`` for tests of the detectors, read by no page."""
    folder = Path(settings.DATA_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    truth = {
        "over_limit": [
            {"site": str(sites[plant.key]), "key": plant.key, "level": str(plant.level)}
            for plant in plants().values()
            if plant.over_limit
        ],
        "falsified": [
            {"site": str(sites[key]), "key": key, "kind": kind, "rule": rule}
            for key, (kind, rule) in manipulations().items()
        ],
    }
    for name, content in (("accounts.json", accounts_file()), ("truth.json", truth)):
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
