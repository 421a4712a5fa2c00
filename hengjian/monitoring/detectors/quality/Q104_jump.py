"""Q104: a figure far from the site's own ordinary one on an otherwise ordinary productive day.

1. Figures: output, and energy, coal and bought electricity per unit of output (a day of half the output honestly
   burns half, so the figure is compared with the ordinary one times the output of the day). Of output only a jump
   upwards counts: less is made for many honest reasons.
2. Ordinary: median and quartiles over the productive days known, from `lookback_days` before the period to its end, at
   least `min_days` of them; see `ordinary` on weekdays. A slow change of season widens the quartiles with it.
3. Not judged: days within `settle_days` after a day without output (restart), days of less than `min_load` of the
   ordinary output (the fixed part of energy weighs more).
4. Evidence: z = distance ÷ spread (at least `min_spread` percent of the median: what meters and shift ends make of an
   equal day), with heavy tails.
"""

from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import TRUE_RETURNS
from hengjian.monitoring.detectors.daily_source import (
    FALSE,
    FIGURES,
    WHO,
    DailyDetector,
    day_number,
    figure_unit,
    heavy_tail,
    in_period,
    own_days,
    quantity,
    unfold,
)
from hengjian.monitoring.detectors.detector import LegalBasis, Severity, Verdict
from hengjian.monitoring.detectors.quality.ordinary import with_ordinary
from hengjian.monitoring.facts import Period, Tables
from hengjian.monitoring.parameters import Params

PER_OUTPUT = ("energy_tce", "coal_t", "electricity")


class Jump(DailyDetector):
    """单日数值相对本厂近期水平突变.

    依据：统计法第七条、节约能源法第二十七条；日报各项与本厂近期水平的一致性。
    异常：正常生产日的产量突增，或单位产量的能耗、煤耗、电耗远离本厂近期的中位数。
    正常：停产、检修后的恢复日；低负荷日；周末规律性降负荷；季节性缓慢变化；波动本来就大的项目。
    """

    code = "Q104"
    title = N_("单日数值突变")
    severity = Severity.ANOMALY
    basis = N_("本厂近期正常生产日的中位数与四分位距")
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (TRUE_RETURNS,)
    parameters: ClassVar[tuple[str, ...]] = (
        "lookback_days",
        "min_days",
        "settle_days",
        "min_load",
        "min_spread",
        "range",
        "min_evidence",
        "evidence_cap",
    )
    template = N_(
        "{subject}{end}填报{observed} {unit}；按{basis}和当日产量，应在{expected} {unit}左右"
        "（{lo}至{hi} {unit}），相差{amount} {amount_unit}，证据强度{evidence}。"
        "恢复生产日和低负荷日不作此判定。"
    )

    def judge(self, tables: Tables, params: Params, period: Period) -> tuple[Any, Any]:
        """Productive, settled days with enough history; figures that jumped."""
        days = own_days(tables, period, self.lookback_days(params))
        days = days.mutate(made=(days.output > 0).fill_null(FALSE))
        output = days.made.ifelse(days.output.cast("float64"), ibis.null("float64"))
        values = {name: days[name].cast("float64") / output for name in PER_OUTPUT}
        rows = in_period(with_ordinary(days, {"output": output} | values), period)
        enough = rows.output_days >= int(params.number("min_days"))
        load = rows.output.cast("float64") >= float(params.number("min_load")) * rows.output_mid
        verdict = ibis.cases(
            (~rows.made, Verdict.NO_OUTPUT.value),
            (~enough, Verdict.NO_HISTORY.value),
            else_=Verdict.NORMAL.value,
        )
        judged = rows.filter(rows.made, load.fill_null(FALSE), enough)
        settle = int(params.number("settle_days"))
        return rows.mutate(verdict=verdict), _settled(
            _findings(_long(judged), params), days, settle
        )


def _settled(found: Any, days: Any, settle: int) -> Any:
    """Findings without a day of no output just before; an unreported day says nothing."""
    idle = days.filter(~days.made).select("site_id", "product", stopped=day_number(days.day))
    since = day_number(found.day) - idle.stopped
    same = [found.site_id == idle.site_id, found["product"] == idle["product"]]
    return found.anti_join(idle, [*same, since > 0, since <= settle])


def _long(rows: Any) -> Any:
    """One row per figure of a day: value, what is ordinary, and how far it lies."""
    one = ibis.literal(1.0)
    output = rows.output.cast("float64")
    scales = {"output": one} | dict.fromkeys(PER_OUTPUT, output)
    return unfold(
        rows,
        (*WHO, "day", "report_id"),
        [
            {
                "figure": ibis.literal(FIGURES[name].name),
                "unit": figure_unit(rows, name),
                "value": rows[name],
                "per": scale,
                "middle": rows[f"{name}_mid"],
                "spread": rows[f"{name}_spread"],
                "only_up": ibis.literal(name == "output"),
                "known": rows[f"{name}_days"],
            }
            for name, scale in scales.items()
        ],
    )


def _findings(long: Any, params: Params) -> Any:
    # What is always zero has no spread to measure a first figure by; engines' greatest() skips nulls.
    long = long.filter((long.spread > 0) | (long.middle.abs() > 0), long["value"].notnull())
    least = float(params.number("min_spread")) / 100 * long.middle.abs()
    spread = ibis.greatest(long.spread, least)
    off = long["value"].cast("float64") / long.per - long.middle
    far = long.only_up.ifelse(ibis.greatest(off, 0.0), off.abs())
    wide = float(params.number("range")) * spread
    expected = long.middle * long.per
    rows = long.mutate(
        evidence=ibis.least(heavy_tail(far / spread), float(params.number("evidence_cap"))),
        observed=long["value"],
        expected=quantity(expected),
        expected_lo=quantity((long.middle - wide) * long.per),
        expected_hi=quantity((long.middle + wide) * long.per),
        amount=quantity((off * long.per).abs()),
        amount_unit=long.unit,
        report_ids=ibis.array([long.report_id]),
    )
    return rows.filter(
        rows.evidence >= float(params.number("min_evidence")),
        rows.known >= int(params.number("min_days")),
    )
