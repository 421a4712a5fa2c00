"""S402: reported electricity against the grid company, CUSUM in both directions."""

from typing import ClassVar

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import METERED_ENERGY, TRUE_RETURNS
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.ratio import RatioDetector


class GridElectricity(RatioDetector):
    """自报用电量与电网企业售电量持续不符.

    依据：统计法第七条、节约能源法第二十七条、第五十三条：用能单位应当如实报送并以计量为据。
    异常：自报用电量与电网企业售电量之比对本企业诚实期的比值的标准化残差累积（CUSUM，双向）。
    正常：自发电比例稳定的企业比值不为1但不变；单月抄表日差异不累积。没有电网电量的不作判定。
    """

    code = "S402"
    title = N_("自报电量与电网电量持续不符")
    severity = Severity.ANOMALY
    table = "months"
    unit = "kWh"
    amount_unit = "kWh"
    span = 7
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (
        METERED_ENERGY,
        TRUE_RETURNS,
    )
    target = "electricity"
    driver = "grid_electricity"
    slope = False
    template = N_(
        "{subject}在{end}的自报用电量为{observed} {unit}，按电网企业售电量应为{expected} {unit}（{lo}至{hi} {unit}），同向偏离逐期累积，证据强度{evidence}；本期相差{amount} {amount_unit}。"
    )
