"""S403: output and fuel cut together: both stay behind an independent meter, while their ratio looks right."""

from typing import Any, ClassVar

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.baseline import log_ratio
from hengjian.monitoring.detectors.basis import METERED_ENERGY, TRUE_ENERGY_REPORT, TRUE_RETURNS
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.panel_detector import OUTPUT_UNIT
from hengjian.monitoring.detectors.ratio import RatioDetector, agreed, drifted
from hengjian.monitoring.parameters import Params


class MeterOutput(RatioDetector):
    """产量与燃料一并偏离独立计量.

    依据：统计法第七条、节约能源法第二十七条、第五十三条：用能单位应当如实报送并以计量为据。
    异常：自报产量和自报燃料对独立计量的比值同向偏离本企业诚实期，取两者中较小的标准化残差累积（CUSUM，双向）；两者之比看来正常。
    正常：只有产量偏离而燃料与独立计量相符的，是效率变化，不计；单期波动不累积。没有独立计量的不作判定。
    """

    code = "S403"
    title = N_("产量与燃料一并偏离独立计量")
    severity = Severity.ANOMALY
    table = "months"
    unit = OUTPUT_UNIT
    amount_unit = OUTPUT_UNIT
    span = 7
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (
        METERED_ENERGY,
        TRUE_ENERGY_REPORT,
        TRUE_RETURNS,
    )
    target = "output"
    driver = "co2_meter"
    slope = True
    template = N_(
        "{subject}在{end}的自报产量为{observed} {unit}，按独立计量应为{expected} {unit}（{lo}至{hi} {unit}），"
        "自报燃料同样偏离，逐期累积，证据强度{evidence}；本期相差{amount} {amount_unit}。"
    )

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """SIGNALS: see PanelDetector."""
        rows = log_ratio(panel, "output", "co2_meter", honest_until, params, slope=True)
        fuel = log_ratio(panel, "fuel", "co2_meter", honest_until, params, slope=False)
        both = rows.join(fuel.select("site_id", "seq", other="z"), ["site_id", "seq"])
        return drifted(both.select(*rows.drop("z").columns, z=agreed(both.z, both.other)), params)
