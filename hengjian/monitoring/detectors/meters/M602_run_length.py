"""M602: the same active energy, quarter hour after quarter hour.

1. How often does a reading repeat the one before, at this level (powers of two) in honest history? Of r repeats in
   n readings, (r + 1) / (n + 2): an idle night at constant load repeats often, a furnace never. Repeats come
   together: if readings that follow a repeat repeat more often (drawn to the former by `prior`), that counts.
2. A run of repeats multiplies these probabilities; a run may lie anywhere among the readings of the peer group,
   so their number divides what it proves.
3. A load that is truly constant repeats for another reason. Then its reactive energy stands still too: repeats
   during which neither reactive reading moves count for no more than `still_cap` altogether.
"""

from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import METERED_ENERGY
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.meters import basis
from hengjian.monitoring.detectors.meters.readings import (
    FALSE,
    QUARTERS_A_DAY,
    as_signals,
    by_site,
    changed,
    so_far,
    with_usual_load,
)
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.parameters import Params


class RunLength(PanelDetector):
    """有功电量读数连续不变.

    依据：电表按脉冲累计，负荷有波动则相邻读数不会长时间相等；相等的概率取自本厂诚实历史同一负荷水平。
    异常：有功电量读数连续相等的次数远超其概率，且同表无功电量在变。
    正常：夜间、周末恒定低负荷的短暂相等；停产检修时有功、无功同时不变（按上限计）；读数为零（由M603判断）。
    """

    code = "M602"
    title = N_("电表读数长时间不变")
    severity = Severity.ANOMALY
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (METERED_ENERGY, basis.ACCURACY)
    parameters: ClassVar[tuple[str, ...]] = ("prior", "still_cap")
    template = N_(
        "{subject}电表至{end}的有功电量读数连续为{observed} {unit}不变，本厂历史同一时刻通常为{expected} {unit}"
        "（{lo}至{hi} {unit}），证据强度{evidence}。少计{amount} {amount_unit}。"
    )
    table = "quarters"
    grain = "quarter"
    unit = "kWh"
    amount_unit = "kWh"
    exact = True
    span = QUARTERS_A_DAY

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """Readings that repeat the one before; expected is the usual load of the time of day (kWh)."""
        rows = _runs(with_usual_load(panel, honest_until))
        surprise = _surprise(rows, honest_until, float(params.number("prior")))
        rows = rows.mutate(surprise=ibis.ifelse(rows.repeats, surprise, 0.0))
        run = ibis.window(group_by=("site_id", "run"), order_by="seq", preceding=None, following=0)
        moved = ibis.ifelse(rows.moved, rows.surprise, 0.0).sum().over(run)
        still = ibis.ifelse(rows.moved, 0.0, rows.surprise).sum().over(run)
        capped = ibis.least(still, float(params.number("still_cap")))
        places = rows.count().over(ibis.window(group_by="peer_group")).cast("float64").log10()
        rows = rows.mutate(statistic=ibis.ifelse(rows.repeats, moved + capped - places, 0.0))
        return as_signals(rows, rows.active, rows.usual, rows.usual_lo, rows.usual_hi)


def _runs(panel: Any) -> Any:
    """Known readings with repeats, moved (bool), level and the number of the run they belong to."""
    known = panel.filter(panel.active.notnull())
    before = known.active.lag().over(by_site())
    rows = known.mutate(
        repeats=(known.active == before).fill_null(FALSE) & (known.active > 0),
        moved=changed(known.lagging) | changed(known.leading),
        level=ibis.ifelse(known.active > 0, known.active, None).log2().floor(),
    )
    return rows.mutate(
        run=(~rows.repeats).cast("int64").sum().over(so_far()),
        repeated=rows.repeats.lag().over(by_site()).fill_null(FALSE),
    )


def _surprise(rows: Any, honest_until: int, prior: float) -> Any:
    """-log10 of the probability that a reading at this level repeats, from the site's honest history."""
    level = ibis.window(group_by=("site_id", "level"))
    honest, one = rows.seq < honest_until, rows.repeats.cast("float64")

    def seen(count: Any) -> Any:
        return count.over(level).fill_null(0)

    repeats, readings = seen(one.sum(where=honest)), seen(one.count(where=honest))
    again = seen(one.sum(where=honest & rows.repeated))
    at_all = (repeats + 1) / (readings + 2)
    after_one = (again + prior * at_all) / (repeats + prior)
    return -ibis.greatest(at_all, after_one).log10()
