"""B203: a balance that fits too well: receipts or stocks computed from the reported fuel instead of weighed."""

from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.balance.stock import balances
from hengjian.monitoring.detectors.basis import METERED_ENERGY, TRUE_RETURNS
from hengjian.monitoring.detectors.cusum import runs
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.history import honest_before, past, place
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.panel import SIGNALS
from hengjian.monitoring.parameters import Params


class ExactBalance(PanelDetector):
    """进耗存平衡得过于精确：购进或库存系倒推.

    依据：统计法第七条、节约能源法第二十七条：购进、库存应当据实计量，不得由消费量倒推。
    异常：不平衡量远小于本企业诚实期通常的不平衡量，且连续出现；单期概率为其与通常不平衡量之比，连续各期相乘。
    正常：历来就精确平衡的企业（账面库存）不计；偶然一期吻合不累积；购进、库存缺报的不作判定。
    """

    code = "B203"
    title = N_("进耗存平衡得过于精确")
    severity = Severity.ANOMALY
    table = "months"
    unit = "tce"
    amount_unit = "tce"
    grain = "month"
    span = 3
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (METERED_ENERGY, TRUE_RETURNS)
    parameters: ClassVar[tuple[str, ...]] = ("max_share", "floor", "min_history", "min_usual")
    template = N_(
        "{subject}在{end}的自报燃料消费量{observed} {unit}与进耗存推算的{expected} {unit}几乎分毫不差，"
        "而本企业通常在{lo}至{hi} {unit}之间，连续出现，证据强度{evidence}；涉及{amount} {amount_unit}。"
    )

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """SIGNALS: see PanelDetector."""
        rows = balances(panel, honest_until)
        rows = rows.mutate(off=(rows.observed - rows.apparent).abs() / rows.typical)
        known = ibis.ifelse(rows.honest, rows.off, ibis.null("float64"))
        rows = rows.mutate(
            usual=known.mean().over(past()), known=honest_before(rows), place=place()
        )
        rows = rows.filter(
            rows.known >= int(params.number("min_history")),
            rows.usual >= float(params.number("min_usual")),
        )
        share = ibis.greatest(rows.off / rows.usual, float(params.number("floor")))
        hits = runs(rows.filter(share < float(params.number("max_share"))), -share.log10())
        reach = hits.usual * hits.typical
        return hits.select(
            "site_id",
            "seq",
            "statistic",
            "observed",
            expected="apparent",
            expected_lo=hits.apparent - reach,
            expected_hi=hits.apparent + reach,
            amount=reach,
        ).select(*(column.name for column in SIGNALS.columns))
