"""M605: active energy that fits the reactive energy and power factor of another time.

Where a reading contradicts its own triangle (M601), the active energy of up to `reach` quarter hours before and after
is tried in it. If one and the same distance fits far oftener than by `chance`, the readings were shifted, not
lost. The number of distances tried is allowed for.
"""

from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import METERED_ENERGY
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.meters import triangle
from hengjian.monitoring.detectors.meters.readings import QUARTERS_A_DAY, as_signals, by_site
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.detectors.tails import poisson_evidence
from hengjian.monitoring.parameters import Params


class TimeShift(PanelDetector):
    """有功电量被移到另一时刻.

    依据：同一块表同一时刻的有功、无功、功率因数互相决定；错开固定时间后反而吻合，说明有功曲线被平移。
    异常：与本时刻不符的读数中，按同一时间差吻合的次数远超偶然。
    正常：三者相符；虽不符但没有固定时间差可解释（由M601判断）。
    """

    code = "M605"
    title = N_("有功电量时间平移")
    severity = Severity.ANOMALY
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (METERED_ENERGY,)
    parameters: ClassVar[tuple[str, ...]] = (
        "energy_step",
        "factor_step",
        "window",
        "reach",
        "chance",
    )
    template = N_(
        "{subject}电表{end}一刻钟有功电量读数{observed} {unit}与同表无功电量、功率因数不符，应为{expected} {unit}"
        "（{lo}至{hi} {unit}）；有功曲线平移固定时间后才相符，证据强度{evidence}。少计{amount} {amount_unit}。"
    )
    table = "quarters"
    grain = "quarter"
    unit = "kWh"
    amount_unit = "kWh"
    exact = True
    span = QUARTERS_A_DAY

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:  # noqa: ARG002
        """Readings that contradict their triangle while another time fits it; figures as in M601 (kWh)."""
        step, reach = triangle.Resolution.of(params), int(params.number("reach"))
        rows = triangle.with_bounds(panel, step)
        rows = rows.mutate(bad=triangle.told(rows) & triangle.forbidden(rows.active, rows, step))
        moves = [move for move in range(-reach, reach + 1) if move]
        rows = rows.mutate(**{f"at{i}": _moved(rows.active, move) for i, move in enumerate(moves)})
        rows = rows.mutate(**{f"fits{i}": _fits(rows, i, step) for i in range(len(moves))})
        day = by_site(preceding=int(params.number("window")) - 1, following=0)
        counts = [rows[f"fits{i}"].sum().over(day) for i in range(len(moves))]
        rows = rows.mutate(
            fitting=ibis.greatest(*counts), tried=rows.bad.cast("float64").sum().over(day)
        )
        rows = rows.filter(rows.bad)
        strength = poisson_evidence(rows.fitting, rows.tried * float(params.number("chance")))
        rows = rows.mutate(statistic=strength - ibis.literal(float(len(moves))).log10())
        upper = rows.hi.fill_null(rows.expected)
        return as_signals(rows, rows.active, rows.expected, rows.lo, upper)


def _moved(active: Any, move: int) -> Any:
    shifted = active.lag(move) if move > 0 else active.lead(-move)
    return shifted.over(by_site())


def _fits(rows: Any, i: int, step: triangle.Resolution) -> Any:
    other = rows[f"at{i}"]
    fits = rows.bad & other.notnull() & ~triangle.forbidden(other, rows, step)
    return fits.cast("float64")
