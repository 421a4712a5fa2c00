"""What the rules over 15-minute meters share: windows, usual load, forbidden readings weighed, columns."""

from typing import Any

import ibis

from hengjian.monitoring.detectors.tails import poisson_evidence
from hengjian.monitoring.panel import SIGNALS
from hengjian.monitoring.parameters import Params

QUARTERS_A_DAY = 96
FALSE = ibis.literal(value=False)


def by_site(**bounds: Any) -> Any:
    """Window over the readings of a site in order of time."""
    return ibis.window(group_by="site_id", order_by="seq", **bounds)


def so_far() -> Any:
    """Window from the first reading of a site up to the row."""
    return by_site(preceding=None, following=0)


def changed(value: Any) -> Any:
    """Whether a reading is known and differs from the known one before it."""
    return (value != value.lag().over(by_site())).fill_null(FALSE)


def with_usual_load(panel: Any, honest_until: int) -> Any:
    """The panel with usual, usual_lo, usual_hi (kWh): mean, least and most active energy of the site's honest
    history at the same quarter hour of the day, or, if it has none there, at any (null without history).
    """
    clock = panel.mutate(clock=panel.seq % QUARTERS_A_DAY)
    honest = clock.seq < honest_until
    at, ever = ibis.window(group_by=("site_id", "clock")), ibis.window(group_by="site_id")

    def usual(figure: Any) -> Any:
        return ibis.coalesce(figure.over(at), figure.over(ever))

    return clock.mutate(
        usual=usual(clock.active.mean(where=honest)),
        usual_lo=usual(clock.active.min(where=honest)),
        usual_hi=usual(clock.active.max(where=honest)),
    )


def weigh_breaches(readings: Any, honest_until: int, params: Params) -> Any:
    """Readings with a boolean ``breach`` (what a right meter cannot show) get a ``statistic``.

    Breaches of the last `window` quarter hours are compared with a Poisson law whose rate is the parameter
    `error_rate` or, where larger, the site's own rate in honest history (a meter of another make): the statistic
    is -log10 of the tail's upper bound at a breach, else 0.
    """
    window = int(params.number("window"))
    told = readings.mutate(broken=readings.breach.fill_null(FALSE))
    own = told.broken.cast("float64").mean(where=told.seq < honest_until)
    usual_rate = own.over(ibis.window(group_by="site_id")).fill_null(0.0)
    found = told.broken.cast("float64").sum().over(by_site(preceding=window - 1, following=0))
    rate = ibis.greatest(usual_rate, float(params.number("error_rate")))
    counted = told.mutate(found=found, allowed=rate * window)
    strength = poisson_evidence(counted.found, counted.allowed)
    return counted.mutate(statistic=ibis.ifelse(counted.broken, strength, 0.0))


def as_signals(rows: Any, observed: Any, expected: Any, lo: Any, hi: Any) -> Any:
    """Rows with a ``statistic`` as SIGNALS; the amount is the energy that the reading lacks (kWh)."""
    lacking = ibis.greatest(expected - observed.fill_null(0.0), 0.0).fill_null(0.0)
    told = rows.mutate(
        observed=observed, expected=expected, expected_lo=lo, expected_hi=hi, amount=lacking
    )
    found = told.filter(told.statistic > 0)
    return found.select(*(column.name for column in SIGNALS.columns))
