"""C701: carbon dioxide against fuel: the factor of a single period far from the site's own."""

from typing import Any, ClassVar

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.baseline import log_ratio
from hengjian.monitoring.detectors.basis import METERED_ENERGY, TRUE_RETURNS
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.evidence import evidence
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.detectors.ratio import BASELINE, banded
from hengjian.monitoring.parameters import Params


class CarbonFuel(PanelDetector):
    """当期二氧化碳与燃料不成比例：排放因子突变.

    依据：统计法第七条、节约能源法第二十七条；二氧化碳排放量等于燃料消费量乘以排放因子（GB/T 32150）。
    异常：单期的燃料与二氧化碳之比偏离本企业诚实期比值（扣除同类企业同期变化）超过阈值个标准差。
    正常：燃料品质的缓慢变化由历史和同类企业吸收；没有独立的二氧化碳数据的不作判定。
    """

    code = "C701"
    title = N_("二氧化碳与燃料不成比例")
    severity = Severity.ANOMALY
    table = "months"
    unit = "tce"
    amount_unit = "tce"
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (METERED_ENERGY, TRUE_RETURNS)
    parameters: ClassVar[tuple[str, ...]] = (*BASELINE, "threshold", "coverage")
    template = N_(
        "{subject}在{end}的自报燃料为{observed} {unit}，按二氧化碳排放量和本企业历来的排放因子应为{expected} {unit}"
        "（{lo}至{hi} {unit}），证据强度{evidence}；相差{amount} {amount_unit}。"
    )

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """SIGNALS: see PanelDetector."""
        rows = log_ratio(panel, "fuel", "co2_meter", honest_until, params, slope=False)
        far = rows.filter(rows.z.abs() > float(params.number("threshold")))
        return banded(far.mutate(statistic=evidence(far.z.abs())), params)
