"""The panels of the platform: from daily facts to rows of a site's product and a day or a month.

One set of panels is built for all rules of a run. A row is a period that the enterprise reported; what
independent sources say of it stands beside it. The ``site_id`` of a panel is a site and one of its products,
because a site with two products has two series. ``seq`` runs without gaps through history and judged periods;
the first judged one has the same number in every series.
"""

from datetime import timedelta
from typing import Any

import ibis

from hengjian.analytics.contracts import Column, Contract
from hengjian.monitoring.facts import Period, Tables
from hengjian.monitoring.panel import MEASURE, MONTHS, QUARTERS

OWN = "enterprise"
BETWEEN = "|"
# Of a month's days, the share that a source must cover to be compared; what it lacks is scaled up.
COVERAGE = 0.8
FIGURES = (
    "output",
    "fuel",
    "energy_tce",
    "coal_t",
    "co2_t",
    "electricity",
    "grid_electricity",
    "co2_meter",
    "resident_output",
)
IDENTITY = ("site_id", "peer_group", "site", "enterprise_id", "region", "subject", "subject_unit")

PLATFORM = (
    Column("site", "string", "site (uuid)"),
    Column("enterprise_id", "string", "enterprise of the site (uuid)"),
    Column("region", "int32", "supervising region"),
    Column("subject", "string", "product, or meter"),
    Column("subject_unit", "string", "unit of output"),
    Column("start", "date", "first day of the period"),
    Column("day", "date", "last day of the period"),
    Column("judged", "boolean", "whether the run judges the period; else it is history"),
    Column("history", "int64", "periods of history that the series has"),
    Column("idle", "boolean", "no output: stopped or in maintenance"),
)
DAY_PANEL = Contract(
    "day_panel",
    (
        *MONTHS.columns,
        *PLATFORM,
        Column("resident_output", MEASURE, "output by the resident supervisor", nullable=True),
        Column("energy_tce", MEASURE, "reported energy", nullable=True, unit="tce"),
        Column("coal_t", MEASURE, "reported coal", nullable=True, unit="t"),
        Column("co2_t", MEASURE, "CO2 that follows from the report", nullable=True, unit="t"),
    ),
    MONTHS.key,
)
QUARTER_PANEL = Contract("quarter_panel", (*QUARTERS.columns, *PLATFORM), QUARTERS.key)
PANELS = {
    "day": DAY_PANEL,
    "calendar": DAY_PANEL,
    "month": DAY_PANEL,
    "quarter": QUARTER_PANEL,
}
QUARTERS_A_DAY = 96
KWH = 10_000  # of the unit in which daily facts give electricity (1e4kWh)


def latest_known(daily: Any, first: Any, period: Period) -> Any:
    """Latest revision known at ``as_of`` of each site, product, day and source, from ``first`` on."""
    facts = daily.filter(
        daily.received_at <= ibis.literal(period.as_of),
        daily.day >= ibis.literal(first),
        daily.day <= ibis.literal(period.last),
    )
    # Few reports are ever revised: looking up the revisions costs a tenth of ranking every report.
    same = ("site_id", "product", "day", "source")
    later = facts.filter(facts.revision > 1).select(*same, newer=facts.revision)
    superseded = [facts[name] == later[name] for name in same] + [later.newer > facts.revision]
    return facts.anti_join(later, superseded)


def reported_days(known: Any, tables: Tables) -> Any:
    """Every day that an enterprise reported, with what others say of it; not numbered yet."""
    own = known.filter(known.source == OWN, known.output.notnull(), known["product"] != "")
    rows = _without_right(own.left_join(_others(known), ["site_id", "day"]))
    plants = tables.sites.group_by("site_id", "industry", "product").aggregate(
        capacity=tables.sites.capacity.max()
    )
    rows = _without_right(rows.left_join(plants, ["site_id", "industry", "product"]))
    return rows.select(
        site_id=rows.site_id + BETWEEN + rows["product"],
        peer_group=rows.industry + BETWEEN + rows["product"],
        site=rows.site_id,
        enterprise_id=rows.enterprise_id,
        region=rows.region,
        subject=rows["product"],
        subject_unit=rows.product_unit,
        start=rows.day,
        day=rows.day,
        idle=rows.output <= 0,
        capacity=rows.capacity.cast(MEASURE),
        output=rows.output.cast(MEASURE),
        fuel=rows.energy_tce.cast(MEASURE),
        energy_tce=rows.energy_tce.cast(MEASURE),
        coal_t=rows.coal_t.cast(MEASURE),
        co2_t=rows.co2_t.cast(MEASURE),
        electricity=rows.electricity.cast(MEASURE) * KWH,
        grid_electricity=rows.grid_electricity.cast(MEASURE) * KWH,
        receipt=rows.coal_in.cast(MEASURE),
        stock_close=rows.coal_stock.cast(MEASURE),
        co2_meter=rows.co2_meter.cast(MEASURE),
        resident_output=rows.resident_output.cast(MEASURE),
    )


