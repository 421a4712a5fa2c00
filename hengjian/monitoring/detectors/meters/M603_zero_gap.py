"""M603: no active energy while the same meter shows that current flows.

Zero (or absent) active energy with reactive energy, a power factor between 0 and 100 or CO2 above zero is a reading
no load gives; such readings of a day are weighed against the rate of errors of honest meters (`readings`). An
outage, where everything is zero or absent, is honest.
"""

from typing import Any, ClassVar

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import METERED_ENERGY
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.meters import basis
from hengjian.monitoring.detectors.meters.readings import (
    FALSE,
    QUARTERS_A_DAY,
    as_signals,
    weigh_breaches,
    with_usual_load,
)
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.parameters import Params

FULL = 100.0


class ZeroGap(PanelDetector):
    """有功电量为零或缺失而同表仍有电流.

    依据：无有功电量则无功率因数可言；有无功电量、功率因数或碳排放读数，说明电表带电带载。
    异常：有功电量为零或缺失，而无功电量、碳排放大于零或功率因数介于0与100%之间，一日内次数超过诚实电表出错的概率。
    正常：停电、整表通信中断（各项同时为零或缺失）；本厂诚实历史中经常出现的空载（有功不足一个显示位）。
    """

    code = "M603"
    title = N_("有功电量归零而电表带载")
    severity = Severity.ANOMALY
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (METERED_ENERGY, basis.THEFT)
    parameters: ClassVar[tuple[str, ...]] = ("window", "error_rate")
    template = N_(
        "{subject}电表{end}有功电量为零或缺失，而同表无功电量、功率因数或碳排放显示带载；本厂历史同一时刻通常为"
        "{expected} {unit}（{lo}至{hi} {unit}），证据强度{evidence}。少计{amount} {amount_unit}。"
    )
    table = "quarters"
    grain = "quarter"
    unit = "kWh"
    amount_unit = "kWh"
    exact = True
    span = QUARTERS_A_DAY

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """Readings of zero under load; observed is 0 (kWh), expected the usual load of the time of day (kWh)."""
        rows = with_usual_load(panel, honest_until)
        gap = rows.active.isnull() | (rows.active == 0)
        factor = (rows.power_factor > 0) & (rows.power_factor < FULL)
        signs = (rows.lagging > 0, rows.leading > 0, rows.co2 > 0, factor)
        loaded = FALSE
        for sign in signs:
            loaded |= sign.fill_null(FALSE)
        weighed = weigh_breaches(rows.mutate(breach=gap & loaded), honest_until, params)
        observed = weighed.active.fill_null(0.0)
        return as_signals(weighed, observed, weighed.usual, weighed.usual_lo, weighed.usual_hi)
