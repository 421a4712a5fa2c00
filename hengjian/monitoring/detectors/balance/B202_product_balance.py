"""B202: the stock of clinker, or of the product, does not follow from what was made, bought, used and sold.

1. Days: `window_days` calendar days in a row, ending on the judged day, each with the parts of the balance: opening
   stock, made, used or sold, closing stock. What was bought (and clinker sold) counts as zero where the form leaves it
   blank. A window with a missing day or part is not judged.
2. Balance, in exact decimals: opening stock of the first day + made + bought - used or sold = closing stock of the last.
   Observed is the closing stock reported, expected the one that follows.
3. Tolerance: `tolerance` percent of what passed through (made + bought), as rules.md gives it for products.
4. Evidence: normal tail of the difference, its uncertainty from the scales (each flow's error repeats every day) and
   from the survey of both stocks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log10
from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import METERED_ENERGY, TRUE_RETURNS
from hengjian.monitoring.detectors.daily_source import (
    FALSE,
    SERIES,
    WHO,
    DailyDetector,
    day_number,
    in_period,
    own_days,
    quantity,
    unfold,
    without_right,
)
from hengjian.monitoring.detectors.detector import LegalBasis, Severity, Verdict
from hengjian.monitoring.detectors.evidence import evidence, relative_sigma
from hengjian.monitoring.facts import QUANTITY, Period, Tables
from hengjian.monitoring.parameters import Params

WIDE = "decimal(26, 6)"
ZERO = ibis.literal(0).cast(QUANTITY)


@dataclass(frozen=True, slots=True)
class Stock:
    """Columns of a stock: opening, closing, what comes in and goes out; the optional ones may be blank."""

    opening: str
    closing: str
    made: str
    gone: str
    optional_in: tuple[str, ...]
    optional_out: tuple[str, ...]


CLINKER = Stock(
    "clinker_open", "clinker_stock", "clinker_made", "clinker_used", ("clinker_in",), ("clinker_sold",)
)  # fmt: skip
PRODUCT = Stock("product_open", "product_stock", "output", "product_sold", ("product_in",), ())
NAMES: Mapping[str, tuple[str, Stock]] = {
    "clinker": (N_("熟料库存"), CLINKER),
    "product": (N_("产品库存"), PRODUCT),
}


class ProductBalance(DailyDetector):
    """熟料、产品的收、产、用、销、存不平衡.

    依据：统计法第七条、节约能源法第二十七条；期初+生产+购进-使用-销售=期末（rules.md 第3节，产品允许差2—3%）。
    异常：统计期内按收支推算的期末库存与填报的期末库存之差，超过流量的允许比例，且超出计量与盘点误差。
    正常：差额在允许比例之内；统计期内有缺报日或缺项的不作判定；没有库存业务的企业不作判定。
    """

    code = "B202"
    title = N_("熟料或产品库存不平衡")
    severity = Severity.ANOMALY
    basis = N_("物料平衡：期初+生产+购进-使用-销售=期末")
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (TRUE_RETURNS, METERED_ENERGY)
    parameters: ClassVar[tuple[str, ...]] = (
        "window_days",
        "tolerance",
        "flow_accuracy",
        "survey_accuracy",
        "coverage_factor",
        "min_evidence",
        "evidence_cap",
    )
    template = N_(
        "{subject}：自{start}至{end}共{days}日，按{basis}推算期末应为{expected} {unit}，填报{observed} {unit}，"
        "相差{amount} {amount_unit}；按计量与盘点误差，应在{lo}至{hi} {unit}之间，证据强度{evidence}。"
    )

    def lookback_days(self, params: Params) -> int:
        """The window, less the judged day itself."""
        return int(params.number("window_days")) - 1

    def judge(self, tables: Tables, params: Params, period: Period) -> tuple[Any, Any]:
        """Days with a whole window of either stock; windows that do not balance."""
        days = own_days(tables, period, self.lookback_days(params))
        rows = days.mutate(number=day_number(days.day))
        window = int(params.number("window_days"))
        rows = in_period(_windows(rows, window), period)
        whole = rows.clinker_whole | rows.product_whole
        verdict = whole.ifelse(Verdict.NORMAL.value, Verdict.INCOMPLETE.value)
        kept = (*WHO, "industry", "day", "number")
        long = unfold(rows.filter(whole), kept, [_part(rows, key) for key in NAMES])
        found = _findings(long, params, window)
        return rows.mutate(verdict=verdict), _with_reports(found, days, window)


def _windows(rows: Any, window: int) -> Any:
    """Sums of both stocks over the window that ends on each day, and whether no day or part of it is missing."""
    trailing = ibis.trailing_range_window(window - 1, order_by="number", group_by=SERIES)
    parts: dict[str, Any] = {}
    for key, (_, stock) in NAMES.items():
        given = [rows[c].notnull() for c in (stock.opening, stock.made, stock.gone, stock.closing)]
        parts[f"{key}_given"] = ibis.and_(*given)
        into = [rows[stock.made], *(rows[c].fill_null(ZERO) for c in stock.optional_in)]
        out = [rows[stock.gone], *(rows[c].fill_null(ZERO) for c in stock.optional_out)]
        parts[f"{key}_in"] = sum(into[1:], into[0])
        parts[f"{key}_out"] = sum(out[1:], out[0])
    rows = rows.mutate(**parts)
    sums: dict[str, Any] = {}
    for key, (_, stock) in NAMES.items():
        first = rows[stock.opening].first().over(trailing)
        sums[f"{key}_whole"] = rows[f"{key}_given"].cast("int64").sum().over(trailing) == window
        sums[f"{key}_first"] = first.cast(WIDE)
        sums[f"{key}_came"] = rows[f"{key}_in"].sum().over(trailing).cast(WIDE)
        sums[f"{key}_went"] = rows[f"{key}_out"].sum().over(trailing).cast(WIDE)
    return rows.mutate(**sums)


def _with_reports(found: Any, days: Any, window: int) -> Any:
    """The reports of each window, looked up for findings only."""
    used = days.select("site_id", "product", "report_id", on=day_number(days.day))
    asked = found.select("site_id", "product", "day", "number").distinct()
    pairs = asked.inner_join(
        used,
        [
            asked.site_id == used.site_id,
            asked["product"] == used["product"],
            used.on.between(asked.number - (window - 1), asked.number),
        ],
    )
    reports = pairs.group_by("site_id", "product", "day").aggregate(
        report_ids=pairs.report_id.collect().sort()
    )
    return without_right(found.inner_join(reports, ["site_id", "product", "day"]))


def _part(rows: Any, key: str) -> Mapping[str, Any]:
    """One stock of a window."""
    name, stock = NAMES[key]
    first, came, went = (rows[f"{key}_{part}"] for part in ("first", "came", "went"))
    return {
        "whole": rows[f"{key}_whole"],
        "figure": ibis.literal(name),
        "unit": ibis.literal("t") if key == "clinker" else rows.product_unit,
        "observed": rows[stock.closing],
        "expected": (first + came - went).cast(QUANTITY),
        "first": first,
        "came": came,
        "went": went,
    }


def _findings(long: Any, params: Params, window: int) -> Any:
    """Whole windows whose balance is out by more than tolerance and accuracy allow."""
    long = long.filter(long.whole.fill_null(FALSE))
    flow = relative_sigma(params.column("flow_accuracy", long))
    survey = relative_sigma(params.column("survey_accuracy", long))
    weights = {"came": flow, "went": flow, "first": survey, "observed": survey}
    squares = [(weight * long[name].cast("float64")) ** 2 for name, weight in weights.items()]
    sigma = sum(squares[1:], squares[0]).sqrt()
    band = sigma * float(params.number("coverage_factor"))
    off = (long.observed - long.expected).cast("float64").abs()
    # Two-sided: twice the tail.
    strength = ibis.greatest(evidence(off / ibis.greatest(sigma, 0.000001)) - log10(2), 0.0)
    middle = long.expected.cast("float64")
    found = long.mutate(
        period_start=(long.day - ibis.interval(days=window - 1)).cast("date"),
        days=ibis.literal(window, type="int64"),
        expected_lo=quantity(middle - band),
        expected_hi=quantity(middle + band),
        amount=quantity(off),
        amount_unit=long.unit,
        evidence=ibis.least(strength, float(params.number("evidence_cap"))),
        allowed=long.came.cast("float64") * (params.column("tolerance", long) / 100),
    )
    return found.filter(
        found.amount.cast("float64") > found.allowed,
        found.evidence >= float(params.number("min_evidence")),
    )
