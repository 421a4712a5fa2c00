"""Q102: a figure that is a power of ten off the site's own ordinary one (吨/万吨, 千瓦时/万千瓦时, 公斤/吨).

1. Ordinary: the median of the logarithm of the figure over the productive days known, from `lookback_days` before the
   period to its end, at least `min_days` of them. Only series whose largest figure is some ten times the smallest
   are looked at: in all others nothing can have slipped.
2. Slip: the logarithm is within `tolerance` of the median plus k, k = ±1, ±3, ±4 (powers of ten between units in use).
3. The day is otherwise ordinary: another figure of it is within a factor `ordinary_factor` of its own median, so a
   day of little production is no slip.
4. Evidence: P that an honest figure strays so far, by its own spread on the logarithmic scale (at least
   `min_spread`) and heavy tails: figures that scatter by factors (receipts of coal by the train) prove nothing.
"""

import math
from functools import reduce
from operator import add
from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import TRUE_RETURNS
from hengjian.monitoring.detectors.daily_source import (
    FALSE,
    FIGURES,
    SERIES,
    WHO,
    DailyDetector,
    figure_unit,
    heavy_tail,
    in_period,
    own_days,
    quantity,
    unfold,
    without_right,
)
from hengjian.monitoring.detectors.detector import LegalBasis, Severity, Verdict
from hengjian.monitoring.detectors.quality.ordinary import with_ordinary
from hengjian.monitoring.facts import Period, Tables
from hengjian.monitoring.parameters import Params

COLUMNS = (
    "output", "coal_t", "electricity", "electricity_own", "electricity_out", "coal_in", "coal_stock",
    "product_sold", "product_stock", "clinker_made", "clinker_used", "clinker_stock", "water", "co2_measured",
)  # fmt: skip
POWERS = (-4, -3, -1, 1, 3, 4)


class UnitSlip(DailyDetector):
    """填报数与本厂常见值相差十的整数次方，疑为单位填错.

    依据：统计法第七条；日报各项的计量单位规定。
    异常：某项数值约为本厂近期中位数的十倍、千倍、万倍或其倒数，而当日另有数值正常。
    正常：数值在常见范围内；停产、低负荷日各项同时变小；本来就大起大落的项目（如按列车到货的购煤量）。
    """

    code = "Q102"
    title = N_("数值疑为单位填错")
    severity = Severity.ANOMALY
    basis = N_("本厂同一项目近期数值的中位数")
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (TRUE_RETURNS,)
    parameters: ClassVar[tuple[str, ...]] = (
        "lookback_days",
        "min_days",
        "tolerance",
        "ordinary_factor",
        "min_spread",
        "min_evidence",
        "evidence_cap",
    )
    template = N_(
        "{subject}{end}填报{observed} {unit}，{basis}为{expected} {unit}（常见范围{lo}至{hi} {unit}），"
        "相差约为十的整数次方，疑为单位填错；相差{amount} {amount_unit}，证据强度{evidence}。请核对单位，填错的应更正。"
    )

    def judge(self, tables: Tables, params: Params, period: Period) -> tuple[Any, Any]:
        """Days with enough history; figures that slipped."""
        days = own_days(tables, period, self.lookback_days(params))
        judged = in_period(_with_history(days), period)
        enough = judged.history >= int(params.number("min_days"))
        verdict = enough.ifelse(Verdict.NORMAL.value, Verdict.NO_HISTORY.value)
        return judged.mutate(verdict=verdict), _slips(_suspects(days, params), params, period)


def _with_history(days: Any) -> Any:
    made = (days.output > 0).fill_null(FALSE).cast("int64")
    own = days.group_by(SERIES).aggregate(history=made.sum())
    return without_right(days.left_join(own, list(SERIES)))


def _suspects(days: Any, params: Params) -> Any:
    """Productive days of series in which some figure spans what a slip would span."""
    days = days.filter((days.output > 0).fill_null(FALSE))
    span = 10 ** (1 - float(params.number("tolerance")))
    spans = []
    for name in COLUMNS:
        value = days[name].cast("float64").nullif(0.0)
        spans.append((value.max() >= span * value.min()).fill_null(FALSE))
    wide = days.group_by(SERIES).aggregate(wide=reduce(lambda a, b: a | b, spans))
    return days.semi_join(wide.filter(wide.wide), list(SERIES))


def _slips(days: Any, params: Params, period: Period) -> Any:
    """Figures a power of ten off, on days of which another figure is ordinary."""
    logs = {name: _log10(days[name]) for name in COLUMNS}
    rows = in_period(with_ordinary(days, logs), period)
    near = math.log10(float(params.number("ordinary_factor")))
    off = {name: _log10(rows[name]) - rows[f"{name}_mid"] for name in COLUMNS}
    ordinary = reduce(
        add, ((value.abs() <= near).fill_null(FALSE).cast("int64") for value in off.values())
    )
    rows = rows.mutate(ordinary=ordinary).filter(ibis._.ordinary >= 1)
    long = unfold(
        rows,
        (*WHO, "day", "report_id"),
        [
            {
                "figure": ibis.literal(FIGURES[name].name),
                "unit": figure_unit(rows, name),
                "value": rows[name],
                "middle": rows[f"{name}_mid"],
                "spread": rows[f"{name}_spread"],
                "known": rows[f"{name}_days"],
            }
            for name in COLUMNS
        ],
    )
    return _findings(long, params)


def _findings(long: Any, params: Params) -> Any:
    off = _log10(long["value"]) - long.middle
    tolerance = float(params.number("tolerance"))
    slipped = reduce(lambda a, b: a | b, ((off - k).abs() <= tolerance for k in POWERS))
    spread = ibis.greatest(long.spread, float(params.number("min_spread")))
    middle = ibis.literal(10.0) ** long.middle
    rows = long.mutate(
        evidence=ibis.least(heavy_tail(off.abs() / spread), float(params.number("evidence_cap"))),
        observed=long["value"],
        expected=quantity(middle),
        expected_lo=quantity(middle / ibis.literal(10.0) ** (3 * spread)),
        expected_hi=quantity(middle * ibis.literal(10.0) ** (3 * spread)),
        amount=quantity((long["value"].cast("float64") - middle).abs()),
        amount_unit=long.unit,
        report_ids=ibis.array([long.report_id]),
        slipped=slipped.fill_null(FALSE) & (long.known >= int(params.number("min_days"))),
    )
    return rows.filter(rows.slipped, rows.evidence >= float(params.number("min_evidence")))


def _log10(value: Any) -> Any:
    return (value > 0).ifelse(value.cast("float64"), ibis.null("float64")).log10()
