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


def clip(z: Any, bound: float) -> Any:
    """A standardised residual, no larger than ``bound``: one wild month does not make a trend."""
    return ibis.least(ibis.greatest(z, -bound), bound)


def nominal(total: Any, drift: float) -> Any:
    """Nominal evidence of a CUSUM with this drift under standard normal steps: P(S > s) ~ exp(-2·drift·s)."""
    return 2 * drift * total / LN10
