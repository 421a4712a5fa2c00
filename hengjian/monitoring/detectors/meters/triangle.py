"""Active energy, reactive energy and power factor of one meter: two of them give the third.

pf = 100·P / √(P² + Q²), so P = Q·pf / √(100² - pf²). Every figure is printed with a resolution, so P is known as an
interval; outside of it no load whatever gives the three readings. Meters give the factor of the lagging energy, or
of the net of lagging and leading energy: a reading must break both to be forbidden.
"""

from dataclasses import dataclass
from typing import Any, Self

import ibis

from hengjian.monitoring.detectors.meters.readings import FALSE
from hengjian.monitoring.parameters import Params

FULL = 100.0


@dataclass(frozen=True, slots=True)
class Resolution:
    """Half a printed step: what rounding may have changed."""

    energy: float
    factor: float

    @classmethod
    def of(cls, params: Params) -> Self:
        """From `energy_step` (kWh, kvarh) and `factor_step` (%)."""
        energy, factor = params.number("energy_step"), params.number("factor_step")
        return cls(float(energy / 2), float(factor / 2))


def told(panel: Any) -> Any:
    """Whether all three figures are known and the factor says something."""
    known = panel.active.notnull() & panel.lagging.notnull() & panel.power_factor.notnull()
    return known & (panel.power_factor > 0) & (panel.power_factor <= FULL)


def with_bounds(panel: Any, step: Resolution) -> Any:
    """The panel with expected, lo, hi (kWh) by the lagging and net_lo, net_hi by the net reactive energy.

    hi and net_hi are null where the factor is 100 to its resolution: any energy is possible. expected is then lo.
    """
    lagging, factor = panel.lagging, panel.power_factor
    net = (lagging - panel.leading.fill_null(0.0)).abs()
    # Rounding of two energies adds up in their difference.
    lo, hi = _interval(lagging, factor, step.energy, step.factor)
    net_lo, net_hi = _interval(net, factor, 2 * step.energy, step.factor)
    bounds = panel.mutate(lo=lo, hi=hi, net_lo=net_lo, net_hi=net_hi)
    exact = bounds.lagging * _per_reactive(bounds.power_factor)
    return bounds.mutate(expected=ibis.coalesce(exact, bounds.lo))


def forbidden(active: Any, bounds: Any, step: Resolution) -> Any:
    """Whether an active energy (any column of ``bounds``) fits neither convention; null is not forbidden."""
    lagging = _outside(active, bounds.lo, bounds.hi, step.energy)
    return lagging & _outside(active, bounds.net_lo, bounds.net_hi, step.energy)


def _interval(reactive: Any, factor: Any, energy: float, step: float) -> tuple[Any, Any]:
    least = ibis.greatest(reactive - energy, 0.0) * _per_reactive(ibis.greatest(factor - step, 0.0))
    return least, (reactive + energy) * _per_reactive(factor + step)


def _per_reactive(factor: Any) -> Any:
    """P / Q at a power factor in percent; null from 100 on."""
    open_ = ibis.ifelse(factor < FULL, factor, None)
    return open_ / (FULL * FULL - open_ * open_).sqrt()


def _outside(active: Any, lo: Any, hi: Any, step: float) -> Any:
    return (active + step < lo).fill_null(FALSE) | (active - step > hi).fill_null(FALSE)
