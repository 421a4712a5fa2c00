"""M601: active energy that contradicts the reactive energy and power factor of the same meter.

1. Two of the three figures give the third (`triangle`); rounding makes an interval of it.
2. A reading outside by the lagging and by the net convention is one that no load gives.
3. Such readings of a day are weighed against the rate of errors of honest meters (`readings`).
Blind where the factor is 100 (no lagging energy), and to what is lost before the meter (M606, M607 look there).
"""

from typing import Any, ClassVar

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import METERED_ENERGY
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.meters import basis, triangle
from hengjian.monitoring.detectors.meters.readings import (
    QUARTERS_A_DAY,
    as_signals,
    weigh_breaches,
)
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.parameters import Params


class PowerTriangle(PanelDetector):
    """有功电量与同表无功电量、功率因数不符.

    依据：功率因数＝有功÷√(有功²＋无功²)，同一块表的三个读数互相决定，只差显示位数的舍入。
    异常：有功电量落在由无功电量和功率因数反算的区间之外，一日内次数超过诚实电表出错的概率。
    正常：舍入误差以内；功率因数为100%（容性或无无功）不判；按净无功计算功率因数的电表；出错率与本厂诚实历史相同。
    """

    code = "M601"
    title = N_("有功、无功与功率因数不符")
    severity = Severity.ANOMALY
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (METERED_ENERGY, basis.ACCURACY)
    parameters: ClassVar[tuple[str, ...]] = ("energy_step", "factor_step", "window", "error_rate")
    template = N_(
        "{subject}电表{end}一刻钟有功电量读数{observed} {unit}，按同表无功电量和功率因数应为{expected} {unit}"
        "（{lo}至{hi} {unit}），三者不可能同时为真，证据强度{evidence}。少计{amount} {amount_unit}。"
    )
    table = "quarters"
    grain = "quarter"
    unit = "kWh"
    amount_unit = "kWh"
    exact = True
    span = QUARTERS_A_DAY

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """Readings that no load gives; observed and expected are the active energy of the quarter hour (kWh)."""
        step = triangle.Resolution.of(params)
        rows = triangle.with_bounds(panel, step)
        rows = rows.mutate(breach=triangle.told(rows) & triangle.forbidden(rows.active, rows, step))
        weighed = weigh_breaches(rows, honest_until, params)
        upper = weighed.hi.fill_null(weighed.expected)
        return as_signals(weighed, weighed.active, weighed.expected, weighed.lo, upper)
