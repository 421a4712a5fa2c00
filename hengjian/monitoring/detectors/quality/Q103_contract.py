"""Q103: figures that contradict each other or what a figure can be.

Four checks of the enterprise's own report; each finding names the figure:
1. Sign: a quantity below zero that cannot be (output, coal, electricity, stocks, receipts, water; not net energy).
   Evidence `sign_rate`: the share of honest days with a slip of the sign.
2. Output without energy: output above zero, energy and all electricity zero. Expected: the energy of the same output
   by the site's own ratio over the days known. Evidence `empty_rate`.
3. Energy without output: `idle_days` or more reported days in a row without output and without a declared stop
   whose energy is above `keep_warm` of the site's ordinary day. Evidence grows with each day by `undeclared_rate`.
4. Opening stock: differs from the closing stock of the day before (coal, product, clinker). A survey of stock may
   correct it by `survey_accuracy` of the stock (maximum permissible, uniform): evidence of the normal tail.
"""

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import METERED_ENERGY, TRUE_RETURNS
from hengjian.monitoring.detectors.daily_source import (
    FALSE,
    FIGURES,
    SERIES,
    WHO,
    DailyDetector,
    day_number,
    figure_unit,
    in_period,
    own_days,
    quantity,
    unfold,
)
from hengjian.monitoring.detectors.detector import LegalBasis, Severity, Verdict
from hengjian.monitoring.detectors.evidence import evidence, relative_sigma
from hengjian.monitoring.facts import QUANTITY, Period, Tables
from hengjian.monitoring.parameters import Params

SIGNED = (
    "output", "coal_t", "electricity", "electricity_own", "electricity_out", "coal_open", "coal_in", "coal_stock",
    "product_open", "product_in", "product_sold", "product_stock", "clinker_open", "clinker_made", "clinker_in",
    "clinker_used", "clinker_sold", "clinker_stock", "water", "co2_measured",
)  # fmt: skip
STOCKS = {
    "coal_open": "coal_stock",
    "product_open": "product_stock",
    "clinker_open": "clinker_stock",
}
IDLE = N_("无产量日能耗")
EMPTY = N_("有产量日能耗")
ZERO = ibis.literal(0).cast(QUANTITY)


class ContradictoryReport(DailyDetector):
    """日报数值自相矛盾：负数、有产量无能耗、长期无产量有能耗、期初与上日期末不符.

    依据：统计法第七条、节约能源法第二十七条；日报填报说明（期初数等于上日期末数，停产应申报）。
    异常：不可能为负的项目填负数；有产量而能耗、用电全为零；连续多日无产量、未申报停产而能耗可观；期初库存与上日期末不符且超出盘点误差。
    正常：净能耗为负；保温、值守用能；已申报停产或检修；盘点误差以内的库存调整；上日未报。
    """

    code = "Q103"
    title = N_("日报数值自相矛盾")
    severity = Severity.ANOMALY
    basis = N_("日报各项之间的勾稽关系")
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (TRUE_RETURNS, METERED_ENERGY)
    parameters: ClassVar[tuple[str, ...]] = (
        "lookback_days",
        "sign_rate",
        "empty_rate",
        "idle_days",
        "keep_warm",
        "undeclared_rate",
        "survey_accuracy",
        "coverage_factor",
        "min_evidence",
        "evidence_cap",
    )
    template = N_(
        "{subject}自{start}至{end}（{days}日）填报{observed} {unit}，按{basis}应为{expected} {unit}"
        "（{lo}至{hi} {unit}），相差{amount} {amount_unit}，证据强度{evidence}。"
    )

    def judge(self, tables: Tables, params: Params, period: Period) -> tuple[Any, Any]:
        """Every known day, and what contradicts itself on it."""
        days = own_days(tables, period, self.lookback_days(params))
        rows = in_period(_with_past(_suspects(days, params), params), period)
        checks = [*_signs(rows, params), _empty(rows, params), _idle(rows, params)]
        checks += [_opening(rows, name, params) for name in STOCKS]
        suspect = ibis.or_(*(check["broken"] for check in checks))
        kept = (*WHO, "day", "report_id")
        found = unfold(rows.filter(suspect), kept, [_part(check) for check in checks])
        found = found.filter(
            found.broken, found.evidence >= float(params.number("min_evidence"))
        ).mutate(
            period_start=(ibis._.day - (ibis._.days - 1).as_interval("D")).cast("date"),
            evidence=ibis.least(ibis._.evidence, float(params.number("evidence_cap"))),
            amount=quantity((ibis._.observed - ibis._.expected).cast("float64").abs()),
            amount_unit=ibis._.unit,
            report_ids=ibis.array([ibis._.report_id]),
        )
        normal = ibis.literal(Verdict.NORMAL.value)
        return in_period(days, period).mutate(verdict=normal), found


def _suspects(days: Any, params: Params) -> Any:
    """Days of the series in which some check may fail: the few for which the past is worth looking up."""
    moves = days.select(*SERIES, *STOCKS, *STOCKS.values(), number=day_number(days.day))
    following = ibis.window(group_by=SERIES, order_by="number")
    moved = ibis.or_(
        *(
            (moves[opening] != moves[closing].lag(1).over(following)).fill_null(FALSE)
            for opening, closing in STOCKS.items()
        )
    )
    broken = moves.mutate(moved=moved).filter(ibis._.moved).select(*SERIES)
    negative = ibis.or_(*((days[name] < 0).fill_null(FALSE) for name in SIGNED))
    made = (days.output > 0).fill_null(FALSE)
    burned = (days.energy_tce > 0).fill_null(FALSE)
    series = days.group_by(SERIES).aggregate(
        odd=(negative | (made & ~burned)).any(),
        idle=(~made & burned).cast("int64").sum() >= int(params.number("idle_days")),
    )
    odd = series.filter(series.odd | series.idle).select(*SERIES)
    return days.semi_join(odd.union(broken, distinct=True), list(SERIES))


