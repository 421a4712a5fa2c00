"""L102: output above what the registered lines can make, on several productive days in a row.

1. Bound of a day: registered capacity of the site for the product a day, times `factor` (rules.md 2.2).
2. Productive days: reported output above zero. The last `days_in_a_row` of them, ending on the judged day, must each
   be over the bound, and lie within `lookback_days`; days without output lie between and break nothing.
3. Comparison: exact decimals, no tolerance. Observed is the mean of these days.
4. Evidence: a plant that makes exactly the bound shows the excess by error of measurement with probability p; the
   error of one scale repeats every day, so more days do not shrink it.
"""

from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import TRUE_RETURNS
from hengjian.monitoring.detectors.daily_source import (
    FALSE,
    SERIES,
    WHO,
    DailyDetector,
    day_number,
    in_period,
    own_days,
    quantity,
    without_right,
)
from hengjian.monitoring.detectors.detector import LegalBasis, Severity, Verdict
from hengjian.monitoring.detectors.evidence import evidence, relative_sigma
from hengjian.monitoring.facts import QUANTITY, Period, Tables
from hengjian.monitoring.parameters import Params

EXACT = "decimal(12, 6)"


class OverCapacity(DailyDetector):
    """日产量连续高于登记产能.

    依据：全省“两高”行业监督检查体系建设方案关于产能产量核查的要求；登记产能折日产能的1.1倍为界（rules.md 2.2）。
    异常：连续若干个有产量的日，日产量都大于登记日产能与系数之积（严格大于）。
    正常：等于或低于界限；仅个别日超过；未登记该产品产能的不作判定。产能登记有误的，更正登记后自动撤销。
    """

    code = "L102"
    title = N_("产量超过登记产能")
    severity = Severity.BREACH
    found = Verdict.OVER
    basis = N_("登记产能（年产能/365，按生产线合计）")
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (
        LegalBasis(
            title=N_("全省“两高”行业监督检查体系建设方案"),
            clause=N_("二（三）"),
            gist=N_("对钢铁、焦化等产量控制企业逐日核查产量，防止超产能生产"),
            confidence="to_verify",
        ),
        TRUE_RETURNS,
    )
    parameters: ClassVar[tuple[str, ...]] = (
        "lookback_days",
        "days_in_a_row",
        "factor",
        "output_accuracy",
        "coverage_factor",
        "evidence_cap",
    )
    template = N_(
        "{subject}自{start}至{end}连续{days}个有产量的日超过产能界限：平均日产{observed} {unit}，"
        "界限{expected} {unit}（依据：{basis}，乘以系数），按计量准确度界限处的读数可在{lo}至{hi} {unit}之间，"
        "证据强度{evidence}。{days}日合计超出{amount} {amount_unit}。"
    )

    def judge(self, tables: Tables, params: Params, period: Period) -> tuple[Any, Any]:
        """Days of the period against the bound of their product; findings end a run of days over it."""
        count = int(params.number("days_in_a_row"))
        days = _against_bound(tables, params, period, self.lookback_days(params))
        often = days.group_by(SERIES).aggregate(over_days=days.over.cast("int64").sum())
        some = days.filter(days.made).semi_join(
            often.filter(often.over_days >= count), list(SERIES)
        )
        runs = _runs(some, count)
        near = day_number(runs.day) - day_number(runs.since) <= self.lookback_days(params)
        over = in_period(runs.filter(runs.over_days == count, near), period)
        judged = in_period(days, period).mutate(observed=ibis._.output, expected=ibis._.bound)
        return judged, _findings(over, params, count)


def _against_bound(tables: Tables, params: Params, period: Period, back: int) -> Any:
    """Known days with the bound of their product, and what can be said of each alone."""
    plants = tables.sites.group_by("site_id", "industry", "product").aggregate(
        capacity=tables.sites.capacity.max()
    )
    known = own_days(tables, period, back)
    days = without_right(known.left_join(plants, ["site_id", "industry", "product"]))
    factor = ibis.literal(params.number("factor")).cast(EXACT)
    bound = (days.capacity.cast("decimal(18, 6)") * factor).cast(QUANTITY)
    made = (days.output > 0).fill_null(FALSE)
    over = made & (days.output > bound).fill_null(FALSE)
    return days.mutate(
        bound=bound,
        made=made & bound.notnull(),
        over=over,
        unit=days.product_unit,
        verdict=ibis.cases(
            (bound.isnull(), Verdict.NO_CAPACITY.value),
            (~made, Verdict.NO_OUTPUT.value),
            else_=Verdict.WITHIN.value,
        ),
    )


def _runs(made: Any, count: int) -> Any:
    """Of the last ``count`` productive days up to each: how many are over, since when, and their sums."""
    last = ibis.window(group_by=SERIES, order_by="day", preceding=count - 1, following=0)
    return made.mutate(
        over_days=made.over.cast("int64").sum().over(last),
        since=made.day.min().over(last),
        total=made.output.sum().over(last),
        allowed=made.bound.sum().over(last),
        report_ids=made.report_id.collect().over(last),
    )


def _findings(over: Any, params: Params, count: int) -> Any:
    """Mean of the run against the mean bound, exact; evidence from the accuracy of weighing."""
    sigma = relative_sigma(params.column("output_accuracy", over))
    mean, bound = over.total.cast("float64") / count, over.allowed.cast("float64") / count
    band = sigma * bound * float(params.number("coverage_factor"))
    strength = evidence((mean - bound) / (sigma * ibis.greatest(mean, bound)).nullif(0.0))
    cap = float(params.number("evidence_cap"))
    return over.select(
        *WHO,
        "day",
        "unit",
        period_start=over.since,
        days=ibis.literal(count, type="int64"),
        observed=quantity(mean),
        expected=quantity(bound),
        expected_lo=quantity(bound - band),
        expected_hi=quantity(bound + band),
        amount=(over.total - over.allowed).cast(QUANTITY),
        amount_unit=over.unit,
        evidence=ibis.least(strength, cap),
        report_ids=over.report_ids.sort(),
    )
