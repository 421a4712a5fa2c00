"""S404: the enterprise and another source give different figures for the same day or month.

1. Sources: resident supervisor, team on site, statistics, tax. Grid company, meters and stacks are compared by
   S401-S403, which follow a series; here one day or one month stands for itself.
2. Pairs: latest revisions known of both, same site and day (daily reports) or same month (monthly reports); same
   product, or none named by the other source. Output and electricity where both give them. Energy and coal are sums
   over a whole form, so they are compared only where the other source gave output and electricity too, and are above
   zero in both. Of tax only output and electricity: invoices follow deliveries, `timing_accuracy` wide.
3. Evidence: two honest figures differ by the accuracy of both readings (maximum permissible errors, uniform, JJF
   1059.1): normal tail of the difference, two-sided.
4. Use: the basis of a hit names the source and what its figures may be used for; statistics only for comparison.
"""

from collections.abc import Mapping
from math import log10
from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.measures.permissions import PERMITTED_USE, SOURCE_LABELS, Source
from hengjian.monitoring.detectors.basis import METERED_ENERGY, TRUE_RETURNS
from hengjian.monitoring.detectors.daily_source import (
    FALSE,
    FIGURES,
    OF,
    WHO,
    DailyDetector,
    figure_unit,
    quantity,
    unfold,
    without_right,
)
from hengjian.monitoring.detectors.detector import LegalBasis, Severity, Verdict
from hengjian.monitoring.detectors.evidence import evidence, relative_sigma
from hengjian.monitoring.detectors.panel_source import OWN, latest_known
from hengjian.monitoring.detectors.quality.D401_day_sum import latest_months
from hengjian.monitoring.facts import QUANTITY, Period, Tables
from hengjian.monitoring.parameters import Params

OTHERS = (Source.RESIDENT, Source.TEAM, Source.STATISTICS, Source.TAX)
ACCURACIES = {
    "output": "output_accuracy",
    "energy_tce": "energy_accuracy",
    "coal_t": "coal_accuracy",
    "electricity": "electricity_accuracy",
}
WHOLE_FORM = ("energy_tce", "coal_t")
MONTH = N_("月报")


class TwoSources(DailyDetector):
    """企业填报与其他来源的同期数值不一致.

    依据：统计法第七条、节约能源法第二十七条；企业与驻企监督员独立填报、互相核对的要求。
    异常：同一日或同一月，企业填报的产量、能耗、煤炭、电量与驻企监督员、现场核查、统计、税务的数值之差超出双方计量误差。
    正常：差额在计量误差之内；其他来源未填或只填了部分项目；口径不同的项目。统计数据仅供比对，不得作为行政处罚依据。
    """

    code = "S404"
    title = N_("企业填报与其他来源不一致")
    severity = Severity.ANOMALY
    basis = N_("两个来源的同期数值")
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (TRUE_RETURNS, METERED_ENERGY)
    parameters: ClassVar[tuple[str, ...]] = (
        "lookback_days",
        *ACCURACIES.values(),
        "timing_accuracy",
        "coverage_factor",
        "min_evidence",
        "evidence_cap",
    )
    template = N_(
        "{subject}：自{start}至{end}企业填报{observed} {unit}，对方数值{expected} {unit}，相差{amount} {amount_unit}；"
        "按双方计量误差，企业数值应在{lo}至{hi} {unit}之间，证据强度{evidence}。对方来源及用途：{basis}。"
    )

    def judge(self, tables: Tables, params: Params, period: Period) -> tuple[Any, Any]:
        """Days of the enterprise, with or without another source; pairs of figures that differ."""
        named = tables.daily.filter(tables.daily.source.isin([OWN, *OTHERS]))
        known = latest_known(named, period.first, period)
        own = known.filter(known.source == OWN, known["product"] != "")
        there = known.filter(known.source != OWN).select(
            "site_id", "day", other=ibis.literal(value=True)
        )
        days = without_right(own.left_join(there.distinct(), ["site_id", "day"]))
        verdict = days.other.fill_null(FALSE).ifelse(
            Verdict.NORMAL.value, Verdict.NO_OTHER_SOURCE.value
        )
        daily = _pairs(known.mutate(first=known.day, last=known.day), ibis.literal(""))
        monthly = _pairs(latest_months(tables.monthly, period), ibis.literal(OF + MONTH))
        return days.mutate(verdict=verdict), _findings(daily.union(monthly), params)


