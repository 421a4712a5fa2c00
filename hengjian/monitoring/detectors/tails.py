"""Upper bounds of tails, as evidence; only functions that every engine has."""

import math
from typing import Any

import ibis

LN10 = math.log(10)


def poisson_evidence(count: Any, expected: Any) -> Any:
    """-log10 of the Chernoff bound of P(X ≥ count), X Poisson with mean ``expected`` > 0; 0 up to the mean.

    P(X ≥ n) ≤ e^(n-λ)·(λ/n)^n for n > λ: never less than the exact tail, so it errs in favour of the site.
    """
    more = count > expected
    above = ibis.ifelse(more, count, expected + 1)
    bound = above * (above / expected).log10() - (above - expected) / LN10
    return ibis.ifelse(more, bound, 0.0)
