"""M601 and M602 once more, in plain Python and by other ways: angles and single runs."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

Row = Mapping[str, Any]


def triangle(rows: Sequence[Row], until: int, step: float, window: int, rate: float) -> list[float]:
    """Statistic of M601 for each reading of one site, in order of time."""
    broken = [_impossible(row, step / 2) for row in rows]
    history = broken[:until]
    usual = max(rate, sum(history) / len(history) if history else 0.0)
    statistics = []
    for now, is_broken in enumerate(broken):
        found = sum(broken[max(now - window + 1, 0) : now + 1])
        statistics.append(chernoff(found, usual * window) if is_broken else 0.0)
    return statistics


def chernoff(count: int, mean: float) -> float:
    """-log10 of the least of E[e^(tX)] / e^(tn) over t ≥ 0, X Poisson, found by ternary search."""

    def log_bound(t: float) -> float:
        return mean * (math.exp(t) - 1) - t * count

    lo, hi = 0.0, 20.0
    for _ in range(200):
        left, right = lo + (hi - lo) / 3, hi - (hi - lo) / 3
        if log_bound(left) < log_bound(right):
            hi = right
        else:
            lo = left
    return -log_bound((lo + hi) / 2) / math.log(10)


def _impossible(row: Row, half: float) -> bool:
    """No power within the rounding has an angle that the printed factor allows."""
    active, lagging, factor = row["active"], row["lagging"], row["power_factor"]
    if active is None or lagging is None or factor is None or not 0 < factor <= 100:
        return False
    net = abs(lagging - (row["leading"] or 0.0))
    return not (
        _meet(_angles(active, lagging, half, half), _angles_of(factor, half))
        or _meet(_angles(active, net, half, 2 * half), _angles_of(factor, half))
    )


def _angles(active: float, reactive: float, half: float, other: float) -> tuple[float, float]:
    flattest = math.atan2(max(reactive - other, 0.0), max(active + half, 0.0))
    steepest = math.atan2(reactive + other, max(active - half, 0.0))
    return flattest, steepest


def _angles_of(factor: float, half: float) -> tuple[float, float]:
    largest, least = min((factor + half) / 100, 1.0), max((factor - half) / 100, 0.0)
    return math.acos(largest), math.acos(least)


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return max(one[0], other[0]) <= min(one[1], other[1]) + 1e-12


def run_length(rows: Sequence[Row], until: int, prior: float, still_cap: float) -> dict[int, float]:
    """Statistic of M602 (above 0) by seq for one site that is alone in its peer group."""
    known = [row for row in rows if row["active"] is not None]
    runs = [list(run) for _, run in groupby(known, key=lambda row: row["active"])]
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for run in runs:
        for place, row in enumerate(run):
            if row["seq"] < until and row["active"] > 0:
                seen = counts[_octave(row)]
                seen[0] += 1
                seen[1] += place >= 1
                seen[2] += place >= 2
    places = math.log10(len(known))
    before = _reactive_before(known)
    return {
        seq: value - places
        for run in runs
        if run[0]["active"] > 0
        for seq, value in _told(run, counts[_octave(run[0])], before, prior, still_cap)
        if value > places
    }


def _told(
    run: Sequence[Row],
    seen: Sequence[int],
    before: Mapping[int, tuple[Any, Any]],
    prior: float,
    still_cap: float,
) -> Iterator[tuple[int, float]]:
    readings, repeats, again = seen
    once = (repeats + 1) / (readings + 2)
    surprise = -math.log10(max(once, (again + prior * once) / (repeats + prior)))
    moved = still = 0
    for row in run[1:]:
        pairs = zip(before[row["seq"]], (row["lagging"], row["leading"]), strict=True)
        if any(old is not None and new is not None and old != new for old, new in pairs):
            moved += 1
        else:
            still += 1
        yield row["seq"], moved * surprise + min(still * surprise, still_cap)


def _octave(row: Row) -> int:
    return math.frexp(row["active"])[1] - 1


def _reactive_before(known: Sequence[Row]) -> dict[int, tuple[Any, Any]]:
    return {row["seq"]: (old["lagging"], old["leading"]) for old, row in pairwise(known)}
