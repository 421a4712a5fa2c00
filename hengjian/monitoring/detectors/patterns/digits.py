"""Digits of a figure as written: how many zeros it ends in, what it resolves."""

from __future__ import annotations

from typing import Any

import ibis

# Figures are read to thousandths; a figure of more than 10^12 of its unit does not occur.
PLACES = 3
POWERS = 15


def zeros(value: Any) -> Any:
    """Trailing zeros of a positive figure, counted from thousandths (1200 → 5, 0.5 → 2)."""
    whole = (value * 10**PLACES).round().cast("int64")
    found = [(whole % 10**power == 0).cast("int64") for power in range(1, POWERS + 1)]
    return ibis.ifelse(whole > 0, sum(found[1:], found[0]), 0)


def significant(value: Any) -> Any:
    """Digits of a positive figure without its leading and trailing zeros, at least 1."""
    digits = (value * 10**PLACES).log10().floor() + 1
    return ibis.greatest(digits - zeros(value), 1)


def resolution(value: Any) -> Any:
    """The unit of the last digit that is not zero (1200 → 100)."""
    return ibis.literal(10.0).pow(zeros(value) - PLACES)
