"""An obligation of a site, and an application to correct a report of its enterprise."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hengjian.measures.models import Correction, Obligation, Report
from hengjian.registry.models import Site

MADE = datetime(2026, 11, 1, 1, tzinfo=UTC)


def make_obligation(
    site: Site, *, form: str = "daily", source: str = "enterprise", start: date = date(2026, 1, 1)
) -> Obligation:
    """``site`` owes ``form`` from ``start`` on."""
    return Obligation.objects.create(
        site=site, region_id=site.region_id, enterprise_id=site.enterprise_id, form=form,
        source=source, valid_from=start, origin="official", basis="测试", made_name="某",
        made_at=MADE,
    )  # fmt: skip


def make_correction(report: Report, *, coal: str = "800") -> Correction:
    """A pending application of the reporter of ``report``."""
    return Correction.objects.create(
        site_id=report.site_id, region_id=report.region_id, enterprise_id=report.enterprise_id,
        form=report.form, period=report.period, source=report.source, base=report,
        base_revision=report.revision,
        quantities={**report.quantities, "raw_coal": {"value": coal, "unit": "t"}},
        energy_tce=1, energy_tce_primary=1, coal_t=coal, co2_t=1, reason="磅单漏计一车煤",
        level="county_city", asked_account=report.reporter_account or 0,
        asked_name=report.reporter_name, asked_post=report.reporter_post, asked_at=MADE,
    )  # fmt: skip
