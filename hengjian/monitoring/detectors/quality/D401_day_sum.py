"""D401: the monthly report is not the sum of the daily ones.

1. Month: the latest revision known of the enterprise's monthly report whose month ends within the period.
2. Days: the enterprise's latest known daily reports of that month and product; every calendar day must be there, else
   the month is not judged. A quantity that neither report gives on every day is not compared.
3. Comparison: exact sums; tolerance `tolerance` percent of the larger figure (rounding of monthly books).
4. Evidence: monthly books are settled with a survey of stocks, so an honest month may differ from its days by
   `settlement_accuracy` (maximum permissible, uniform): normal tail of the difference.
"""

from math import log10
from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import METERED_ENERGY, TRUE_RETURNS
from hengjian.monitoring.detectors.daily_source import (
    FALSE,
    FIGURES,
    WHO,
    DailyDetector,
    figure_unit,
    own_days,
    quantity,
    unfold,
    without_right,
)
from hengjian.monitoring.detectors.detector import LegalBasis, Severity, Verdict
from hengjian.monitoring.detectors.evidence import evidence, relative_sigma
from hengjian.monitoring.detectors.panel_source import OWN
from hengjian.monitoring.facts import QUANTITY, Period, Tables
from hengjian.monitoring.parameters import Params

COLUMNS = ("output", "energy_tce", "coal_t", "electricity")


class DaySum(DailyDetector):
    """月报与同月日报合计不一致.

    依据：统计法第七条、节约能源法第二十七条；月报为日报之和的勾稽关系。
    异常：同一企业同一月份，月报的产量、综合能耗、煤炭、外购电量与逐日日报合计之差超过允许比例和月末结算误差。
    正常：差额属四舍五入或月末盘点调整；当月日报不齐的不作判定；双方均未填的项目不比较。
    """

    code = "D401"
    title = N_("月报与日报合计不一致")
    severity = Severity.ANOMALY
    basis = N_("月报应等于同月日报之和")
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (TRUE_RETURNS, METERED_ENERGY)
    parameters: ClassVar[tuple[str, ...]] = (
        "lookback_days",
        "tolerance",
        "settlement_accuracy",
        "coverage_factor",
        "min_evidence",
        "evidence_cap",
    )
    template = N_(
        "{subject}：{start}至{end}月报{observed} {unit}，{days}日日报合计{expected} {unit}，"
        "相差{amount} {amount_unit}；依据：{basis}，按月末结算误差应在{lo}至{hi} {unit}之间，证据强度{evidence}。"
    )

    def judge(self, tables: Tables, params: Params, period: Period) -> tuple[Any, Any]:
        """Months that ended in the period, whole or not; quantities that differ."""
        months = latest_months(tables.monthly, period)
        months = months.filter(months.source == OWN, months["product"] != "")
        days = own_days(tables, period, self.lookback_days(params))
        rows = _with_days(months, days.semi_join(months, ["site_id", "product"]))
        verdict = rows.whole.ifelse(Verdict.NORMAL.value, Verdict.INCOMPLETE.value)
        rows = rows.mutate(day=rows["last"], verdict=verdict)
        return rows, _findings(_long(rows.filter(rows.whole)), params)


def latest_months(monthly: Any, period: Period) -> Any:
    """Latest revision known of each monthly report whose month ends within the period."""
    known = monthly.filter(
        monthly.received_at <= ibis.literal(period.as_of),
        monthly["last"].between(ibis.literal(period.first), ibis.literal(period.last)),
    )
    newest = ibis.row_number().over(
        group_by=("site_id", "product", "first", "source"),
        order_by=(known.revision.desc(), known.received_at.desc(), known.report_id.desc()),
    )
    return known.mutate(age=newest).filter(ibis._.age == 0)


def month_of(day: Any) -> Any:
    """First day of the month of a day."""
    return day.truncate("M").cast("date")


def _with_days(months: Any, days: Any) -> Any:
    """Sums of the daily reports beside each month; null where a day lacks the quantity."""
    sums = {
        f"{name}_days": ibis.ifelse(
            ibis._[name].count() == ibis._.count(), ibis._[name].sum(), None
        )
        for name in COLUMNS
    }
    dated = days.mutate(first=month_of(days.day))
    own = dated.group_by("site_id", "product", "first").aggregate(
        reported=ibis._.day.nunique(), day_ids=ibis._.report_id.collect(), **sums
    )
    rows = without_right(months.left_join(own, ["site_id", "product", "first"]))
    length = rows["last"].delta(rows["first"], unit="day") + 1
    return rows.mutate(length=length, whole=(rows.reported == length).fill_null(FALSE))


def _long(rows: Any) -> Any:
    kept = (*WHO, "industry", "day", "first", "length", "report_id", "day_ids")
    return unfold(
        rows,
        kept,
        [
            {
                "figure": ibis.literal(FIGURES[name].name),
                "unit": figure_unit(rows, name),
                "observed": rows[name],
                "expected": rows[f"{name}_days"].cast(QUANTITY),
            }
            for name in COLUMNS
        ],
    )


def _findings(long: Any, params: Params) -> Any:
    long = long.filter(long.observed.notnull(), long.expected.notnull())
    month, days = long.observed.cast("float64"), long.expected.cast("float64")
    off = (long.observed - long.expected).cast("float64").abs()
    larger = ibis.greatest(month.abs(), days.abs())
    sigma = relative_sigma(params.column("settlement_accuracy", long)) * larger
    band = sigma * float(params.number("coverage_factor"))
    # Two-sided: twice the tail.
    strength = ibis.greatest(evidence(off / ibis.greatest(sigma, 0.000001)) - log10(2), 0.0)
    found = long.mutate(
        period_start=long["first"],
        days=long.length.cast("int64"),
        expected_lo=quantity(days - band),
        expected_hi=quantity(days + band),
        amount=quantity(off),
        amount_unit=long.unit,
        evidence=ibis.least(strength, float(params.number("evidence_cap"))),
        report_ids=long.day_ids.concat(ibis.array([long.report_id])).sort(),
        allowed=larger * (params.column("tolerance", long) / 100),
    )
    return found.filter(
        found.amount.cast("float64") > found.allowed,
        found.evidence >= float(params.number("min_evidence")),
    )
