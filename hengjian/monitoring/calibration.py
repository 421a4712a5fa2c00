"""From a rule's statistic to evidence: -log10 of the probability that an honest plant shows it.

A statistic is in nominal evidence already (a CUSUM with drift k has the tail e^(-2kS)); calibration only makes
it weaker. The largest statistic of each plant in its honest history is one observation (a plant is accused by
its worst month). Up to the bound that just over a share `tail_share` of the plants passes (at least one), evidence grows
linearly from 0; above it the excess has a generalised Pareto tail with the mean excess seen and the shape `tail_shape`. Groups
with fewer than `min_plants` plants are judged by all plants together. Nothing is infinite: n honest plants
without any hit say at most that the next one has odds of 1 : n+1; the rest is the nominal tail.

Everything is one Ibis expression.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

import ibis

from hengjian.monitoring.parameters import Params

LN10 = math.log(10)
ALL = "*"


@dataclass(frozen=True, slots=True)
class Calibration:
    """How honest history is read; values of the pseudo-rule ``calibration`` in the parameters."""

    tail_share: float
    tail_shape: float
    min_plants: int
    evidence_cap: float

    @classmethod
    def of(cls, params: Params) -> Self:
        """From parameter rows."""
        return cls(
            tail_share=float(params.number("tail_share")),
            tail_shape=float(params.number("tail_shape")),
            min_plants=int(params.number("min_plants")),
            evidence_cap=float(params.number("evidence_cap")),
        )


def calibrate(signals: Any, panel: Any, honest_until: int, how: Calibration) -> Any:
    """The signals of one or several rules (column ``rule``) with a column ``evidence``.

    Args:
        signals: columns of SIGNALS and ``rule``.
        panel: the table that was judged (site_id, peer_group, seq).
        honest_until: periods before it are honest history.
        how: parameters.
    """
    pools = _pools(panel, how)
    tails = _tails(signals, pools, honest_until, how)
    rows = signals.join(pools, "site_id").join(tails, ["rule", "pool"], how="left")
    excess = ibis.greatest(rows.statistic - rows.bound, 0.0)
    above = rows.base + (1 + how.tail_shape * excess / rows.scale).log10() / how.tail_shape
    below = rows.base * rows.statistic / rows.bound.nullif(0.0)
    evidence = ibis.cases(
        (rows.statistic <= 0, ibis.literal(0.0)), (rows.statistic < rows.bound, below), else_=above
    )
    return rows.mutate(evidence=ibis.least(evidence, how.evidence_cap)).select(
        "rule", *signals.drop("rule").columns, "evidence"
    )


def _pools(panel: Any, how: Calibration) -> Any:
    """site_id → pool (its peer group, or all where the group is small)."""
    sites = panel.group_by("site_id").agg(peer_group=panel.peer_group.max())
    sizes = sites.group_by("peer_group").agg(n=sites.count())
    named = sites.join(sizes, "peer_group")
    small = named.n < how.min_plants
    return named.select("site_id", pool=ibis.ifelse(small, ALL, named.peer_group))


def _tails(signals: Any, pools: Any, honest_until: int, how: Calibration) -> Any:
    """For each rule and pool: bound, its evidence (base) and the scale of the excess."""
    counts = pools.group_by("pool").agg(plants=pools.count())
    every = signals.select("rule").distinct().cross_join(counts)
    past = signals.filter(signals.seq < honest_until, signals.statistic > 0)
    worst = past.group_by("rule", "site_id").agg(top=past.statistic.max()).join(pools, "site_id")
    by_size = ibis.window(group_by=("rule", "pool"), order_by=(ibis.desc("top"), "site_id"))
    ranked = worst.mutate(place=ibis.row_number().over(by_size)).join(counts, "pool")
    allowed = (ranked.plants * how.tail_share).floor()
    bounds = (
        ranked.filter(ranked.place > allowed)
        .group_by("rule", "pool")
        .agg(bound=lambda t: t.top.max())
    )
    tail = ranked.filter(ranked.place <= allowed).left_join(bounds, ["rule", "pool"])
    over = (tail.top - ibis.coalesce(tail.bound, 0.0)).name("over")
    shape = (
        tail.select("rule", "pool", over, bound=ibis.coalesce(tail.bound, 0.0))
        .group_by("rule", "pool")
        .agg(
            bound=lambda t: t.bound.max(),
            mean=lambda t: t.over.mean(),
            hits=lambda t: t.count(),
        )
    )
    full = every.left_join(shape, ["rule", "pool"])
    share = (ibis.coalesce(full.hits, 0) + 1) / (full.plants + 1)
    # The mean excess of a Pareto tail is scale / (1 - shape); never steeper than the nominal tail.
    scale = ibis.greatest(ibis.coalesce(full["mean"], 0.0) * (1 - how.tail_shape), 1 / LN10)
    return full.select(
        "rule",
        "pool",
        bound=ibis.coalesce(full.bound, 0.0),
        base=-share.log10(),
        scale=scale,
    )
