"""R302: electricity against output, CUSUM of the ratio."""

from typing import ClassVar

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import METERED_ENERGY, TRUE_RETURNS
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.ratio import RatioDetector


class ElectricityOutput(RatioDetector):
    """自报用电量与产量之比持续偏离本企业历史.

    依据：统计法第七条、节约能源法第二十七条、第五十三条：用能单位应当如实报送并以计量为据。
    异常：按本企业诚实期的电耗与产量关系（含空载电耗）和同类企业同月的共同变化预测用电量，标准化残差的累积和（CUSUM，双向）超出诚实期所见。
    正常：单月波动、随负荷变化的单耗、同类企业共有的变化不累积；历史不足的不作判定。
    """

    code = "R302"
    title = N_("电耗与产量之比持续偏离")
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
    driver = "output"
    slope = True
    template = N_(
        "{subject}在{end}的自报用电量为{observed} {unit}，按本企业历史和同类企业，以产量推算应为{expected} {unit}（{lo}至{hi} {unit}），同向偏离逐期累积，证据强度{evidence}；本期相差{amount} {amount_unit}。"
    )
