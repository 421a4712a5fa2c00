"""P501: output held at a ceiling: months crowd just under one value while fuel says that more was made."""

from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.baseline import log_ratio
from hengjian.monitoring.detectors.basis import METERED_ENERGY, TRUE_RETURNS
from hengjian.monitoring.detectors.cusum import clip
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.evidence import evidence
from hengjian.monitoring.detectors.panel_detector import OUTPUT_UNIT, PanelDetector
from hengjian.monitoring.detectors.ratio import BASELINE
from hengjian.monitoring.detectors.tails import poisson_evidence
from hengjian.monitoring.panel import SIGNALS
from hengjian.monitoring.parameters import Params

SQRT_PI = 1.7724538509055159


class Capped(PanelDetector):
    """按配额封顶：产量挤在同一数值之下，燃料却显示产出更多.

    依据：统计法第七条、节约能源法第二十七条：以计量为据如实报送。
    异常：若干期产量彼此相差不到容差、其间无更高者，数目多于按本企业诚实期离散程度应有的，且这些期的燃料与产量之比高于历史；
    两项证据相互独立、都须有，概率相乘，前者至多计为后者的两倍。
    正常：产量平稳但燃料比不升的是真实的稳定生产；燃料比升高而产量分散的属于比值规则；历史上就很平稳的应有数目本来就多。
    """

    code = "P501"
    title = N_("产量按配额封顶")
    severity = Severity.ANOMALY
    table = "months"
    unit = OUTPUT_UNIT
    amount_unit = OUTPUT_UNIT
    grain = "month"
    span = 6
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (METERED_ENERGY, TRUE_RETURNS)
    parameters: ClassVar[tuple[str, ...]] = (*BASELINE, "width", "clip", "coverage")
    template = N_(
        "{subject}在{end}的自报产量{observed} {unit}与此前若干期挤在同一数值，按燃料推算应为{expected} {unit}"
        "（{lo}至{hi} {unit}），证据强度{evidence}；本期相差{amount} {amount_unit}。"
    )

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """SIGNALS: see PanelDetector."""
        rows = log_ratio(panel, "fuel", "output", honest_until, params, slope=True)
        width = float(params.number("width"))
        rows = rows.mutate(rise=clip(rows.z, float(params.number("clip"))))
        crowds = _crowds(rows, width).join(_spread(panel, honest_until), "site_id")
        chance = ibis.least(width / (SQRT_PI * ibis.greatest(crowds.spread, width)), 1.0)
        expected = chance * crowds.before
        mass = poisson_evidence(crowds.near, expected)
        rise = (crowds.rise + crowds.others) / (crowds.near + 1).cast("float64").sqrt()
        hits = crowds.mutate(mass=mass, joint=rise).filter(
            crowds.rise > 0, crowds.near > 0, ibis._.mass > 0, ibis._.joint > 0
        )
        # A plant that truly runs at one level crowds without limit: mass counts only as far as the rise bears it.
        hits = hits.mutate(strength=evidence(hits.joint))
        ratio, reach = hits.fit.exp(), (float(params.number("coverage")) * hits.sd).exp()
        made = hits.observed / ratio
        return hits.select(
            "site_id",
            "seq",
            statistic=ibis.least(hits.mass, 2 * hits.strength) + hits.strength,
            observed="driver",
            expected=made,
            expected_lo=made / reach,
            expected_hi=made * reach,
            amount=(made - hits.driver).abs(),
        ).select(*(column.name for column in SIGNALS.columns))


def _crowds(rows: Any, width: float) -> Any:
    """Each period with the earlier ones beside it in output (near, sum of their rises) since a higher one."""
    of_site = ibis.window(group_by=("site_id", "honest"), order_by="seq")
    rows = rows.mutate(before=ibis.row_number().over(of_site))
    other = rows.select("site_id", "honest", back="seq", made="driver", lift="rise")
    pairs = rows.filter(rows.rise > 0).join(other, ["site_id", "honest"])
    pairs = pairs.filter(pairs.back < pairs.seq)
    pairs = pairs.select("site_id", "seq", "back", "lift", gap=(pairs.made / pairs.driver).ln())
    beside = pairs.filter(pairs.gap.abs() <= width)
    higher = (
        pairs.filter(pairs.gap > width).group_by("site_id", "seq").agg(since=lambda t: t.back.max())
    )
    near = beside.left_join(higher, ["site_id", "seq"])
    near = near.filter(near.back > ibis.coalesce(near.since, -1))
    counted = near.group_by("site_id", "seq").agg(near=near.count(), others=near.lift.sum())
    return rows.join(counted, ["site_id", "seq"])


def _spread(panel: Any, honest_until: int) -> Any:
    """Standard deviation of ln output in the honest history of each site."""
    known = panel.filter(panel.seq < honest_until, panel.output > 0)
    return known.group_by("site_id").agg(spread=known.output.ln().std(how="pop"))
