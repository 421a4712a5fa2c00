"""Cumulated sums as window functions: S_t = C_t - min(0, min C_s, s <= t); history and judged periods apart."""

from __future__ import annotations

import math
from typing import Any

import ibis

LN10 = math.log(10)


def cusum(rows: Any, **steps: Any) -> Any:
    """``rows`` (site_id, honest, seq) with a column for each step: its sum since it was last 0, never below.

    A step is an expression over ``rows`` (for instance z - drift).
    """
    order = ibis.window(group_by=("site_id", "honest"), order_by="seq", preceding=(None, 0))
    sums = rows.mutate(**{f"{name}_sum": step.sum().over(order) for name, step in steps.items()})
    lows = {f"{name}_low": ibis.least(sums[f"{name}_sum"].min().over(order), 0.0) for name in steps}
    low = sums.mutate(**lows)
    done = low.mutate(**{name: low[f"{name}_sum"] - low[f"{name}_low"] for name in steps})
    return done.drop(*(f"{name}_{part}" for name in steps for part in ("sum", "low")))


def runs(rows: Any, gain: Any) -> Any:
    """Rows whose ``gain`` is above 0, with ``statistic``: the sum of the gains of the unbroken run up to each.

    A CUSUM that any other row ends; only the rows in question are sorted. ``rows`` has a column ``place`` that
    numbers all rows of a site.
    """
    kept = rows.mutate(gain=gain).filter(ibis._.gain > 0)
    keys = ("site_id", "honest")
    nth = ibis.row_number().over(ibis.window(group_by=keys, order_by="seq"))
    kept = kept.mutate(nth=nth)
    kept = kept.mutate(run=kept.place - kept.nth)
    of_run = ibis.window(group_by=(*keys, "run"), order_by="seq", preceding=(None, 0))
    return kept.mutate(statistic=kept.gain.sum().over(of_run))


def two_sided(rows: Any, z: Any, drift: float) -> Any:
    """``rows`` with ``up`` and ``down``: `cusum` of z - drift and of -z - drift, from one sum.

    ``z`` is null in no row, or in all rows of a site.
    """
    keys = {"group_by": ("site_id", "honest"), "order_by": "seq"}
    order = ibis.window(**keys, preceding=(None, 0))
    steps = ibis.row_number().over(ibis.window(**keys)) + 1
    sums = rows.mutate(total=z.sum().over(order), slack=steps * drift)
    sums = sums.mutate(up_sum=sums.total - sums.slack, down_sum=-sums.total - sums.slack)
    low = sums.mutate(
        up_low=sums.up_sum.min().over(order), down_low=sums.down_sum.min().over(order)
    )
    done = low.mutate(
        up=low.up_sum - ibis.least(low.up_low, 0.0),
        down=low.down_sum - ibis.least(low.down_low, 0.0),
    )
    return done.drop("total", "slack", "up_sum", "down_sum", "up_low", "down_low")


def clip(z: Any, bound: float) -> Any:
    """A standardised residual, no larger than ``bound``: one wild month does not make a trend."""
    return ibis.least(ibis.greatest(z, -bound), bound)


def nominal(total: Any, drift: float) -> Any:
    """Nominal evidence of a CUSUM with this drift under standard normal steps: P(S > s) ~ exp(-2·drift·s)."""
    return 2 * drift * total / LN10
