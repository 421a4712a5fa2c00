"""P502: the period before is copied, exactly or with a little noise, output and fuel alike."""

from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import TRUE_RETURNS
from hengjian.monitoring.detectors.cusum import runs
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.history import honest_before, past, place
from hengjian.monitoring.detectors.panel_detector import OUTPUT_UNIT, PanelDetector
from hengjian.monitoring.panel import SIGNALS
from hengjian.monitoring.parameters import Params


class Copied(PanelDetector):
    """照抄上期：产量与燃料同时与上期几乎相同.

    依据：统计法第七条：不得提供不真实的统计资料。
    异常：产量与燃料的环比变化都远小于本企业诚实期通常的环比变化，且连续出现；
    单期概率按变化的密度估计（变化的较大者 ÷ 通常变化），连续各期相乘。
    正常：生产平稳的企业通常变化本来就小，概率不低；只有一项不变的不计；停产（为零）不计。
    """

    code = "P502"
    title = N_("照抄上期数据")
    severity = Severity.ANOMALY
    table = "months"
    unit = OUTPUT_UNIT
    amount_unit = OUTPUT_UNIT
    span = 4
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (TRUE_RETURNS,)
    parameters: ClassVar[tuple[str, ...]] = ("max_share", "floor", "min_history")
    template = N_(
        "{subject}在{end}的自报产量{observed} {unit}与上期{expected} {unit}几乎相同（本企业通常在{lo}至{hi} {unit}之间变化），"
        "燃料也是如此，连续出现，证据强度{evidence}；涉及{amount} {amount_unit}。"
    )

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """SIGNALS: see PanelDetector."""
        usual = _changes(panel, honest_until, int(params.number("min_history")))
        share = ibis.greatest(usual.change / usual.usual, float(params.number("floor")))
        # Any larger change ends the run.
        hits = runs(usual.filter(share < float(params.number("max_share"))), -share.log10())
        return hits.select(
            "site_id",
            "seq",
            "statistic",
            observed="output",
            expected="before",
            expected_lo=hits.before * (-hits.usual).exp(),
            expected_hi=hits.before * hits.usual.exp(),
            amount=hits.before * hits.usual,
        ).select(*(column.name for column in SIGNALS.columns))


def _changes(panel: Any, honest_until: int, least: int) -> Any:
    """Rows with the larger relative change of the two against the period before, and what is usual."""
    order = ibis.window(group_by="site_id", order_by="seq")
    rows = panel.filter(panel.output > 0, panel.fuel > 0)
    rows = rows.select(
        "site_id",
        "seq",
        "output",
        honest=rows.seq < honest_until,
        before=rows.output.lag().over(order),
        made=(rows.output / rows.output.lag().over(order)).ln().abs(),
        burned=(rows.fuel / rows.fuel.lag().over(order)).ln().abs(),
    )
    rows = rows.mutate(change=ibis.greatest(rows.made, rows.burned))
    known = ibis.ifelse(rows.honest, rows.change, ibis.null("float64"))
    # The first period has no change.
    rows = rows.mutate(
        usual=known.mean().over(past()), known=honest_before(rows) - 1, place=place()
    )
    return rows.filter(rows.known >= least, rows.change.notnull())