def months_of(days: Any, period: Period) -> Any:
    """The whole months of `reported_days` that have ended; a source that lacks days is scaled up or absent."""
    dated = days.mutate(month=days.day.truncate("M")).filter(~ibis._.idle)
    sums = {name: _whole(dated[name], dated.count()) for name in FIGURES}
    rows = dated.group_by(*IDENTITY, "month").aggregate(
        capacity=dated.capacity.max() * dated.count(),
        receipt=dated.receipt.sum(),
        stock_close=dated.stock_close.argmax(dated.day),
        **sums,
    )
    end = (rows.month + ibis.interval(months=1) - ibis.interval(days=1)).cast("date")
    rows = rows.mutate(start=rows.month.cast("date"), day=end, idle=ibis.literal(value=False))
    return rows.filter(rows.day <= ibis.literal(period.last))


def numbered(rows: Any, period: Period, length: int) -> Any:
    """Rows as DAY_PANEL: at most ``length`` of history before the first judged one, which has seq ``length``."""
    rows = rows.mutate(judged=rows.day >= ibis.literal(period.first))
    forward = ibis.row_number().over(group_by=("site_id", "judged"), order_by="day")
    backward = ibis.row_number().over(group_by=("site_id", "judged"), order_by=ibis.desc("day"))
    past = (~rows.judged).cast("int64").sum().over(ibis.window(group_by="site_id"))
    seq = ibis.ifelse(rows.judged, length + forward, length - 1 - backward)
    counted = rows.mutate(
        seq=seq.cast("int64"), history=past.cast("int64"), period=rows.day.cast("string")
    ).filter(ibis._.seq >= 0)
    return counted.select(*(column.name for column in DAY_PANEL.columns))


def quarters_of(readings: Any, period: Period, history_days: int) -> Any:
    """QUARTER_PANEL of READINGS: every quarter hour of a meter's days, null where it gave none.

    ``seq`` counts quarter hours from the first day of history, so that its rest by 96 is the hour of the day.
    """
    begin = ibis.literal(period.first - timedelta(days=history_days))
    identity = ("site", "enterprise_id", "region", "industry", "meter")
    days = readings.select(*identity, "day").distinct()
    numbers = days.mutate(quarter=ibis.range(1, QUARTERS_A_DAY + 1).unnest().cast("int64"))
    rows = _without_right(numbers.left_join(readings, [*identity, "day", "quarter"]))
    since = rows.day.delta(begin, unit="day")
    judged = rows.day >= ibis.literal(period.first)
    site = rows.site + BETWEEN + rows.meter
    past = (~judged).cast("int64").sum().over(ibis.window(group_by=site))
    return rows.mutate(
        site_id=site,
        peer_group=rows.industry + BETWEEN + "electricity",
        seq=(since * QUARTERS_A_DAY + rows.quarter - 1).cast("int64"),
        period=rows.day.cast("string") + " " + rows.quarter.cast("string"),
        subject=rows.meter,
        subject_unit=ibis.literal("kWh"),
        start=rows.day,
        judged=judged,
        history=past.cast("int64"),
        idle=ibis.literal(value=False),
    ).select(*(column.name for column in QUARTER_PANEL.columns))


def _others(known: Any) -> Any:
    """What independent sources say of a site's day; the grid company's figure before the site meter's."""
    others = known.filter(known.source != OWN)
    by = others.source
    given = others.group_by("site_id", "day").aggregate(
        grid=others.electricity.max(where=by == "grid"),
        metered=others.electricity.max(where=by == "meter"),
        co2_meter=others.co2_measured.max(where=by == "cems"),
        resident_output=others.output.max(where=by == "resident"),
    )
    return given.select(
        "site_id",
        "day",
        "co2_meter",
        "resident_output",
        grid_electricity=ibis.coalesce(given.grid, given.metered),
    )


def _whole(value: Any, days: Any) -> Any:
    """Sum of a month, scaled up for days that the source lacks; null where it lacks too many."""
    share = value.count() / days
    return ibis.ifelse(share >= COVERAGE, value.sum() / share, None)


def _without(table: Any, *names: str) -> Any:
    return table.select([name for name in table.columns if name not in names])


def _without_right(table: Any) -> Any:
    return table.select([name for name in table.columns if not name.endswith("_right")])
