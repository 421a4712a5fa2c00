"""A cement works of Rizhao, who reports for it, and a day's quantities worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.models import Account
from hengjian.measures.models import Draft, Obligation, Report
from hengjian.measures.models.report import DraftState
from hengjian.measures.services.submission import Outcome, submit_report
from hengjian.registry.models import Site
from hengjian.registry.tests.factories import make_site
from tests.support.cast import account, actor_of
from tests.support.roles import acting

TODAY = date(2026, 11, 23)
DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)

# 500 t raw coal x 0.7143 = 357.15 tce, 500 t coal, x 2.0715 = 1035.75 t CO2
# 20 x 10^4 kWh x 1.229 = 24.58 tce (primary 20 x 3 = 60), CO2 20 x 6.191 = 123.82 t
# clinker 3000 t x 0.535 = 1605 t CO2
QUANTITIES = {
    "clinker_output": ("3,000", ""),
    "cement_output": ("4000", "t"),
    "raw_coal": ("500", ""),
    "electricity_purchased": ("200000", "kWh"),
    "water": ("", ""),
}
ENERGY, PRIMARY, COAL, CO2 = "381.73", "417.15", "500", "2764.57"


@dataclass(frozen=True)
class Scene:
    """One site and its people."""

    site: Site
    reporter_account: Account
    resident_account: Account

    @property
    def reporter(self) -> Actor:
        return actor_of(self.reporter_account)

    @property
    def resident(self) -> Actor:
        return actor_of(self.resident_account)


def make_scene(*, region: int = 371102, name: str | None = None) -> Scene:
    """A new site with its reporter and its resident supervisor."""
    site = make_site(region=region, industry="cement", name=name)
    return Scene(
        site=site,
        reporter_account=account(Role.ENTERPRISE_REPORTER, enterprises=[site.enterprise_id]),
        resident_account=account(Role.RESIDENT_SUPERVISOR, sites=[site.pk]),
    )


def submit(
    actor: Actor,
    site: Site,
    *,
    report_id: UUID | None = None,
    period: date = DAY,
    source: str = "enterprise",
    reason: str = "",
    quantities: dict[str, tuple[str, str]] | None = None,
    form: str = "daily",
    **changed: str,
) -> tuple[Report, Outcome]:
    """Submit under the actor's own database role; ``changed`` replaces single quantities."""
    stated = {**(QUANTITIES if quantities is None else quantities)}
    stated.update({code: (value, "") for code, value in changed.items()})
    with acting(actor):
        return submit_report(
            actor=actor,
            report_id=report_id or uuid4(),
            site_id=site.pk,
            form=form,
            period=period,
            source=source,
            quantities=stated,
            reason=reason,
            now=NOW,
            today=TODAY,
        )


def make_waiting(site: Site, reporter: Actor, *, period: date = DAY) -> Draft:
    """A day that waits for the reviewer of the enterprise."""
    return Draft.objects.create(
        site=site,
        region_id=site.region_id,
        enterprise_id=site.enterprise_id,
        form="daily",
        period=period,
        source="enterprise",
        account_id=reporter.account_id or 0,
        payload={},
        saved_at=NOW,
        state=DraftState.SUBMITTED,
        report_id=uuid4(),
        content={
            "quantities": {code: list(given) for code, given in QUANTITIES.items() if given[0]},
            "reason": "",
            "stop_kind": "",
            "expected_end": "",
            "explanation": "",
        },
        submitted_at=NOW,
        reporter_name=reporter.name,
        reporter_post=reporter.post,
    )


def ask_review(site: Site, form: str = "daily") -> Obligation:
    """From the beginning of the year the site's form is reviewed before it is sent."""
    return Obligation.objects.create(
        site=site,
        region_id=site.region_id,
        enterprise_id=site.enterprise_id,
        form=form,
        source="enterprise",
        valid_from=date(2026, 1, 1),
        valid_to=None,
        origin="official",
        basis="方案 二（二）",
        needs_review=True,
        made_name="测试",
        made_at=NOW,
    )
