"""Evidence: how improbable a figure is for an enterprise that measures and reports honestly."""

import math
from typing import Any

import ibis

LOG10_SCALE = math.log10(2 / math.sqrt(2 * math.pi))
BIRNBAUM = 8 / math.pi


def relative_sigma(*accuracies: Any) -> Any:
    """Relative standard uncertainty of a quotient from maximum permissible errors in percent.

    A maximum permissible error is taken as uniform (divided by √3, JJF 1059.1 type B). The errors of
    one meter repeat every day, so a longer period does not make them smaller.
    """
    squares = [(accuracy / 100) ** 2 / 3 for accuracy in accuracies]
    return sum(squares[1:], squares[0]).sqrt()


def evidence(z: Any) -> Any:
    """-log10 of an upper bound of the normal upper tail, for z ≥ 0.

    Bound: P(Z > z) ≤ φ(z)·2 / (z + √(z² + 8/π)); exact at 0, at most 6 % above (0.025 less evidence) anywhere.
    It needs only functions that every engine has (no erfc), and errs in favour of the enterprise.
    """
    tail = (z + (z * z + ibis.literal(BIRNBAUM)).sqrt()).log10()
    return z * z / (2 * math.log(10)) + tail - LOG10_SCALE
