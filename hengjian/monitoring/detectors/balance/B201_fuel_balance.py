"""B201: opening stock + receipts - closing stock against reported fuel, CUSUM with the site's own tolerance."""

from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.balance.stock import balances
from hengjian.monitoring.detectors.baseline import predict
from hengjian.monitoring.detectors.basis import METERED_ENERGY, TRUE_ENERGY_REPORT, TRUE_RETURNS
from hengjian.monitoring.detectors.cusum import clip, nominal, two_sided
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.detectors.ratio import RATIO
from hengjian.monitoring.panel import SIGNALS
from hengjian.monitoring.parameters import Params


class FuelBalance(PanelDetector):
    """燃料进耗存不平衡：期初库存 + 购进 - 期末库存与自报消费量持续不符.

    依据：统计法第七条、节约能源法第二十七条：能源消费统计应有购进、库存、消费台账并相互吻合。
    异常：不平衡量（占通常月消费量的比例）对本企业诚实期的标准化残差累积（CUSUM，双向）；盘点误差逐期相抵，不会累积。
    正常：各企业盘点精度不同，容差取自本企业历史；一次盘亏盘盈在下期冲回；购进、库存缺报的不作判定。
    """

    code = "B201"
    title = N_("燃料进耗存不平衡")
    severity = Severity.ANOMALY
    table = "months"
    unit = "tce"
    amount_unit = "tce"
    grain = "month"
    span = 3
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (
        METERED_ENERGY,
        TRUE_ENERGY_REPORT,
        TRUE_RETURNS,
    )
    parameters: ClassVar[tuple[str, ...]] = RATIO
    template = N_(
        "{subject}在{end}的自报燃料消费量为{observed} {unit}，按期初库存、购进和期末库存应为{expected} {unit}"
        "（按本企业盘点精度{lo}至{hi} {unit}），同向逐期累积，证据强度{evidence}；本期相差{amount} {amount_unit}。"
    )

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """SIGNALS: see PanelDetector."""
        rows = balances(panel, honest_until)
        rows = rows.mutate(x=ibis.literal(0.0), y=(rows.observed - rows.apparent) / rows.typical)
        judged = predict(rows, params, slope=False)
        drift = float(params.number("drift"))
        z = clip(judged.z, float(params.number("clip")))
        sums = two_sided(judged, z, drift)
        hits = sums.mutate(statistic=nominal(ibis.greatest(sums.up, sums.down), drift))
        hits = hits.filter(hits.statistic > 0)
        expected = hits.apparent + hits.fit * hits.typical
        reach = float(params.number("coverage")) * hits.sd * hits.typical
        return hits.select(
            "site_id",
            "seq",
            "statistic",
            "observed",
            expected=expected,
            expected_lo=expected - reach,
            expected_hi=expected + reach,
            amount=(hits.observed - expected).abs(),
        ).select(*(column.name for column in SIGNALS.columns))
