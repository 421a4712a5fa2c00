"""Detectors whose core is one expression over a wide table of periods (MONTHS, QUARTERS)."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal

from hengjian.kernel.text import N_, number
from hengjian.monitoring.detectors.detector import Rule
from hengjian.monitoring.panel import TABLES
from hengjian.monitoring.parameters import Params

# A unit that depends on the product is written so; the platform puts the product's own unit in its place.
OUTPUT_UNIT = "output"
BASELINE = N_("与本厂{start}至{end}的历史及{peers}家同类企业比较。")


class PanelDetector(Rule):
    """One rule over a panel. ``signals`` is the rule; back-test and platform call it unchanged.

    ``exact`` rules give as statistic an evidence of their own (-log10 of a probability that follows from
    resolution and length, stated in their docstring); the others are calibrated on honest history.
    ``grain`` is the period in which the platform runs it: days with output, every reported calendar day, whole
    months, or quarter hours. ``span`` counts the periods, up to the judged one, on which a hit rests.
    ``fuel`` names the reported figure that stands as fuel there: energy in tce, coal in t, or CO2 in t.
    """

    table: ClassVar[Literal["months", "quarters"]]
    unit: ClassVar[str]
    amount_unit: ClassVar[str]
    exact: ClassVar[bool] = False
    grain: ClassVar[Literal["day", "calendar", "month", "quarter"]] = "day"
    span: ClassVar[int] = 1
    fuel: ClassVar[Literal["energy_tce", "coal_t", "co2_t"]] = "energy_tce"

    @abstractmethod
    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """Ibis table with the columns of SIGNALS.

        Args:
            panel: Ibis table that keeps the contract named by ``table``.
            honest_until: periods with ``seq`` before it are honest history; the rest is judged.
            params: values of this rule.
        """

    def view(self, panel: Any) -> Any:
        """A panel of the platform as this rule reads it."""
        return panel if self.table != "months" else panel.mutate(fuel=panel[self.fuel])

    def compiled(self, params: Params) -> Any:
        """The signals over an unbound panel."""
        return self.signals(TABLES[self.table].unbound(), 0, params)

    def explain(self, hit: Mapping[str, Any], translate: Callable[[str], str] = str) -> str:
        """The template with the figures of the hit, then what they were compared with."""
        text = translate(self.template).format(
            subject=hit["subject"],
            start=hit["period_start"].isoformat(),
            end=hit["period_end"].isoformat(),
            days=hit["days"],
            observed=number(hit["observed"], 3),
            expected=number(hit["expected"], 3),
            lo=number(hit["expected_lo"], 3),
            hi=number(hit["expected_hi"], 3),
            unit=hit["unit"],
            evidence=number(Decimal(str(hit["evidence"])), 1),
            amount=number(hit["amount_at_stake"], 3),
            amount_unit=hit["amount_unit"],
        )
        if hit["baseline_start"] is None:
            return text
        return text + translate(BASELINE).format(
            start=hit["baseline_start"].isoformat(),
            end=hit["baseline_end"].isoformat(),
            peers=hit["peers"],
        )
