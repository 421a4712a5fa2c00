"""S401: reported fuel against an independent meter, CUSUM in both directions."""

from typing import ClassVar

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import METERED_ENERGY, TRUE_RETURNS
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.ratio import RatioDetector


class MeterFuel(RatioDetector):
    """自报燃料消费量与独立计量（如烟气二氧化碳连续监测）持续不符.

    依据：统计法第七条、节约能源法第二十七条、第五十三条：用能单位应当如实报送并以计量为据。
    异常：燃料与独立计量之比对本企业诚实期的比值（并扣除同类企业同月的共同变化）的标准化残差累积（CUSUM，双向）。燃料与产量同时压低时，此比值仍然变化。
    正常：两者按不变的比例同升同降；单月的计量误差不累积。没有独立计量的不作判定。
    """

    code = "S401"
    title = N_("自报燃料与独立计量持续不符")
    severity = Severity.ANOMALY
    table = "months"
    unit = "tce"
    amount_unit = "tce"
    span = 7
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (
        METERED_ENERGY,
        TRUE_RETURNS,
    )
    target = "fuel"
    driver = "co2_meter"
    slope = False
    template = N_(
        "{subject}在{end}的自报燃料消费量为{observed} {unit}，按独立计量应为{expected} {unit}（{lo}至{hi} {unit}），同向偏离逐期累积，证据强度{evidence}；本期相差{amount} {amount_unit}。"
    )
