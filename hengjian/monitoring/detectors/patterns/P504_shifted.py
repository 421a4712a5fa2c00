"""P504: consumption moved between neighbouring periods: residuals of alternating sign that cancel in pairs."""

from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.baseline import log_ratio
from hengjian.monitoring.detectors.basis import METERED_ENERGY, TRUE_RETURNS
from hengjian.monitoring.detectors.cusum import clip, cusum, nominal
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.detectors.ratio import BASELINE, banded
from hengjian.monitoring.parameters import Params


class Shifted(PanelDetector):
    """跨期调节：本期少报、下期补报.

    依据：统计法第七条、节约能源法第二十七条：应当按期如实报送。
    异常：燃料对独立计量（没有时对产量）的标准化残差相邻两期异号且都大，乘积逐期累积。
    正常：方向不变的偏离属于少报规则；偶然一对正负相抵不累积；抄表日提前或推后的影响只在相邻一对。
    """

    code = "P504"
    title = N_("跨期调节")
    severity = Severity.ANOMALY
    table = "months"
    unit = "tce"
    amount_unit = "tce"
    grain = "month"
    span = 4
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (METERED_ENERGY, TRUE_RETURNS)
    parameters: ClassVar[tuple[str, ...]] = (*BASELINE, "drift", "clip", "coverage")
    template = N_(
        "{subject}在{end}的自报燃料为{observed} {unit}，应为{expected} {unit}（{lo}至{hi} {unit}），"
        "与相邻各期一多一少、彼此相抵，证据强度{evidence}；本期相差{amount} {amount_unit}。"
    )

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """SIGNALS: see PanelDetector."""
        made = log_ratio(panel, "fuel", "output", honest_until, params, slope=True)
        meter = log_ratio(panel, "fuel", "co2_meter", honest_until, params, slope=False)
        metered = meter.select("site_id", metered=True).distinct()
        blind = made.anti_join(metered, "site_id")
        rows = ibis.union(blind.select(*meter.columns), meter)
        order = ibis.window(group_by=("site_id", "honest"), order_by="seq")
        bound = float(params.number("clip"))
        z = clip(rows.z, bound)
        rows = rows.mutate(pair=-z * z.lag().over(order))
        drift = float(params.number("drift"))
        runs = cusum(rows, sums=ibis.coalesce(rows.pair, 0.0) - drift)
        return banded(runs.mutate(statistic=nominal(runs.sums, drift)), params)
