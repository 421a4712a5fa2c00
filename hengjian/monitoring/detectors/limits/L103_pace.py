"""L103: output of the year against the annual plan (产量控制目标).

1. Plan: the newest revision of the site's plan for the product and calendar year, in the unit of the reports.
2. Output so far: exact sum of the enterprise's latest known daily reports from 1 January to the judged day. Days that
   nobody reported add nothing: the sum is at most what was made (rules of missing reports find them).
3. Found on a day (rules.md 2.1):
   - over: the sum is greater than the plan. Evidence from the accuracy of weighing, as for a limit;
   - projected: sum + days left × mean of the last `rate_days` reported days (idle ones included, at least `min_days`)
     is greater than the plan. Evidence from `pace_accuracy` of what is still to be made, capped by `pace_cap`: the plant
     may still slow down;
   - warned: the sum reaches one of the shares in `levels` of the plan on that day. A reminder: evidence 0.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import TRUE_RETURNS
from hengjian.monitoring.detectors.daily_source import (
    FALSE,
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
COUNT = "decimal(6, 0)"
OVER = N_("全年累计")
PROJECTED = N_("全年预计")
WARNED = N_("目标进度")
ZERO = ibis.literal(0).cast(WIDE)


class Pace(DailyDetector):
    """本年累计产量超过或将超过年度产量控制目标.

    依据：全省“两高”行业监督检查体系建设方案二（三）产量控制；年度产量控制目标文件（rules.md 2.1）。
    异常：本年累计产量大于目标；按近期日均推算全年将大于目标；累计达到目标的80%、90%、95%时提示一次。
    正常：累计与推算均未超过目标；未下达目标的不作判定；目标变更后按新目标重新判定。
    """

    code = "L103"
    title = N_("年产量进度超过控制目标")
    severity = Severity.BREACH
    found = Verdict.AHEAD
    basis = N_("年度产量控制目标")
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (
        LegalBasis(
            title=N_("全省“两高”行业监督检查体系建设方案"),
            clause=N_("二（三）"),
            gist=N_("对纳入产量控制的企业下达年度产量目标，逐日调度，不得超目标生产"),
            confidence="to_verify",
        ),
        TRUE_RETURNS,
    )
    parameters: ClassVar[tuple[str, ...]] = (
        "lookback_days",
        "levels",
        "rate_days",
        "min_days",
        "output_accuracy",
        "pace_accuracy",
        "coverage_factor",
        "pace_cap",
        "evidence_cap",
    )
    template = N_(
        "{subject}：自{start}至{end}有日报{days}日，数值{observed} {unit}，对照{expected} {unit}"
        "（依据：{basis}），相差{amount} {amount_unit}；按计量与推算误差，对照处的数值可在{lo}至{hi} {unit}之间，"
        "证据强度{evidence}。进度提示的证据强度为零，不说明违规。"
    )

    def judge(self, tables: Tables, params: Params, period: Period) -> tuple[Any, Any]:
        """Days of sites with and without a plan; days on which the plan is passed, will be, or is near."""
        known = own_days(tables, period, self.lookback_days(params))
        sites = tables.plans.select("site_id", "product").distinct()
        bare = in_period(known.anti_join(sites, ["site_id", "product"]), period)
        facts = _against_plan(known.semi_join(sites, ["site_id", "product"]), tables.plans, params)
        rows = in_period(facts, period)
        parts = [_over(rows, params), _projected(rows, params), *_warned(rows, params)]
        kept = (*WHO, "day", "year", "period_start", "days", "unit", "basis")
        usable = rows.filter(rows.usable)
        long = unfold(usable, kept, [_typed(part) for part in parts])
        none = ibis.null(QUANTITY)
        planless = bare.select(
            *WHO, "day", verdict=ibis.literal(Verdict.NO_PLAN.value), observed=none, expected=none,
            unit=ibis.null("string"),
        )  # fmt: skip
        judged = rows.select(
            *WHO, "day", verdict=_verdict(rows), observed=rows.total.cast(QUANTITY),
            expected=rows.amount.cast(QUANTITY), unit=rows.unit,
        )  # fmt: skip
        days = _same(judged).union(_same(planless))
        return days, _with_reports(long.filter(long.broken), facts)


def _same(days: Any) -> Any:
    """Both kinds of days with the same nullability, as a union wants them."""
    return days.select(
        **{name: days[name].cast(str(t).lstrip("!")) for name, t in days.schema().items()}
    )


def _against_plan(days: Any, plans: Any, params: Params) -> Any:
    """Sum of the year, recent rate and plan of each day."""
    days = days.mutate(year=days.day.year().cast("int32"), number=day_number(days.day))
    plan = plans.select("site_id", "product", "year", "amount", "unit", plan_basis=plans.basis)
    rows = without_right(days.left_join(plan, ["site_id", "product", "year"]))
    year = ibis.cumulative_window(group_by=("site_id", "product", "year"), order_by="number")
    recent = ibis.trailing_range_window(
        int(params.number("rate_days")) - 1,
        group_by=("site_id", "product", "year"),
        order_by="number",
    )
    rows = rows.mutate(
        total=rows.output.sum().over(year).fill_null(ZERO).cast(WIDE),
        days=rows.output.count().over(year),
        lately=rows.output.sum().over(recent).fill_null(ZERO).cast(WIDE),
        rate_days=rows.output.count().over(recent),
        left=day_number(ibis.date(rows.year, 12, 31)) - rows.number,
        amount=rows.amount.cast(WIDE),
    )
    today = rows.output.fill_null(ZERO).cast(WIDE)
    due = rows.lately * rows.left.cast(COUNT) - (rows.amount - rows.total) * rows.rate_days.cast(
        COUNT
    )
    share = rows.lately.cast("float64") / rows.rate_days.cast("float64").nullif(0.0)
    return rows.mutate(
        before=rows.total - today,
        usable=rows.amount.notnull() & (rows.unit == rows.product_unit).fill_null(FALSE),
        ahead=(due > 0) & (rows.rate_days >= int(params.number("min_days"))),
        to_come=share * rows.left,
        period_start=ibis.date(rows.year, 1, 1),
        basis=rows.plan_basis.substr(0, 80),
    )


def _verdict(rows: Any) -> Any:
    return ibis.cases(
        (rows.amount.isnull(), Verdict.NO_PLAN.value),
        (rows.unit != rows.product_unit, Verdict.UNIT_MISMATCH.value),
        (rows.total > rows.amount, Verdict.OVER.value),
        else_=Verdict.WITHIN.value,
    )


def _over(rows: Any, params: Params) -> Mapping[str, Any]:
    """The sum is greater than the plan."""
    sigma = relative_sigma(params.column("output_accuracy", rows))
    total, plan = rows.total.cast("float64"), rows.amount.cast("float64")
    band = sigma * plan * float(params.number("coverage_factor"))
    strength = evidence((total - plan) / (sigma * ibis.greatest(total, plan)).nullif(0.0))
    return {
        "broken": rows.total > rows.amount,
        "figure": ibis.literal(OVER),
        "observed": rows.total,
        "expected": rows.amount,
        "expected_lo": quantity(plan - band),
        "expected_hi": quantity(plan + band),
        "amount": rows.total - rows.amount,
        "evidence": ibis.least(strength, float(params.number("evidence_cap"))),
    }


def _projected(rows: Any, params: Params) -> Mapping[str, Any]:
    """At the recent rate the year will end above the plan."""
    sigma = relative_sigma(params.column("pace_accuracy", rows)) * rows.to_come
    plan = rows.amount.cast("float64")
    whole = rows.total.cast("float64") + rows.to_come
    band = sigma * float(params.number("coverage_factor"))
    strength = evidence(ibis.greatest(whole - plan, 0.0) / sigma.nullif(0.0))
    return {
        "broken": rows.ahead & (rows.total <= rows.amount),
        "figure": ibis.literal(PROJECTED),
        "observed": quantity(whole),
        "expected": rows.amount,
        "expected_lo": quantity(plan - band),
        "expected_hi": quantity(plan + band),
        "amount": quantity(ibis.greatest(whole - plan, 0.0)),
        "evidence": ibis.least(strength, float(params.number("pace_cap"))),
    }


def _warned(rows: Any, params: Params) -> list[Mapping[str, Any]]:
    """The sum reaches a share of the plan on the day; of two on one day the higher."""
    shares = sorted(
        (Decimal(level) / 100 for level in params.text("levels").split(";")), reverse=True
    )
    parts: list[Mapping[str, Any]] = []
    higher: Any = rows.total > rows.amount
    for share in shares:
        bound = (rows.amount * ibis.literal(share).cast("decimal(4, 3)")).cast(WIDE)
        reached = (rows.before < bound) & (rows.total >= bound)
        parts.append(
            {
                "broken": reached & ~higher,
                "figure": ibis.literal(WARNED),
                "observed": rows.total,
                "expected": bound,
                "expected_lo": bound,
                "expected_hi": rows.amount,
                "amount": rows.amount - rows.total,
                "evidence": ibis.literal(0.0),
            }
        )
        higher = higher | (rows.total >= bound)
    return parts


def _typed(part: Mapping[str, Any]) -> Mapping[str, Any]:
    amounts = ("observed", "expected", "expected_lo", "expected_hi", "amount")
    cast = {name: part[name].cast(QUANTITY) for name in amounts}
    return {
        **part,
        **cast,
        "broken": part["broken"].fill_null(FALSE),
        "evidence": part["evidence"].cast("float64"),
    }


def _with_reports(found: Any, facts: Any) -> Any:
    """The reports of the year up to the day, looked up for findings only."""
    used = facts.filter(facts.output.notnull()).select(
        "site_id", "product", "year", "report_id", on=facts.day
    )
    asked = found.select("site_id", "product", "year", "day").distinct()
    same = [
        asked.site_id == used.site_id,
        asked["product"] == used["product"],
        asked.year == used.year,
        used.on <= asked.day,
    ]
    pairs = asked.inner_join(used, same)
    reports = pairs.group_by("site_id", "product", "day").aggregate(
        report_ids=pairs.report_id.collect().sort()
    )
    rows = without_right(found.inner_join(reports, ["site_id", "product", "day"]))
    return rows.mutate(amount_unit=rows.unit)
