"""Rows for the rules beside the daily facts: days that are owed, and monthly figures. The platform only (E1).

Products and units are those of the forms; who binds the tables gives them the names that the rules compare.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import require
from hengjian.measures.deadline_table import deadlines_of
from hengjian.measures.models import Obligation, Report
from hengjian.measures.permissions import Source
from hengjian.measures.reference import industry_of_product
from hengjian.measures.rules.forms import Form, last_day
from hengjian.measures.selectors.facts import item_columns

CHUNK = 2000
ONE_DAY = timedelta(days=1)
# How far back a site's main product and its running stop are looked up.
BACK = timedelta(days=92)
_DAILY = Form.DAILY.value
_MONTHLY = Form.MONTH_ENERGY.value


def due_rows(
    *, actor: Actor, first: date, last: date, as_of: datetime
) -> Iterator[Mapping[str, Any]]:
    """Days ``first`` to ``last`` for which the list asks a daily report of the enterprise, with monitoring's columns.

    ``excused``: as known at ``as_of``, a stop with an expected end covers the day and no later report ended it.
    Three queries.
    """
    require(actor, "measures.fact.read")
    listed = Obligation.objects.visible_to(actor).filter(
        form=_DAILY, source=Source.ENTERPRISE.value, valid_from__lte=last
    )
    excused = _excused(actor, first, last, as_of)
    products = _products(actor, first, last, as_of)
    for row in listed.iterator(chunk_size=CHUNK):
        day, end = max(first, row.valid_from), min(last, row.valid_to or last)
        while day <= end:
            yield {
                "site_id": str(row.site_id),
                "enterprise_id": str(row.enterprise_id),
                "region": row.region_id,
                "product": products.get(row.site_id, ""),
                "source": row.source,
                "day": day,
                "due_at": deadlines_of(Form.DAILY, day).due,
                "excused": day in excused[row.site_id],
            }
            day += ONE_DAY


def month_rows(
    *, actor: Actor, first: date, last: date, as_of: datetime
) -> Iterator[Mapping[str, Any]]:
    """Every revision of monthly energy reports whose month ends from ``first`` to ``last``, received by ``as_of``."""
    require(actor, "measures.fact.read")
    rows = Report.objects.visible_to(actor).filter(
        form=_MONTHLY, period__range=(first.replace(day=1), last), received_at__lte=as_of
    )
    rows = rows.order_by("period", "id").defer("conversion", "canon", "basis")
    for row in rows.iterator(chunk_size=CHUNK):
        end = last_day(Form.MONTH_ENERGY, row.period)
        if first <= end <= last:
            yield _month(row, end)


def _month(row: Report, end: date) -> Mapping[str, Any]:
    items = item_columns(row.quantities, row.product, row.output_unit)
    return {
        "report_id": str(row.pk),
        "site_id": str(row.site_id),
        "enterprise_id": str(row.enterprise_id),
        "region": row.region_id,
        "industry": industry_of_product().get(row.product, ""),
        "product": row.product,
        "product_unit": row.output_unit,
        "first": row.period,
        "last": end,
        "source": row.source,
        "revision": row.revision,
        "received_at": row.received_at,
        "output": row.output,
        "energy_tce": row.energy_tce,
        "coal_t": row.coal_t,
        "electricity": items["electricity"],
    }


def _own(actor: Actor, first: date, last: date, as_of: datetime) -> Any:
    return Report.objects.visible_to(actor).filter(
        form=_DAILY,
        source=Source.ENTERPRISE.value,
        period__range=(first - BACK, last),
        received_at__lte=as_of,
    )


def _products(actor: Actor, first: date, last: date, as_of: datetime) -> Mapping[UUID, str]:
    """Product of the newest daily report of each site that names one."""
    named = _own(actor, first, last, as_of).exclude(product="")
    newest = named.order_by("site_id", "-period", "-revision").distinct("site_id")
    return dict(newest.values_list("site_id", "product"))


def _excused(
    actor: Actor, first: date, last: date, as_of: datetime
) -> defaultdict[UUID, set[date]]:
    """Days without a report that a declared stop covers, by site; only sites with such a stop are read."""
    own = _own(actor, first, last, as_of)
    stopped = own.filter(expected_end__gte=first).values("site_id")
    rows = own.filter(site__in=stopped).order_by("site_id", "period", "-revision")
    newest = rows.distinct("site_id", "period").values_list("site_id", "period", "expected_end")
    found: defaultdict[UUID, set[date]] = defaultdict(set)
    reported: defaultdict[UUID, list[tuple[date, date | None]]] = defaultdict(list)
    for site, day, until in newest:
        reported[site].append((day, until))
    for site, days in reported.items():
        following = [day for day, _ in days[1:]] + [last + ONE_DAY]
        for (day, until), after in zip(days, following, strict=True):
            end = min(until or day, after - ONE_DAY, last)
            found[site] |= {day + n * ONE_DAY for n in range(1, (end - day).days + 1)}
    return found
