"""What lies before a period of a site: few windows, all over the same order, which an engine sorts once."""

from __future__ import annotations

from typing import Any

import ibis

ORDER = {"group_by": "site_id", "order_by": "seq"}


def past() -> Any:
    """The window of all periods of a site before the one at hand."""
    return ibis.window(**ORDER, preceding=(None, 1))


def previous(value: Any) -> Any:
    """``value`` in the row before, null in the first."""
    return value.lag().over(ibis.window(**ORDER))


def honest_before(rows: Any) -> Any:
    """How many honest periods lie before each row (site_id, seq, honest); null for none at all is 0.

    Honest history comes first, so within it this is the place of the row; a running sum costs ten times as much.
    """
    whole = ibis.window(**ORDER, preceding=None, following=None)
    total = rows.honest.cast("int64").sum().over(whole)
    return ibis.ifelse(rows.honest, place(), total).cast("int64")


def place() -> Any:
    """The number of each row among those of its site, from 0."""
    return ibis.row_number().over(ibis.window(**ORDER))


def of_sites(rows: Any, chosen: Any) -> Any:
    """All rows of the sites of the rows ``chosen``: where few can have a finding, only they are looked into."""
    return rows.semi_join(chosen.select("site_id").distinct(), "site_id")
