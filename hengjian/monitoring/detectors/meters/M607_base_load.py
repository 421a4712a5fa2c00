"""M607: the base load falls below all that the site has shown before.

1. Base load: mean active energy of `span` quarter hours in a row, none of them zero or missing.
2. It is compared with the lowest daily base load of the site's honest history; on the very day of that one, with
   the second lowest, so that honest and judged days are treated alike.
3. Only where that is an idle load, at most `idle_share` of the site's highest reading: from full work to a standstill
   is no loss.
4. Statistic: the fall of its logarithm in units of `spread`, as -log10 of an exponential tail; the calibration
   on honest history decides what it is worth.
What runs at idle (lighting, fans, transformers) does not shrink by a third, a current transformer that lacks a phase
does: the loss before the meter to which the triangle is blind.
"""

from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import METERED_ENERGY
from hengjian.monitoring.detectors.detector import LegalBasis, Severity
from hengjian.monitoring.detectors.meters import basis
from hengjian.monitoring.detectors.meters.readings import QUARTERS_A_DAY, as_signals, by_site
from hengjian.monitoring.detectors.panel_detector import PanelDetector
from hengjian.monitoring.detectors.tails import LN10
from hengjian.monitoring.parameters import Params


class BaseLoad(PanelDetector):
    """基础负荷低于本厂历史最低水平.

    依据：照明、通风、变压器等基础负荷稳定；互感器缺相、分流等表前损失使全部读数按比例变小，基础负荷随之下降。
    异常：连续数小时平均有功电量低于本厂此前最低水平，幅度超过同类企业诚实历史。
    正常：基础负荷的季节波动；停电（读数为零）不算；历史不足的不判；检修停产的下降以同类企业历史校准。
    """

    code = "M607"
    title = N_("基础负荷异常下降")
    severity = Severity.ANOMALY
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (METERED_ENERGY, basis.THEFT)
    parameters: ClassVar[tuple[str, ...]] = ("span", "idle_share", "spread")
    template = N_(
        "{subject}电表至{end}连续数小时平均一刻钟电量{observed} {unit}，低于本厂此前最低的{expected} {unit}"
        "（{lo}至{hi} {unit}），证据强度{evidence}。少计{amount} {amount_unit}。"
    )
    table = "quarters"
    grain = "quarter"
    unit = "kWh"
    amount_unit = "kWh"

    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """Rows whose base load is below that of all other honest days; figures are means of a quarter hour (kWh)."""
        span, spread = int(params.number("span")), float(params.number("spread"))
        rows = _base_loads(panel, honest_until, span)
        lows = _lowest_days(rows)
        both = rows.join(lows, "site_id")
        # The day of the lowest base load is compared with the others of the history.
        itself = both.honest & (both.date == both.lowest_date)
        both = both.mutate(least=ibis.ifelse(itself, both.second, both.lowest))
        idle = both.least <= both.peak * float(params.number("idle_share"))
        fall = ibis.ifelse(idle, (both.least / both.base).ln(), 0.0)
        both = both.mutate(statistic=fall.fill_null(0.0) / spread / LN10)
        lo, hi = both.least / (1 + spread), both.least * (1 + spread)
        return as_signals(both, both.base, both.least, lo, hi)


def _base_loads(panel: Any, honest_until: int, span: int) -> Any:
    """Readings with base (kWh, null where a reading of the span is zero or missing), date, honest (bool)."""
    window = by_site(preceding=span - 1, following=0)
    loaded = ibis.ifelse(panel.active > 0, panel.active, None)
    whole = loaded.count().over(window) == span
    return panel.mutate(
        base=ibis.ifelse(whole, loaded.mean().over(window), None),
        date=(panel.seq / QUARTERS_A_DAY).floor().cast("int64"),
        honest=panel.seq < honest_until,
    )


def _lowest_days(rows: Any) -> Any:
    """For each site the lowest daily base loads of its honest history and the highest reading (kWh)."""
    honest = rows.filter(rows.honest, rows.base.notnull())
    days = honest.group_by("site_id", "date").aggregate(
        low=honest.base.min(), high=honest.active.max()
    )
    order = ibis.window(group_by="site_id", order_by=("low", "date"))
    ranked = days.mutate(place=ibis.row_number().over(order))
    return ranked.group_by("site_id").aggregate(
        lowest=ranked.low.max(where=ranked.place == 0),
        second=ranked.low.max(where=ranked.place == 1),
        lowest_date=ranked.date.max(where=ranked.place == 0),
        peak=ranked.high.max(),
    )
