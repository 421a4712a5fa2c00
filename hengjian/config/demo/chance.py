"""Repeatable chance: the same words always give the same number, whatever was asked before.

Seeded by what is asked about (site, day), not by a running state, so that a later load continues the same series.
"""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256

GRAIN = 1_000_000


def draw(*words: object) -> int:
    """An integer from 0 to 999,999."""
    text = "|".join(str(word) for word in words)
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big") % GRAIN


def share(*words: object) -> Decimal:
    """A number from 0 to below 1."""
    return Decimal(draw(*words)) / GRAIN


def swing(*words: object) -> Decimal:
    """A number from -1 to 1, near 0 more often (the mean of three)."""
    return sum((share(number, *words) for number in range(3)), Decimal(0)) * 2 / 3 - 1


def happens(percent: Decimal | int, *words: object) -> bool:
    """True in so many of a hundred cases."""
    return share(*words) * 100 < percent
