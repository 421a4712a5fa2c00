"""R301: fuel against output, CUSUM of the ratio; what an independent meter confirms is no falsehood of the fuel."""

from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.baseline import log_ratio
from hengjian.monitoring.detectors.basis import METERED_ENERGY, TRUE_ENERGY_REPORT, TRUE_RETURNS
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.ratio import RatioDetector, agreed, drifted
from hengjian.monitoring.parameters import Params


class FuelOutput(RatioDetector):
    """自报燃料与产量之比持续偏离本企业历史.

    依据：统计法第七条、节约能源法第二十七条、第五十三条：用能单位应当如实报送并以计量为据。
    异常：按本企业诚实期的燃料与产量关系（含空载消耗）和同类企业同月的共同变化预测燃料，标准化残差的累积和（CUSUM，双向）超出诚实期所见。
    正常：单期波动、随负荷变化的单耗、同类企业共有的变化不累积；有独立计量且其证实燃料属实的，只计独立计量同样显示的部分。
    """

    code = "R301"
    title = N_("燃料与产量之比持续偏离")
    severity = Severity.ANOMALY
    table = "months"
    unit = "tce"
    amount_unit = "tce"
    span = 7
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (
        METERED_ENERGY,
        TRUE_ENERGY_REPORT,
        TRUE_RETURNS,
    )
    target = "fuel"
    driver = "output"
    slope = True
    template = N_(
        "{subject}在{end}的自报燃料消费量为{observed} {unit}，按本企业历史和同类企业，以产量推算应为{expected} {unit}"
        "（{lo}至{hi} {unit}），同向偏离逐期累积，证据强度{evidence}；本期相差{amount} {amount_unit}。"
    )

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """SIGNALS: see PanelDetector."""
        rows = log_ratio(panel, "fuel", "output", honest_until, params, slope=True)
        meter = log_ratio(panel, "fuel", "co2_meter", honest_until, params, slope=False)
        shown = meter.select("site_id", "seq", shown=meter.z * meter.sd)
        both = rows.left_join(shown, ["site_id", "seq"])
        z = ibis.ifelse(both.shown.isnull(), both.z, agreed(both.z, both.shown / both.sd))
        return drifted(both.select(*rows.drop("z").columns, z=z), params)