PAIR: Mapping[str, str] = {
    **dict.fromkeys(("site_id", "enterprise_id", "product", "industry", "source"), "string"),
    "region": "int32",
    **dict.fromkeys(("first", "last"), "date"),
    **dict.fromkeys(("report_id", "other_id", "column", "unit", "kind"), "string"),
    **dict.fromkeys(("observed", "expected"), QUANTITY),
}


def _pairs(reports: Any, kind: Any) -> Any:
    """One row per figure that the enterprise and another source both give of the same period."""
    own = reports.filter(reports.source == OWN, reports["product"] != "")
    given = reports.filter(reports.source.isin(list(OTHERS)))
    other = given.select(
        "site_id",
        "first",
        other_source=given.source,
        other_product=given["product"],
        other_id=given.report_id,
        **{f"other_{name}": given[name] for name in ACCURACIES},
    )
    rows = own.inner_join(other, ["site_id", "first"])
    rows = rows.filter(rows.other_product.isin([rows["product"], ""]))
    full = rows.other_output.notnull() & rows.other_electricity.notnull()
    full &= rows.other_source != Source.TAX.value
    kept = (*WHO, "industry", "first", "last", "report_id", "other_id", "other_source")
    parts = []
    for name in ACCURACIES:
        both = rows[name].notnull() & rows[f"other_{name}"].notnull()
        if name in WHOLE_FORM:
            both &= full & (rows[name] > 0) & (rows[f"other_{name}"] > 0)
        parts.append(
            {
                "both": both.fill_null(FALSE),
                "column": ibis.literal(name),
                "unit": figure_unit(rows, name),
                "observed": rows[name],
                "expected": rows[f"other_{name}"],
            }
        )
    long = unfold(rows, kept, parts)
    long = long.filter(long.both).mutate(source=ibis._.other_source, kind=kind)
    return long.select(**{name: long[name].cast(dtype) for name, dtype in PAIR.items()})


def _findings(pairs: Any, params: Params) -> Any:
    """Pairs that differ by more than both accuracies explain."""
    accuracy = ibis.cases(
        *((pairs["column"] == name, params.column(p, pairs)) for name, p in ACCURACIES.items()),
        else_=0.0,
    )
    late = (pairs.source == Source.TAX.value).ifelse(params.column("timing_accuracy", pairs), 0.0)
    own, other = pairs.observed.cast("float64"), pairs.expected.cast("float64")
    sigma = relative_sigma(accuracy, accuracy, late) * ibis.greatest(own.abs(), other.abs())
    band = sigma * float(params.number("coverage_factor"))
    off = (own - other).abs()
    # Two-sided: twice the tail.
    strength = ibis.greatest(evidence(off / ibis.greatest(sigma, 0.000001)) - log10(2), 0.0)
    label = _by_source(pairs.source, SOURCE_LABELS)
    figure = ibis.cases(
        *((pairs["column"] == name, FIGURES[name].name) for name in ACCURACIES), else_=""
    )
    return pairs.mutate(
        day=pairs["last"],
        period_start=pairs["first"],
        days=(pairs["last"].delta(pairs["first"], unit="day") + 1).cast("int64"),
        figure=figure + OF + label + pairs.kind,
        basis=label + N_("；") + _by_source(pairs.source, PERMITTED_USE),
        expected_lo=quantity(other - band),
        expected_hi=quantity(other + band),
        amount=quantity(off),
        amount_unit=pairs.unit,
        evidence=ibis.least(strength, float(params.number("evidence_cap"))),
        report_ids=ibis.array([pairs.report_id, pairs.other_id]).sort(),
    ).filter(ibis._.evidence >= float(params.number("min_evidence")))


def _by_source(source: Any, words: Mapping[Source, str]) -> Any:
    return ibis.cases(*((source == one.value, words[one]) for one in OTHERS), else_="")
