"""Q101: an owed daily report that had not come.

1. Owed: rows of ``due`` of the enterprise whose deadline had passed by ``as_of``. The list of obligations says who
   owes what and when, so gaps inside a series and at its end are judged alike.
2. There: any report of the enterprise for the site and day received by ``as_of``, whatever its product.
3. Excused: a stop with an expected end, declared by then, covers the day.
4. Evidence: an honest site misses a day with probability `miss_rate` and, once it has, the next with `stay_rate`
   (a person ill, a line down): -log10 of the product. It says that a report is missing and nothing of figures.
"""

import math
from datetime import timedelta
from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_
from hengjian.monitoring.detectors.basis import TRUE_ENERGY_REPORT, TRUE_RETURNS
from hengjian.monitoring.detectors.daily_source import (
    WHO,
    DailyDetector,
    day_number,
    in_period,
    without_right,
)
from hengjian.monitoring.detectors.detector import LegalBasis, Severity, Verdict
from hengjian.monitoring.detectors.panel_source import OWN
from hengjian.monitoring.facts import QUANTITY, Period, Tables
from hengjian.monitoring.parameters import Params


class Missing(DailyDetector):
    """应报未报：报送名录内的企业到期没有日报.

    依据：节约能源法第五十三条、统计法第七条关于报送义务的规定；报送名录和截止时间。
    异常：名录要求当日日报，截止时间已过，仍未收到企业的任何一份日报。
    正常：未到截止时间；已收到（含零报告）；已申报停产、检修且当日在预计结束日之内。缺报只说明缺报，不说明数据不实。
    """

    code = "Q101"
    title = N_("日报应报未报")
    severity = Severity.ANOMALY
    found = Verdict.MISSING
    basis = N_("报送名录与截止时间")
    legal_basis: ClassVar[tuple[LegalBasis, ...]] = (TRUE_ENERGY_REPORT, TRUE_RETURNS)
    parameters: ClassVar[tuple[str, ...]] = (
        "lookback_days",
        "miss_rate",
        "stay_rate",
        "evidence_cap",
    )
    template = N_(
        "{subject}自{start}至{end}连续{amount}日应报日报，实收{observed}份、应收{expected}份"
        "（应收范围{lo}至{hi}份），依据：{basis}。证据强度{evidence}，只说明缺报，不说明数据不实。"
    )

    def judge(self, tables: Tables, params: Params, period: Period) -> tuple[Any, Any]:
        """Owed days of the period, and those that nobody reported."""
        owed = _owed(tables, period, self.lookback_days(params))
        verdict = ibis.cases(
            (owed.there, Verdict.NORMAL.value),
            (owed.excused, Verdict.EXCUSED.value),
            else_=Verdict.MISSING.value,
        )
        days = in_period(owed.mutate(verdict=verdict), period)
        gone = in_period(_runs(owed.filter(~owed.there, ~owed.excused)), period)
        first, more = (-math.log10(float(params.number(n))) for n in ("miss_rate", "stay_rate"))
        strength = first + more * (gone.length - 1)
        count = gone.length.cast(QUANTITY)
        findings = gone.mutate(
            period_start=gone.day - (gone.length - 1).as_interval("D"),
            days=gone.length,
            observed=ibis.literal(0).cast(QUANTITY),
            expected=count,
            expected_lo=count,
            expected_hi=count,
            unit=ibis.literal("copy"),
            amount=count,
            amount_unit=ibis.literal("d"),
            evidence=ibis.least(strength, float(params.number("evidence_cap"))),
            report_ids=ibis.literal([], type="array<string>"),
        )
        return days.select(*WHO, "day", "verdict"), findings


def _owed(tables: Tables, period: Period, back: int) -> Any:
    """Owed days whose deadline has passed, and whether a report is there."""
    due, daily = tables.due, tables.daily
    first = ibis.literal(period.first - timedelta(days=back))
    owed = due.filter(
        due.source == OWN,
        due.due_at <= ibis.literal(period.as_of),
        due.day.between(first, ibis.literal(period.last)),
    )
    came = daily.filter(
        daily.source == OWN,
        daily.received_at <= ibis.literal(period.as_of),
        daily.day.between(first, ibis.literal(period.last)),
    )
    came = came.select("site_id", "day", came=ibis.literal(value=True)).distinct()
    joined = without_right(owed.left_join(came, ["site_id", "day"]))
    return joined.mutate(there=joined.came.notnull())


def _runs(absent: Any) -> Any:
    """How many consecutive calendar days are absent, up to each; present or not owed ends a run."""
    numbered = absent.mutate(
        number=day_number(absent.day),
        place=ibis.row_number().over(group_by="site_id", order_by="day"),
    )
    islands = numbered.mutate(island=numbered.number - numbered.place)
    first = islands.number.min().over(ibis.window(group_by=("site_id", "island")))
    return islands.mutate(length=(islands.number - first + 1).cast("int64"))
