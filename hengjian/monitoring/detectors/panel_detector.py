"""Detectors whose core is one expression over a wide table of periods (MONTHS, QUARTERS)."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

from hengjian.monitoring.detectors.detector import Detector
from hengjian.monitoring.facts import Period, Tables
from hengjian.monitoring.parameters import Params


class PanelDetector(Detector):
    """One rule over a panel. ``signals`` is the rule; back-test and platform call it unchanged.

    ``exact`` rules give as statistic an evidence of their own (-log10 of a probability that follows from
    resolution and length, stated in their docstring); the others are calibrated on honest history.
    """

    table: ClassVar[Literal["months", "quarters"]]
    unit: ClassVar[str]
    amount_unit: ClassVar[str]
    exact: ClassVar[bool] = False

    @abstractmethod
    def signals(self, panel: Any, honest_until: int, params: Params) -> Any:
        """Ibis table with the columns of SIGNALS.

        Args:
            panel: Ibis table that keeps the contract named by ``table``.
            honest_until: periods with ``seq`` before it are honest history; the rest is judged.
            params: values of this rule.
        """

    def lookback_days(self, params: Params) -> int:
        """Not wired to the platform yet."""
        raise NotImplementedError

    def assess(self, tables: Tables, params: Params, period: Period) -> Any:
        """Not wired to the platform yet."""
        raise NotImplementedError

    def expression(self, tables: Tables, params: Params, period: Period) -> Any:
        """Not wired to the platform yet."""
        raise NotImplementedError

    def explain(self, hit: Mapping[str, Any], translate: Callable[[str], str] = str) -> str:
        """Not wired to the platform yet."""
        raise NotImplementedError
