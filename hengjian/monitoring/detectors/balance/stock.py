"""The mass balance of a fuel: opening stock + receipts - closing stock is what was burned."""

from __future__ import annotations

from typing import Any

import ibis


def balances(panel: Any, honest_until: int) -> Any:
    """Periods with both stocks, receipt and fuel: what was burned by the balance, in the unit of the report.

    Columns: site_id, peer_group, seq, honest, observed (reported fuel), apparent (by the balance, times the
    site's own honest ratio of report to balance, which also converts units), typical (mean honest fuel).
    """
    order = ibis.window(group_by="site_id", order_by="seq")
    rows = panel.mutate(
        opening=panel.stock_close.lag().over(order), last=panel.seq.lag().over(order)
    )
    rows = rows.filter(rows.last == rows.seq - 1)
    rows = rows.mutate(moved=rows.opening + rows.receipt - rows.stock_close)
    rows = rows.filter(rows.moved.notnull(), rows.fuel.notnull())
    rows = rows.select(
        "site_id",
        "peer_group",
        "seq",
        "moved",
        honest=rows.seq < honest_until,
        observed=rows.fuel,
    )
    past = rows.filter(rows.honest).group_by("site_id")
    known = past.agg(
        burned=lambda t: t.observed.sum(),
        moved_sum=lambda t: t.moved.sum(),
        typical=lambda t: t.observed.mean(),
    )
    known = known.filter(known.burned > 0, known.moved_sum > 0)
    both = rows.join(known, "site_id")
    return both.select(
        *(name for name in rows.columns if name != "moved"),
        "typical",
        apparent=both.moved * both.burned / both.moved_sum,
    )
