"""P505: exactly the same figure again and again: a meter that stands still or a figure never read."""

from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import METERED_ENERGY, TRUE_RETURNS
from hengjian.monitoring.detectors.cusum import runs
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.history import honest_before, of_sites, past, place
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.detectors.patterns.digits import resolution
from hengjian.monitoring.panel import SIGNALS
from hengjian.monitoring.parameters import Params


class Stuck(PanelDetector):
    """燃料读数一字不差地重复.

    依据：统计法第七条、节约能源法第二十七条：以计量为据如实报送。
    异常：燃料与上期完全相同而产量不同；一次相等的概率为本企业读数的分辨力 ÷ 通常的环比变化，连续各期相乘。
    正常：停产（为零）不计；历史上就常有相等读数的，按其出现的频率计；产量也完全相同的是照抄或停产，不在此列。
    """

    code = "P505"
    title = N_("读数不变")
    severity = Severity.ANOMALY
    table = "months"
    unit = "tce"
    amount_unit = "tce"
    span = 3
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (METERED_ENERGY, TRUE_RETURNS)
    parameters: ClassVar[tuple[str, ...]] = ("step_cap", "min_history")
    template = N_(
        "{subject}在{end}的自报燃料{observed} {unit}与上期完全相同，而本企业通常在{lo}至{hi} {unit}之间变化，"
        "证据强度{evidence}；按通常变化涉及{amount} {amount_unit}。"
    )

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """SIGNALS: see PanelDetector."""
        cap = float(params.number("step_cap"))
        rows = _steps(panel, honest_until, int(params.number("min_history")))
        chance = ibis.greatest(rows.resolution / rows.usual, rows.repeats / rows.known)
        gain = ibis.least(-ibis.least(chance, 1.0).log10(), cap)
        # Any other figure ends the run.
        hits = runs(rows.filter(rows.same), gain)
        return hits.select(
            "site_id",
            "seq",
            "statistic",
            observed="fuel",
            expected="before",
            expected_lo=ibis.greatest(hits.before - hits.usual, 0.0),
            expected_hi=hits.before + hits.usual,
            amount="usual",
        ).select(*(column.name for column in SIGNALS.columns))


def _steps(panel: Any, honest_until: int, least: int) -> Any:
    """Each period beside the one before it, with the usual change, resolution and repeats of honest history."""
    order = ibis.window(group_by="site_id", order_by="seq")
    rows = panel.filter(panel.fuel > 0)
    rows = rows.select(
        "site_id",
        "seq",
        "fuel",
        honest=rows.seq < honest_until,
        before=rows.fuel.lag().over(order),
        made=rows.output - rows.output.lag().over(order),
        own=resolution(rows.fuel),
    )
    rows = rows.mutate(change=(rows.fuel - rows.before).abs())
    rows = rows.mutate(same=(rows.change == 0) & (ibis.coalesce(rows.made, 1.0) != 0))
    rows = of_sites(rows, rows.filter(rows.same))
    null = ibis.null("float64")
    change = ibis.ifelse(rows.honest, rows.change, null)
    rows = rows.mutate(
        usual=change.mean().over(past()),
        # The first period has no change.
        known=honest_before(rows) - 1,
        place=place(),
        repeats=ibis.ifelse(rows.honest & (rows.change == 0), 1.0, 0.0).sum().over(past()),
        resolution=ibis.ifelse(rows.honest, rows.own, null).min().over(past()),
    )
    return rows.filter(rows.known >= least, rows.change.notnull(), rows.usual > 0)