def _with_past(days: Any, params: Params) -> Any:
    """The day before and its stocks, the site's ordinary energy, and how long it has been idle."""
    made = (days.output > 0).fill_null(FALSE)
    days = days.mutate(number=day_number(days.day), made=made)
    own = ibis.window(group_by=SERIES)
    burnt = days.made & (days.energy_tce > 0).fill_null(FALSE)
    output = burnt.ifelse(days.output.cast("float64"), 0.0)
    burned = days.made.ifelse(days.energy_tce.cast("float64"), 0.0)
    days = days.mutate(
        ratio=burned.sum().over(own) / output.sum().over(own).nullif(0.0),
        per_day=burned.sum().over(own) / days.made.cast("int64").sum().over(own).nullif(0),
    )
    warm = float(params.number("keep_warm")) * days.per_day
    burning = (~days.made & (days.stop == "") & (days.energy_tce.cast("float64") > warm)).fill_null(
        FALSE
    )
    days = days.mutate(burning=burning)
    before = ibis.window(group_by=SERIES, order_by="number", preceding=None, following=0)
    following = ibis.window(group_by=SERIES, order_by="number")
    other = days.burning.ifelse(ibis.null("int64"), days.number)
    return days.mutate(
        quiet=other.max().over(before),
        first=days.number.min().over(own),
        yesterday=days.number.lag(1).over(following) == days.number - 1,
        **{f"{name}_before": days[name].lag(1).over(following) for name in STOCKS.values()},
    )


def _signs(rows: Any, params: Params) -> list[Mapping[str, Any]]:
    strength = -math.log10(float(params.number("sign_rate")))
    return [
        {
            "broken": (rows[name] < 0).fill_null(FALSE),
            "figure": ibis.literal(FIGURES[name].name),
            "unit": figure_unit(rows, name),
            "observed": rows[name],
            "expected": ZERO,
            "expected_lo": ZERO,
            "expected_hi": ZERO,
            "evidence": ibis.literal(strength),
        }
        for name in SIGNED
    ]


def _empty(rows: Any, params: Params) -> Mapping[str, Any]:
    """Output, but no energy at all."""
    power = rows.electricity.fill_null(ZERO) + rows.electricity_own.fill_null(ZERO)
    usual = quantity(rows.ratio * rows.output.cast("float64"))
    return {
        "broken": (rows.made & (rows.energy_tce == 0) & (power == 0) & (usual > 0)).fill_null(
            FALSE
        ),
        "figure": ibis.literal(EMPTY),
        "unit": ibis.literal("tce"),
        "observed": rows.energy_tce,
        "expected": usual,
        "expected_lo": ZERO,
        "expected_hi": usual,
        "evidence": ibis.literal(-math.log10(float(params.number("empty_rate")))),
    }


def _idle(rows: Any, params: Params) -> Mapping[str, Any]:
    """Energy for days on end, no output, no declared stop."""
    since = ibis.coalesce(rows.quiet, rows["first"] - 1)
    length = (rows.number - since).cast("int64")
    allowed = quantity(float(params.number("keep_warm")) * rows.per_day)
    each = -math.log10(float(params.number("undeclared_rate")))
    return {
        "broken": rows.burning & (length >= int(params.number("idle_days"))),
        "figure": ibis.literal(IDLE),
        "unit": ibis.literal("tce"),
        "observed": rows.energy_tce,
        "expected": ZERO,
        "expected_lo": ZERO,
        "expected_hi": allowed,
        "evidence": length.cast("float64") * each,
        "days": length,
    }


def _opening(rows: Any, name: str, params: Params) -> Mapping[str, Any]:
    """Opening stock against yesterday's closing stock."""
    closed = rows[f"{STOCKS[name]}_before"]
    value, stock = rows[name].cast("float64"), closed.cast("float64")
    sigma = relative_sigma(params.column("survey_accuracy", rows))
    band = sigma * stock.abs() * float(params.number("coverage_factor"))
    # A difference of the last digit is rounding; an empty yard has no survey to correct it.
    spread = ibis.greatest(sigma * ibis.greatest(value.abs(), stock.abs()), 0.000001)
    # Two-sided: twice the tail.
    strength = ibis.greatest(evidence((value - stock).abs() / spread) - math.log10(2), 0.0)
    return {
        # A negative opening stock is named as such, once.
        "broken": (rows.yesterday & (rows[name] != closed) & (rows[name] >= 0)).fill_null(FALSE),
        "figure": ibis.literal(FIGURES[name].name),
        "unit": figure_unit(rows, name),
        "observed": rows[name],
        "expected": closed,
        "expected_lo": quantity(stock - band),
        "expected_hi": quantity(stock + band),
        "evidence": strength,
    }


def _part(check: Mapping[str, Any]) -> Mapping[str, Any]:
    """All checks with the same names and types."""
    one = ibis.literal(1, type="int64")
    amounts = ("observed", "expected", "expected_lo", "expected_hi")
    cast = {name: check[name].cast(QUANTITY) for name in amounts}
    return {
        **check,
        **cast,
        "evidence": check["evidence"].cast("float64"),
        "days": check.get("days", one),
    }
