"""What the rules over single days share: known days, figures by name, the columns of hits and assessments."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import ibis

from hengjian.kernel.text import N_, number
from hengjian.monitoring.detectors.detector import ASSESSMENTS, HITS, Detector, Verdict
from hengjian.monitoring.detectors.panel_source import OWN, latest_known
from hengjian.monitoring.facts import QUANTITY, Period, Tables
from hengjian.monitoring.parameters import Params

# Between a product and the figure of it that a hit is about: a day may have several hits of one rule.
OF = "·"
# What a finding of the day replaces; a rule may have said more of the day than that something was found.
QUIET = (Verdict.NORMAL.value, Verdict.WITHIN.value)
FALSE = ibis.literal(value=False)
WHO = ("site_id", "enterprise_id", "region", "product")
SERIES = ("site_id", "product")


@dataclass(frozen=True, slots=True)
class Figure:
    """A column of the daily table as people know it; an empty unit is that of the product."""

    name: str
    unit: str = ""


FIGURES: Mapping[str, Figure] = {
    "output": Figure(N_("产量")),
    "energy_tce": Figure(N_("综合能耗"), "tce"),
    "coal_t": Figure(N_("煤炭消费"), "t"),
    "electricity": Figure(N_("外购电量"), "1e4kWh"),
    "electricity_own": Figure(N_("自发电量"), "1e4kWh"),
    "electricity_out": Figure(N_("外供电量"), "1e4kWh"),
    "coal_open": Figure(N_("煤炭期初库存"), "t"),
    "coal_in": Figure(N_("煤炭购进"), "t"),
    "coal_stock": Figure(N_("煤炭期末库存"), "t"),
    "product_open": Figure(N_("产品期初库存")),
    "product_in": Figure(N_("产品购进")),
    "product_sold": Figure(N_("产品销售及自用")),
    "product_stock": Figure(N_("产品期末库存")),
    "clinker_open": Figure(N_("熟料期初库存"), "t"),
    "clinker_made": Figure(N_("熟料产量"), "t"),
    "clinker_in": Figure(N_("熟料购进"), "t"),
    "clinker_used": Figure(N_("熟料使用"), "t"),
    "clinker_sold": Figure(N_("熟料销售"), "t"),
    "clinker_stock": Figure(N_("熟料期末库存"), "t"),
    "water": Figure(N_("取水量"), "1e4m3"),
    "co2_measured": Figure(N_("实测二氧化碳"), "t"),
}


class DailyDetector(Detector):
    """A rule that finds single days; ``judge`` is the rule, the rest is the form of what it finds.

    ``basis`` is what every hit names as its ground, unless the findings have a column of that name.
    """

    basis: ClassVar[str]
    confidence: ClassVar[str] = "to_verify"
    found: ClassVar[Verdict] = Verdict.UNUSUAL

    @abstractmethod
    def judge(self, tables: Tables, params: Params, period: Period) -> tuple[Any, Any]:
        """(days, findings), both Ibis tables.

        days: WHO, day and verdict of every day of the period as if nothing were found; may have observed,
            expected, unit and days.
        findings: WHO, day, observed, expected, expected_lo, expected_hi, amount, unit, amount_unit, evidence and
            report_ids; may have figure (which one of the product), period_start, days, idle_days, basis and
            baseline_start, baseline_end.
        """

    def lookback_days(self, params: Params) -> int:
        """The parameter of that name."""
        return int(params.number("lookback_days"))

    def assess(self, tables: Tables, params: Params, period: Period, hits: Any = None) -> Any:
        """One row per site, product and day; days with a finding say so.

        ``hits``: the table that `expression` gave for the same arguments, where it has been executed already; the
        rule is then not computed a second time.
        """
        days, findings = self.judge(tables, params, period)
        if hits is None:
            keys = findings.select("site_id", "day", "product")
        else:
            keys = hits.select("site_id", day="period_end", product=hits.subject.split(OF)[0])
        keys = keys.distinct().mutate(hit=ibis.literal(value=True))
        rows = without_right(days.left_join(keys, ["site_id", "product", "day"]))
        given = {
            "rule": ibis.literal(self.code),
            "subject": rows["product"],
            "verdict": (rows.hit.fill_null(FALSE) & rows.verdict.isin(QUIET)).ifelse(
                self.found.value, rows.verdict
            ),
        }
        return columns(ASSESSMENTS, rows, given)

    def expression(self, tables: Tables, params: Params, period: Period) -> Any:
        """One row per finding of a day of the period that is strong enough."""
        _, rows = self.judge(tables, params, period)
        given: dict[str, Any] = {
            "rule": ibis.literal(self.code),
            "subject": rows["product"],
            "period_start": rows.day,
            "period_end": rows.day,
            "days": ibis.literal(1, type="int64"),
            "idle_days": ibis.literal(0, type="int64"),
            "evidence": rows.evidence.round(4),
            "amount_at_stake": rows.amount,
            "input_report_ids": rows.report_ids,
            "peer_group": ibis.literal(""),
            "peers": ibis.literal(0, type="int64"),
            "basis": ibis.literal(self.basis),
            "confidence": ibis.literal(self.confidence),
        }
        given = {name: value for name, value in given.items() if name not in rows.columns} | {
            "evidence": given["evidence"]
        }
        if "figure" in rows.columns:
            given["subject"] = rows["product"] + OF + rows.figure
        return columns(HITS, rows, given)

    def explain(self, hit: Mapping[str, Any], translate: Callable[[str], str] = str) -> str:
        """The template with all figures of the hit."""
        return translate(self.template).format(
            subject=hit["subject"],
            start=hit["period_start"].isoformat(),
            end=hit["period_end"].isoformat(),
            days=hit["days"],
            idle=hit["idle_days"],
            observed=number(hit["observed"], 3),
            expected=number(hit["expected"], 3),
            lo=number(hit["expected_lo"], 3),
            hi=number(hit["expected_hi"], 3),
            unit=hit["unit"],
            evidence=number(Decimal(str(hit["evidence"])), 1),
            amount=number(hit["amount_at_stake"], 3),
            amount_unit=hit["amount_unit"],
            basis=translate(hit["basis"]),
        )


def columns(contract: Any, rows: Any, given: Mapping[str, Any]) -> Any:
    """The columns of a contract in its order and types: given, else of ``rows``, else null."""
    return rows.select(
        **{
            column.name: (
                given[column.name]
                if column.name in given
                else rows[column.name]
                if column.name in rows.columns
                else ibis.null(column.type)
            ).cast(column.type)
            for column in contract.columns
        }
    )


def own_days(tables: Tables, period: Period, back: int) -> Any:
    """Latest known report of the enterprise for each site, product and day, from ``back`` days before the period."""
    daily = tables.daily.filter(tables.daily.source == OWN, tables.daily["product"] != "")
    return latest_known(daily, period.first - timedelta(days=back), period)


def in_period(rows: Any, period: Period) -> Any:
    """Rows of the judged days."""
    return rows.filter(rows.day >= ibis.literal(period.first))


def day_number(day: Any) -> Any:
    """Days since 1970: windows over ranges of days need a number."""
    return day.delta(ibis.date(1970, 1, 1), unit="day")


def figure_unit(rows: Any, column: str) -> Any:
    """The unit of a figure as an expression."""
    return ibis.literal(FIGURES[column].unit) if FIGURES[column].unit else rows.product_unit


def unfold(rows: Any, kept: tuple[str, ...], parts: Sequence[Mapping[str, Any]]) -> Any:
    """One row per part (a mapping of the same names to values) beside the kept columns."""
    structs = ibis.array([ibis.struct(dict(part)) for part in parts])
    return rows.select(*kept, part=structs.unnest()).unpack("part")


def quantity(value: Any) -> Any:
    """A float as a quantity of the contract."""
    return value.round(6).cast(QUANTITY)


def without_right(table: Any) -> Any:
    """A join without the doubled columns of its right side."""
    return table.select([name for name in table.columns if not name.endswith("_right")])


def heavy_tail(z: Any) -> Any:
    """-log10 P(|T| > z), T of Student's t with 4 degrees of freedom, z ≥ 0.

    Days of an honest plant stray further than a normal distribution allows (troubles, partial load); with four
    degrees of freedom a deviation of 9 standard units has evidence 3. Closed form of the two-sided tail:
    1 - z(6 + z²)/(4 + z²)^1.5; beyond z = 50 its leading term 6/z⁴, before rounding eats the difference.
    """
    square = z * z
    tail = 1 - z * (6 + square) / (4 + square).pow(1.5)
    far = 6 / (square * square).nullif(0.0)
    return -ibis.ifelse(z > 50, far, ibis.greatest(tail, 1e-12)).log10()
