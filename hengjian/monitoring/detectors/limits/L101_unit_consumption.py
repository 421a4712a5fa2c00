"""L101: unit consumption of a product over the mandatory limit in force on that day.

How it judges, in the order of the functions below:
1. Known reports: source `enterprise` only; the highest revision received by ``as_of`` of each site,
   product and day.
2. Limit in force on each day: same industry and product, effective_from ≤ day < effective_to; of several,
   the first indicator in the parameter `indicators`, then the newest edition. Indicators that are not
   in the list (electricity, coal alone) cannot be compared with reported energy: not judged.
3. Level: 准入值 (2) for a plant commissioned after the edition took effect, else (also when unknown)
   限定值 (3). Levels are never ordered or substituted: an empty one means not judged, and "over" means
   greater than that level, negative levels included (-9 is over -10).
4. Period: limits are set for a statistical period, so energy ÷ output is taken over the trailing
   `window_days` ending on the judged day, without days before the edition took effect (a new limit
   is not applied backwards) and without days reported in another unit of output. Energy of days
   with zero output counts (the period contains them); days with absent output or energy do not.
   The day itself must have output and energy; `min_days` days of the period must have output.
5. Comparison: energy × factor > level × output in exact decimals, no tolerance.
6. Evidence: a plant exactly at its limit shows the excess by error of measurement with probability p.
Not applied: the corrections a standard allows (altitude, grade of ore, scrap share); `explain` says so.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_, number, percent
from hengjian.monitoring.detectors.detector import (
    ASSESSMENTS,
    HITS,
    Detector,
    LegalBasis,
    Severity,
    Verdict,
)
from hengjian.monitoring.detectors.evidence import evidence, relative_sigma
from hengjian.monitoring.detectors.panel_source import OWN, latest_known
from hengjian.monitoring.facts import QUANTITY, Period, Tables
from hengjian.monitoring.parameters import Params

# Two factors of this type multiply without loss in 38 digits. Not 18: DuckDB keeps the product of two
# 64-bit decimals in 64 bits and overflows.
EXACT = "decimal(19, 6)"
# Numerator of a limit's unit: how many of it make a tonne of coal equivalent.
PER_TCE = {"tce": 1, "kgce": 1_000, "gce": 1_000_000}
FALSE = ibis.literal(value=False)
CONFIDENCE = {
    "found": N_("已查到出处"),
    "memory_crosschecked": N_("待核实（多处一致）"),
    "to_verify": N_("待核实"),
}


class UnitConsumption(Detector):
    """单位产品综合能耗超过强制性限额标准.

    依据：节约能源法第十六条、第七十二条；强制性国家标准（GB）单位产品能源消耗限额各版本，按当日有效版本。
    异常：滚动统计期内企业自报能耗与产量之比大于适用等级限额值（严格大于，含负值限额）。
    正常：等于或低于限额；当日无产量、无适用限额、适用等级空缺、单位不一致、有效日数不足的，不作判定并说明原因。
    """

    code = "L101"
    title = N_("单位产品能耗超过限额")
    severity = Severity.BREACH
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (
        LegalBasis(
            title=N_("中华人民共和国节约能源法"),
            clause=N_("第十六条"),
            gist=N_(
                "生产过程中耗能高的产品的生产单位应当执行单位产品能耗限额标准，超限额的可责令限期治理"
            ),
            confidence="to_verify",
        ),
        LegalBasis(
            title=N_("中华人民共和国节约能源法"),
            clause=N_("第七十二条"),
            gist=N_(
                "超限额情节严重，逾期不治理或者未达到治理要求的，可报请政府责令停业整顿或者关闭"
            ),
            confidence="to_verify",
        ),
    )
    parameters: ClassVar[tuple[str, ...]] = (
        "window_days",
        "min_days",
        "indicators",
        "energy_accuracy",
        "output_accuracy",
        "recovery_gross_factor",
        "coverage_factor",
        "min_evidence",
        "evidence_cap",
    )
    template = N_(
        "按企业自报数据（能耗为当量值），{subject}自{start}至{end}（有效数据{days}日，其中无产量{idle}日）"
        "单位产品能耗为{observed} {unit}，高于{basis}第{level}级限额{expected} {unit}，超出{excess} {unit}（{share}）；"
        "按计量准确度，限额处的读数可在{lo}至{hi} {unit}之间，证据强度{evidence}。超出部分折合{amount} {amount_unit}。"
        "未计入标准允许的修正项；限额数据可信度：{confidence}。"
    )

    def lookback_days(self, params: Params) -> int:
        """The window, less the judged day itself."""
        return int(params.number("window_days")) - 1

    def assess(self, tables: Tables, params: Params, period: Period) -> Any:
        """One row per site, product and reported day: judged, or why not."""
        _, facts = self._judged(tables, params, period)
        return facts.select(
            rule=ibis.literal(self.code),
            site_id=facts.site_id,
            enterprise_id=facts.enterprise_id,
            region=facts.region,
            subject=facts.product,
            day=facts.day,
            verdict=facts.verdict,
            observed=facts.judged.ifelse(facts.observed, ibis.null(QUANTITY)),
            expected=facts.bound.cast(QUANTITY),
            unit=facts.unit,
            days=facts.days,
            limit_id=facts.limit_id,
            level=facts.level,
        ).select(*(column.name for column in ASSESSMENTS.columns))

    def expression(self, tables: Tables, params: Params, period: Period) -> Any:
        """One row per site, product and day over the limit."""
        days, judged = self._judged(tables, params, period)
        over = judged.filter(judged.verdict == Verdict.OVER.value)
        weighed = _weigh(over, params).filter(
            ibis._.evidence >= float(params.number("min_evidence"))
        )
        used = _with_reports(weighed, days, int(params.number("window_days")))
        amount = (used.excess.cast("float64") / used.per_tce).round(6).cast(QUANTITY)
        return used.mutate(
            rule=ibis.literal(self.code),
            subject=used.product,
            period_end=used.day,
            expected=used.bound.cast(QUANTITY),
            expected_lo=_decimal(used.bound.cast("float64") - used.band),
            expected_hi=_decimal(used.bound.cast("float64") + used.band),
            amount_at_stake=amount,
            amount_unit=ibis.literal("tce"),
            baseline_start=ibis.null("date"),
            baseline_end=ibis.null("date"),
            peer_group=ibis.literal(""),
            peers=ibis.literal(0, type="int64"),
            basis=used.standard.endswith(used.edition).ifelse(
                used.standard, used.standard + "-" + used.edition
            ),
        ).select(*(column.name for column in HITS.columns))

    def explain(self, hit: Mapping[str, Any], translate: Callable[[str], str] = str) -> str:
        """The hit in Chinese, figures to three decimals."""
        excess: Decimal = hit["observed"] - hit["expected"]
        share = percent(excess / abs(hit["expected"])) if hit["expected"] else "—"
        return translate(self.template).format(
            subject=hit["subject"],
            start=hit["period_start"].isoformat(),
            end=hit["period_end"].isoformat(),
            days=hit["days"],
            idle=hit["idle_days"],
            observed=number(hit["observed"], 3),
            expected=number(hit["expected"], 3),
            excess=number(excess, 3),
            share=share,
            lo=number(hit["expected_lo"], 3),
            hi=number(hit["expected_hi"], 3),
            unit=hit["unit"],
            basis=hit["basis"],
            level=hit["level"],
            evidence=number(Decimal(str(hit["evidence"])), 1),
            amount=number(hit["amount_at_stake"], 3),
            amount_unit=hit["amount_unit"],
            confidence=translate(CONFIDENCE.get(hit["confidence"], hit["confidence"])),
        )

    def _judged(self, tables: Tables, params: Params, period: Period) -> tuple[Any, Any]:
        """All known days with their limit, and the judged ones with sums of their period and verdict."""
        window = int(params.number("window_days"))
        days = _days(_known(tables.daily, period, window), tables, params)
        summed = _sums(days, window).filter(ibis._.day.between(period.first, period.last))
        return days, _verdict(summed, int(params.number("min_days")), window)


def _known(daily: Any, period: Period, window: int) -> Any:
    """Latest revision of each enterprise report known at ``as_of``, for the days that matter."""
    own = daily.filter(daily.source == OWN)
    return latest_known(own, period.first - timedelta(days=window - 1), period)


def _days(known: Any, tables: Tables, params: Params) -> Any:
    """Each known day with its limit, the level that applies to the plant, and what counts of it."""
    limits = _in_force(known, tables.limits, params.text("indicators").split(";"))
    plants = tables.sites.group_by("site_id", "industry", "product").aggregate(
        commissioned=tables.sites.commissioned.min()
    )
    facts = _without(
        known.left_join(limits, ["industry", "product", "day"]),
        "industry_right",
        "product_right",
        "day_right",
    )
    facts = _without(
        facts.left_join(plants, ["site_id", "industry", "product"]),
        "site_id_right",
        "industry_right",
        "product_right",
    )
    is_new = (facts.commissioned > facts.effective_from).fill_null(FALSE)
    used = facts.energy_tce.notnull() & (facts.output >= 0).fill_null(FALSE)
    return facts.mutate(
        level=is_new.ifelse(2, 3).cast("int32"),
        bound=is_new.ifelse(facts.level2, facts.level3),
        matches=(facts.limit_id.notnull() & (facts.denominator == facts.product_unit)).fill_null(
            FALSE
        ),
        number=facts.day.delta(ibis.date(1970, 1, 1), unit="day"),
        counts=used,
        produced=used & (facts.output > 0).fill_null(FALSE),
    )


def _in_force(known: Any, limits: Any, indicators: list[str]) -> Any:
    """The limit of each industry, product and day; the newest of the indicator that comes first."""
    dated = _comparable(limits, indicators)
    wanted = known.select("industry", "product", "day").distinct()
    pairs = wanted.inner_join(
        dated,
        [
            wanted.industry == dated.industry,
            wanted["product"] == dated["product"],
            dated.effective_from <= wanted.day,
            dated.effective_to.isnull() | (wanted.day < dated.effective_to),
        ],
    )
    first = ibis.row_number().over(
        group_by=("industry", "product", "day"),
        order_by=(pairs["rank"], pairs.effective_from.desc(), pairs.limit_id),
    )
    chosen = pairs.mutate(place=first).filter(ibis._.place == 0)
    return _without(chosen, "industry_right", "product_right", "place", "rank", "effective_to")


def _comparable(limits: Any, indicators: list[str]) -> Any:
    """Limits with their place in the order of indicators, and their unit taken apart."""
    unit = limits.unit
    rank = ibis.cases(
        *((limits.indicator == name, place) for place, name in enumerate(indicators)),
        else_=len(indicators),
    )
    numerator = unit.split("/")[0]
    per_tce = ibis.cases(*((numerator == name, value) for name, value in PER_TCE.items()), else_=0)
    return limits.select(
        "limit_id",
        "industry",
        "product",
        "unit",
        "level2",
        "level3",
        "standard",
        "edition",
        "effective_from",
        "effective_to",
        "confidence",
        comparable=rank < len(indicators),
        rank=rank,
        per_tce=per_tce,
        denominator=(per_tce > 0).ifelse(unit.substr(numerator.length() + 1), ibis.null("string")),
    )


def _sums(days: Any, window: int) -> Any:
    """Energy and output over the trailing period that shares the limit and the unit of output."""
    trailing = ibis.trailing_range_window(
        window - 1,
        order_by="number",
        group_by=("site_id", "product", "product_unit", "limit_id"),
    )

    def over(value: Any) -> Any:
        return days.counts.ifelse(value, ibis.null(QUANTITY)).sum().over(trailing).cast(EXACT)

    return days.mutate(
        energy=over(days.energy_tce),
        made=over(days.output),
        days=days.counts.cast("int64").sum().over(trailing),
        productive=days.produced.cast("int64").sum().over(trailing),
    )


def _verdict(facts: Any, min_days: int, window: int) -> Any:
    """Compare exactly, or say why not; the first reason that holds is given."""
    burned = facts.energy * facts.per_tce.cast(EXACT)
    allowed = facts.bound.cast(EXACT) * facts.made
    verdict = ibis.cases(
        (facts.limit_id.isnull(), Verdict.NO_LIMIT.value),
        (~facts.comparable, Verdict.OTHER_INDICATOR.value),
        (facts.bound.isnull(), Verdict.NO_LEVEL.value),
        (~facts.matches, Verdict.UNIT_MISMATCH.value),
        (facts.output.isnull() | (facts.output <= 0), Verdict.NO_OUTPUT.value),
        (facts.energy_tce.isnull(), Verdict.NO_ENERGY.value),
        (facts.productive < min_days, Verdict.TOO_FEW_DAYS.value),
        (burned > allowed, Verdict.OVER.value),
        else_=Verdict.WITHIN.value,
    )
    start = facts.day - ibis.interval(days=window - 1)
    ratio = facts.energy.cast("float64") * facts.per_tce / facts.made.cast("float64").nullif(0.0)
    return facts.mutate(
        verdict=verdict,
        judged=verdict.isin([Verdict.OVER.value, Verdict.WITHIN.value]),
        excess=burned - allowed,
        observed=_decimal(ratio),
        ratio=ratio,
        idle_days=facts.days - facts.productive,
        period_start=ibis.greatest(start, facts.effective_from),
    )


def _weigh(over: Any, params: Params) -> Any:
    """Evidence and the band that accuracy of measurement puts around the limit."""
    sigma = relative_sigma(
        params.column("energy_accuracy", over), params.column("output_accuracy", over)
    )
    limit = over.bound.cast("float64")
    # A net value near or below zero is a difference of larger flows, each with its own error.
    is_net = (limit <= 0) | (over.ratio <= 0)
    gross = is_net.ifelse(params.column("recovery_gross_factor", over), 1.0)
    spread = sigma * gross * ibis.greatest(limit.abs(), over.ratio.abs())
    tail = evidence((over.ratio - limit) / spread)
    return over.mutate(
        band=spread * float(params.number("coverage_factor")),
        evidence=ibis.least(tail, float(params.number("evidence_cap"))).round(4),
    )


def _with_reports(hits: Any, days: Any, window: int) -> Any:
    """The reports whose figures are in each hit: looked up day by day, for hits only (they are few)."""
    same = ("site_id", "product", "product_unit", "limit_id")
    asked = hits.select(*same, "day", "number", back=ibis.range(0, window).unnest())
    asked = asked.mutate(number=asked.number - asked.back.cast("int64"))
    used = days.filter(days.counts).select(*same, "number", "report_id")
    reports = (
        asked.inner_join(used, [*same, "number"])
        .group_by("site_id", "product", "day")
        .aggregate(input_report_ids=ibis._.report_id.collect().sort())
    )
    return hits.inner_join(reports, ["site_id", "product", "day"])


def _without(table: Any, *names: str) -> Any:
    """Like ``drop``, which writes the names in the order of a set: the rule version would change by run."""
    return table.select([name for name in table.columns if name not in names])


def _decimal(value: Any) -> Any:
    return value.round(6).cast(QUANTITY)
