"""What a site's own past makes of a figure: log ratio to a driver, with slope, peers and honest error bars.

Prequential: a period is predicted from the honest periods before it only, so honest history and judged periods
are treated alike (the judged ones see the whole history, never each other). Bayesian in the small: the noise of
a site is drawn to that of its peers by `prior_periods`, the slope to 0 by `prior_slope`; real histories are short.
"""

from __future__ import annotations

from typing import Any

import ibis

from hengjian.monitoring.detectors.history import honest_before, previous
from hengjian.monitoring.parameters import Params

# Median of a chi-square with one degree of freedom: half a squared difference over this is a variance.
CHI_SQUARE_MEDIAN = 0.4549


def log_ratio(
    panel: Any, target: str, driver: str, honest_until: int, params: Params, *, slope: bool
) -> Any:
    """Residuals of ln(target / driver) against the site's own past (and its peers at the same time).

    Rows: every period with both figures above 0 and at least `min_history` honest periods before it, with
    site_id, peer_group, seq, honest (bool), observed (target), driver, fit (expected ln ratio), sd (standard
    error of one prediction), z (standardised residual).

    Args:
        panel: site_id, peer_group, seq and the two columns.
        target: column that may be falsified.
        driver: column that explains it.
        honest_until: first judged seq.
        params: prior_periods, prior_slope, min_history, min_peers, sd_floor.
        slope: let the ratio depend on the driver's size (no-load consumption); a factor does not.
    """
    rows = panel.filter(panel[target] > 0, panel[driver] > 0)
    rows = rows.select(
        "site_id",
        "peer_group",
        "seq",
        honest=rows.seq < honest_until,
        observed=rows[target],
        driver=rows[driver],
        y=(rows[target] / rows[driver]).ln(),
        x=rows[driver].ln(),
    )
    return predict(rows, params, slope=slope)


def predict(rows: Any, params: Params, *, slope: bool) -> Any:
    """The same for any y (and x): rows have site_id, peer_group, seq, honest, x, y; other columns are kept."""
    kept = [name for name in rows.columns if name not in {"x", "y"}]
    sums = _moments(rows)
    fitted = _fit(sums, params, slope=slope)
    spread = _noise(sums)
    prior, floor = float(params.number("prior_periods")), float(params.number("sd_floor"))
    joined = fitted.join(spread, "peer_group")
    variance = (joined.rss + prior * joined.noise) / (joined.n - 1 + prior)
    sd = ((variance + floor * floor) * (1 + joined.leverage)).sqrt()
    judged = joined.mutate(sd=sd, residual=joined.y - joined.fit)
    judged = judged.filter(judged.n >= int(params.number("min_history")))
    return _against_peers(judged, int(params.number("min_peers")), kept)


def _moments(rows: Any) -> Any:
    """Sums over the honest periods before each row; they stand still once the history ends."""
    past = ibis.window(group_by="site_id", order_by="seq", preceding=(None, 1))
    known = rows.honest
    parts = {
        "sx": known.ifelse(rows.x, 0.0),
        "sy": known.ifelse(rows.y, 0.0),
        "sxx": known.ifelse(rows.x * rows.x, 0.0),
        "sxy": known.ifelse(rows.x * rows.y, 0.0),
        "syy": known.ifelse(rows.y * rows.y, 0.0),
    }
    sums = {name: part.sum().over(past) for name, part in parts.items()}
    return rows.mutate(n=honest_before(rows), last_y=previous(rows.y), **sums)


def _fit(t: Any, params: Params, *, slope: bool) -> Any:
    """fit, rss and leverage of a ridge regression of y on x from the sums (slope 0: the mean)."""
    n = t.n.nullif(0)
    sxx = ibis.greatest(t.sxx - t.sx * t.sx / n, 0.0)
    sxy = t.sxy - t.sx * t.sy / n
    syy = ibis.greatest(t.syy - t.sy * t.sy / n, 0.0)
    if not slope:
        return t.mutate(fit=t.sy / n, rss=syy, leverage=1 / n)
    ridge = float(params.number("prior_slope"))
    b = sxy / (sxx + ridge)
    off = t.x - t.sx / n
    return t.mutate(
        fit=t.sy / n + b * off,
        rss=ibis.greatest(syy - 2 * b * sxy + b * b * sxx, 0.0),
        leverage=1 / n + off * off / (sxx + ridge),
    )


def _noise(sums: Any) -> Any:
    """Ordinary month-to-month variance of a peer group: robust, from differences of honest neighbours."""
    steps = sums.filter(sums.honest)
    steps = steps.mutate(step=steps.y - steps.last_y)
    half = steps.step * steps.step / 2
    return steps.group_by("peer_group").agg(noise=half.median() / CHI_SQUARE_MEDIAN)


def _against_peers(judged: Any, least: int, kept: list[str]) -> Any:
    """Take off what the peers show in the same period (season, fuel quality), where there are enough."""
    z = judged.residual / judged.sd
    scaled = judged.mutate(raw=z)
    peers = scaled.group_by("peer_group", "seq").agg(
        shared=scaled.raw.median(), peers=scaled.count()
    )
    both = scaled.join(peers, ["peer_group", "seq"])
    shared = ibis.ifelse(both.peers >= least, both.shared, 0.0)
    return both.select(
        *kept, "sd", fit=both.fit + shared * both.sd, z=both.raw - shared, peers="peers"
    )
