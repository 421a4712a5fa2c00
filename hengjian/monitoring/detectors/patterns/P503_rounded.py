"""P503: figures rounded off, or smoothed and rounded, where the site used to report what it read."""

from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import METERED_ENERGY, TRUE_RETURNS
from hengjian.monitoring.detectors.cusum import cusum
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.history import honest_before, of_sites, past
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.detectors.patterns.digits import resolution, significant, zeros
from hengjian.monitoring.panel import SIGNALS
from hengjian.monitoring.parameters import Params


class Rounded(PanelDetector):
    """凑整：燃料与产量的末位比本企业以往多出若干个零.

    依据：统计法第七条、节约能源法第二十七条：以计量为据如实报送。
    异常：燃料、产量末尾零的个数多于本企业诚实期最多的个数，且只剩少数有效数字；每多一个零，诚实读数的概率为十分之一，连续各期相乘。
    正常：历来按整数、千位报送的，以其以往最多的零为准；数值本身位数少的不算凑整；偶然一个零不累积。
    """

    code = "P503"
    title = N_("数据凑整")
    severity = Severity.ANOMALY
    table = "months"
    unit = "tce"
    amount_unit = "tce"
    span = 3
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (METERED_ENERGY, TRUE_RETURNS)
    parameters: ClassVar[tuple[str, ...]] = ("drift", "max_digits", "min_history")
    template = N_(
        "{subject}在{end}的自报燃料{observed} {unit}（凑整的单位使其只能说明在{lo}至{hi} {unit}之间），末尾的零多于本企业以往，"
        "连续出现，证据强度{evidence}；凑整可掩盖{amount} {amount_unit}。"
    )

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """SIGNALS: see PanelDetector."""
        rows = panel.filter(panel.fuel > 0, panel.output > 0)
        rows = rows.select("site_id", "seq", "fuel", "output", honest=rows.seq < honest_until)
        most = int(params.number("max_digits"))
        rows = rows.mutate(
            **{f"{name}_zeros": zeros(rows[name]) for name in ("fuel", "output")},
            **{f"{name}_few": significant(rows[name]) <= most for name in ("fuel", "output")},
        )
        rows = of_sites(rows, rows.filter(rows.fuel_few | rows.output_few))
        extra = [_extra(rows, name) for name in ("fuel", "output")]
        rows = rows.mutate(extra=extra[0] + extra[1], known=honest_before(rows))
        rows = rows.filter(rows.known >= int(params.number("min_history")))
        runs = cusum(rows, statistic=rows.extra.cast("float64") - float(params.number("drift")))
        hits = runs.filter(runs.statistic > 0, runs.extra > 0)
        half = resolution(hits.fuel) / 2
        return hits.select(
            "site_id",
            "seq",
            "statistic",
            observed="fuel",
            expected="fuel",
            expected_lo=hits.fuel - half,
            expected_hi=hits.fuel + half,
            amount=half,
        ).select(*(column.name for column in SIGNALS.columns))


def _extra(rows: Any, name: str) -> Any:
    """Zeros beyond the most that honest history shows, where few digits are left."""
    known = ibis.ifelse(rows.honest, rows[f"{name}_zeros"], ibis.null("int64"))
    more = rows[f"{name}_zeros"] - ibis.coalesce(known.max().over(past()), 0)
    return ibis.ifelse(rows[f"{name}_few"], ibis.greatest(more, 0), 0)
