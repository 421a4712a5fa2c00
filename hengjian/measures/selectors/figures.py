"""Figures of the latest revisions: series for charts, the last known values, who has not reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.kernel.text import number, quantity
from hengjian.measures.models import Report
from hengjian.measures.models.report import DAILY
from hengjian.measures.permissions import SOURCE_LABELS, SOURCE_OF, Source
from hengjian.measures.reference import product_names
from hengjian.measures.rules.units import convert_unit, unit
from hengjian.registry.models import Site

_VIEW = "measures.report.view"
PURCHASED, POWER_UNIT = "electricity_purchased", "1e4kWh"
_REPORTING = (Site.Status.OPERATING, Site.Status.SUSPENDED)


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day of one source, latest revision; ``output`` None: the form has no product for this site."""

    period: date
    report_id: UUID
    revision: int
    energy_tce: Decimal
    energy_tce_primary: Decimal
    coal_t: Decimal
    co2_t: Decimal
    output: Decimal | None
    product: str
    output_unit: str


@dataclass(frozen=True, slots=True)
class LatestFigures:
    """The last day of one source, formatted; ``report_id`` leads to factors, formulas and receipt."""

    source: str
    source_text: str
    day: date
    report_id: UUID
    revision: int
    product: str
    output: str
    energy: str
    coal: str
    co2: str
    factor_version: str
    received: str
    permitted_use: str


@dataclass(frozen=True, slots=True)
class MissingSite:
    """A site that has not reported a day."""

    site_id: UUID
    site: str
    region_id: int
    region: str


def _latest(actor: Actor) -> QuerySet[Report]:
    """Latest revision of each site, day and source; needs a filter by site or day to be cheap."""
    return (
        Report.objects.visible_to(actor)
        .filter(form=DAILY)
        .order_by("site_id", "source", "-period", "-revision")
        .distinct("site_id", "source", "period")
    )


def series(
    actor: Actor, site: UUID, first: date, last: date, source: Source = Source.ENTERPRISE
) -> Sequence[DayFigures]:
    """Daily values of one site and source, oldest first; days without a report are absent. One query."""
    require(actor, _VIEW)
    rows = _latest(actor).filter(site=site, source=source.value, period__range=(first, last))
    fields = tuple(name for name in DayFigures.__slots__ if name != "report_id")
    return [
        DayFigures(report_id=row.pk, **{name: getattr(row, name) for name in fields})
        for row in reversed(rows)
    ]


def latest_figures(actor: Actor, site: UUID) -> Sequence[LatestFigures]:
    """The last reported day of each source that the actor sees, in the order of ``Source``. One query."""
    require(actor, _VIEW)
    rows = (
        Report.objects.visible_to(actor)
        .filter(site=site, form=DAILY)
        .order_by("source", "-period", "-revision")
        .distinct("source")
    )
    order = list(Source)
    return sorted(
        (_formatted(row) for row in rows), key=lambda row: order.index(Source(row.source))
    )


def _formatted(row: Report) -> LatestFigures:
    symbol = _(unit(row.output_unit).label) if row.output_unit else ""
    return LatestFigures(
        source=row.source,
        source_text=_(SOURCE_LABELS[Source(row.source)]),
        day=row.period,
        report_id=row.pk,
        revision=row.revision,
        product=_(product_names().get(row.product, "")) if row.product else "",
        output=quantity(row.output, symbol),
        energy=quantity(row.energy_tce, "tce", 2),
        coal=quantity(row.coal_t, "t", 2),
        co2=quantity(row.co2_t, "tCO₂", 2),
        factor_version=row.factor_version,
        received=f"{localtime(row.received_at):%Y-%m-%d %H:%M:%S}",
        permitted_use=_(row.permitted_use),
    )


def missing(actor: Actor, day: date) -> Sequence[MissingSite]:
    """Operating or suspended sites in scope without a report of ``day``, by region and name. One query.

    Asked for the actor's own source where he has one, else for the enterprise's.
    """
    require(actor, _VIEW)
    source = SOURCE_OF.get(actor.kind, Source.ENTERPRISE)
    reported = Report.objects.filter(
        site=OuterRef("pk"), form=DAILY, period=day, source=source.value
    )
    rows = (
        Site.objects.visible_to(actor)
        .filter(~Exists(reported), status__in=_REPORTING)
        .select_related("region")
        .order_by("region_id", "name", "id")
    )
    return [MissingSite(s.pk, s.name, s.region_id, s.region.name) for s in rows]


@dataclass(frozen=True, slots=True)
class LedgerFigures:
    """The last reported day of a site for the ledger: output with its unit, else tce, t, 10⁴ kWh without."""

    day: date
    output: str
    energy: str
    coal: str
    power: str


def last_of_sites(actor: Actor, sites: Sequence[UUID], since: date) -> dict[UUID, LedgerFigures]:
    """The last day since ``since`` of each site, of the actor's own source or the enterprise's. One query."""
    require(actor, _VIEW)
    source = SOURCE_OF.get(actor.kind, Source.ENTERPRISE)
    rows = (
        Report.objects.visible_to(actor)
        .filter(site__in=sites, form=DAILY, source=source.value, period__gte=since)
        .order_by("site_id", "-period", "-revision")
        .distinct("site_id")
        .defer("conversion", "canon", "basis", "permitted_use")
    )
    return {row.site_id: _for_ledger(row) for row in rows}


def _for_ledger(row: Report) -> LedgerFigures:
    bought = row.quantities.get(PURCHASED, {})
    power = convert_unit(Decimal(bought["value"]), bought["unit"], POWER_UNIT) if bought else None
    return LedgerFigures(
        day=row.period,
        output=quantity(row.output, _(unit(row.output_unit).label) if row.output_unit else "", 1),
        energy=number(row.energy_tce, 1),
        coal=number(row.coal_t, 1),
        power=number(power, 1),
    )
