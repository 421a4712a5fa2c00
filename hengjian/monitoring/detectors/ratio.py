"""The family of rules that watch the ratio of a reported figure to what drives or measures it."""

from __future__ import annotations

from typing import Any, ClassVar

import ibis

from hengjian.monitoring.detectors.baseline import log_ratio
from hengjian.monitoring.detectors.cusum import clip, nominal, two_sided
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.panel import SIGNALS
from hengjian.monitoring.parameters import Params

BASELINE = ("prior_periods", "prior_slope", "min_history", "min_peers", "sd_floor")
RATIO = (*BASELINE, "drift", "clip", "coverage")


class RatioDetector(PanelDetector):
    """CUSUM, in both directions, of ln(target / driver) against own history and peers."""

    target: ClassVar[str]
    driver: ClassVar[str]
    slope: ClassVar[bool]

    parameters: ClassVar[tuple[str, ...]] = RATIO

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """SIGNALS: see PanelDetector."""
        rows = log_ratio(panel, self.target, self.driver, honest_until, params, slope=self.slope)
        return drifted(rows, params)


def drifted(rows: Any, params: Params) -> Any:
    """SIGNALS of residuals: nominal evidence of the larger of the two CUSUMs."""
    drift = float(params.number("drift"))
    z = clip(rows.z, float(params.number("clip")))
    sums = two_sided(rows, z, drift)
    statistic = nominal(ibis.greatest(sums.up, sums.down), drift)
    return banded(sums.mutate(statistic=statistic), params)


def banded(rows: Any, params: Params) -> Any:
    """SIGNALS from rows with statistic, observed, driver, fit (ln expected ratio) and sd."""
    reach = float(params.number("coverage")) * rows.sd
    expected = rows.fit.exp() * rows.driver
    hits = rows.filter(rows.statistic > 0)
    return hits.select(
        "site_id",
        "seq",
        "statistic",
        "observed",
        expected=expected,
        expected_lo=expected * (-reach).exp(),
        expected_hi=expected * reach.exp(),
        amount=(rows.observed - expected).abs(),
    ).select(*(column.name for column in SIGNALS.columns))


def agreed(z: Any, other: Any) -> Any:
    """The smaller of two deviations of the same sign, else 0."""
    smaller = z.sign() * ibis.least(z.abs(), other.abs())
    return ibis.ifelse(z * other > 0, smaller, 0.0)
