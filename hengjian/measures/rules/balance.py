"""Balances of stocks: opening + receipts - use and sales = closing, within a tolerance (domain rules: coal 3-5 %)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class Flow(StrEnum):
    """How a line moves a stock."""

    OPENING = "opening"
    IN = "in"
    OUT = "out"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Balance:
    """One stock that is balanced; the tolerance is a share of the period's larger flow."""

    code: str
    name: str
    tolerance_percent: Decimal


@dataclass(frozen=True, slots=True)
class Checked:
    """What the figures give: ``expected`` closing, the reported one, their difference and what is allowed."""

    expected: Decimal
    closing: Decimal
    residual: Decimal
    allowed: Decimal

    @property
    def holds(self) -> bool:
        """Whether the difference lies within the tolerance."""
        return abs(self.residual) <= self.allowed


def check_balance(
    amounts: Mapping[str, Decimal], moves: Sequence[tuple[str, Flow]], tolerance_percent: Decimal
) -> Checked | None:
    """Balance one stock; None when opening or closing was not reported, for then there is nothing to check.

    Args:
        amounts: item code -> value, all in one unit; absent flows count as zero.
        moves: (item code, flow) of every line that moves the stock.
        tolerance_percent: of the larger of what came in and what went out.
    """
    sums = dict.fromkeys(Flow, ZERO)
    seen: set[Flow] = set()
    for code, flow in moves:
        if code in amounts:
            sums[flow] += amounts[code]
            seen.add(flow)
    if not {Flow.OPENING, Flow.CLOSING} <= seen:
        return None
    expected = sums[Flow.OPENING] + sums[Flow.IN] - sums[Flow.OUT]
    base = max(sums[Flow.IN], sums[Flow.OUT])
    return Checked(
        expected=expected,
        closing=sums[Flow.CLOSING],
        residual=sums[Flow.CLOSING] - expected,
        allowed=base * tolerance_percent / 100,
    )
