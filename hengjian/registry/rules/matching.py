"""Which entries of two registers are likely the same plant.

A proposal for a person to decide, never a decision: evidence for and against is added up in points,
and the points that were given are shown. Weights are judgement, the threshold is checked against
pairs established by hand (tests/data/pairs_by_hand.csv).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import asin, cos, exp, floor, radians, sin, sqrt

from rapidfuzz import fuzz

from hengjian.kernel.text import N_
from hengjian.registry.rules.names import core_text, core_words, is_chinese, numbers_in

EARTH_KM = 6371.0088
KM_PER_DEGREE = 111.195
THRESHOLD = 0.5
CELL_DEGREES = 0.05
COMMON_WORD = 40
# Other entries are proposed beside the best one only when they are nearly as good.
MARGIN = 0.15


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a register, as far as it is known; capacities compare only in the same unit.

    Attributes:
        names: Chinese and English, former names too.
        lon, lat: degrees WGS-84; a latitude without longitude still counts.
    """

    key: str
    names: tuple[str, ...]
    owners: tuple[str, ...] = ()
    capacity: Decimal | None = None
    capacity_unit: str = ""
    lon: float | None = None
    lat: float | None = None
    county: int | None = None
    credit_code: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence: points for (positive) or against, a message id and its values."""

    points: float
    message: str
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """How likely two entries are the same, from 0 to 1, and why."""

    score: float
    reasons: tuple[Reason, ...]

    @property
    def likely(self) -> bool:
        """Whether a person should be asked."""
        return self.score >= THRESHOLD


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pair to decide, the likeliest first within each left entry."""

    left: str
    right: str
    match: Match


def likely_same(a: Entry, b: Entry) -> Match:
    """Evidence that two entries are the same plant; symmetric."""
    found = (
        _by_code(a, b),
        _by_name(a, b),
        _by_number(a, b),
        _by_place(a, b),
        _by_county(a, b),
        _by_capacity(a, b),
        _by_owner(a, b),
    )
    reasons = tuple(reason for reason in found if reason is not None)
    points = sum(reason.points for reason in reasons)
    return Match(round(1 / (1 + exp(3.5 - points)), 4), reasons)


def propose(left: Sequence[Entry], right: Sequence[Entry]) -> list[Proposal]:
    """Likely pairs of two registers, by blocking: 10,000 x 10,000 takes seconds, not hours."""
    proposals: list[Proposal] = []
    index = _Index(right)
    for entry in left:
        matches = [(likely_same(entry, other), other) for other in index.near(entry)]
        likely = [(match, other) for match, other in matches if match.likely]
        best = max((match.score for match, _ in likely), default=0.0)
        kept = [(match, other) for match, other in likely if match.score >= best - MARGIN]
        kept.sort(key=lambda pair: (-pair[0].score, pair[1].key))
        proposals.extend(Proposal(entry.key, other.key, match) for match, other in kept)
    return proposals


def distance_km(a_lon: float, a_lat: float, b_lon: float, b_lat: float) -> float:
    """Great-circle distance (haversine, mean radius)."""
    half_lat = radians(b_lat - a_lat) / 2
    half_lon = radians(b_lon - a_lon) / 2
    chord = sin(half_lat) ** 2 + cos(radians(a_lat)) * cos(radians(b_lat)) * sin(half_lon) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))


def name_similarity(a: Iterable[str], b: Iterable[str]) -> float | None:
    """The best similarity (0 to 1) of two sets of names in the same language; None without one.

    Half for the words that both have, half for the words that only one has: a short name inside a
    longer one is a hint, not a proof.
    """
    best: float | None = None
    others = tuple(b)
    for name in a:
        for other in others:
            if is_chinese(name) != is_chinese(other):
                continue
            one, two = core_text(name), core_text(other)
            ratio = fuzz.token_set_ratio(one, two) + fuzz.token_sort_ratio(one, two)
            best = max(best or 0.0, ratio / 200)
    return best


def _by_code(a: Entry, b: Entry) -> Reason | None:
    if not (a.credit_code and b.credit_code):
        return None
    if a.credit_code == b.credit_code:
        return Reason(6.0, N_("统一社会信用代码相同"))
    return Reason(-3.0, N_("统一社会信用代码不同"))


def _by_name(a: Entry, b: Entry) -> Reason | None:
    similarity = name_similarity(a.names, b.names)
    if similarity is None:
        return None
    points = _step(similarity, ((0.95, 3.0), (0.85, 2.5), (0.7, 1.0), (0.55, 0.0)), -2.0)
    return Reason(points, N_("名称相似度 {percent}%"), (("percent", f"{similarity:.0%}"[:-1]),))


def _by_number(a: Entry, b: Entry) -> Reason | None:
    ours = frozenset().union(*map(numbers_in, a.names))
    theirs = frozenset().union(*map(numbers_in, b.names))
    if not ours or not theirs or ours & theirs:
        return None
    return Reason(-4.0, N_("名称中的编号不同"))


def _by_place(a: Entry, b: Entry) -> Reason | None:
    if a.lat is None or b.lat is None:
        return None
    if a.lon is None or b.lon is None:
        apart = abs(a.lat - b.lat) * KM_PER_DEGREE
        points = _step(-apart, ((-0.01, 2.5), (-0.1, 1.5), (-5.0, 0.5), (-20.0, 0.0)), -4.0)
        return Reason(points, N_("只有纬度：南北相距 {km} 公里"), (("km", f"{apart:.1f}"),))
    apart = distance_km(a.lon, a.lat, b.lon, b.lat)
    points = _step(-apart, ((-0.5, 3.0), (-2.0, 2.0), (-8.0, 1.0), (-20.0, 0.0)), -2.0)
    return Reason(points, N_("相距 {km} 公里"), (("km", f"{apart:.1f}"),))


def _by_county(a: Entry, b: Entry) -> Reason | None:
    if a.county is None or b.county is None:
        return None
    if a.county == b.county:
        return Reason(0.5, N_("同一县（市、区）"))
    if a.county // 100 != b.county // 100:
        return Reason(-1.0, N_("不在同一设区市"))
    return None


def _by_capacity(a: Entry, b: Entry) -> Reason | None:
    if not a.capacity or not b.capacity or a.capacity_unit != b.capacity_unit:
        return None
    ratio = min(a.capacity, b.capacity) / max(a.capacity, b.capacity)
    steps = ((0.98, 1.5), (0.85, 1.0), (0.6, 0.5), (0.3, -0.5))
    return Reason(
        _step(float(ratio), steps, -1.5), N_("规模之比 {ratio}"), (("ratio", f"{ratio:.2f}"),)
    )


def _by_owner(a: Entry, b: Entry) -> Reason | None:
    similarity = name_similarity(a.owners, b.owners)
    if similarity is None or similarity < 0.6:
        return None
    points = 1.0 if similarity >= 0.85 else 0.5
    return Reason(points, N_("单位相似度 {percent}%"), (("percent", f"{similarity:.0%}"[:-1]),))


def _step(value: float, steps: Sequence[tuple[float, float]], otherwise: float) -> float:
    """The points of the first bound that the value reaches."""
    return next((points for bound, points in steps if value >= bound), otherwise)


class _Index:
    """Finds the entries that could match: near, sharing a rare word, or with the same code."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._cells: dict[tuple[int, int | None], list[int]] = defaultdict(list)
        self._words: dict[str, list[int]] = defaultdict(list)
        self._codes: dict[str, list[int]] = defaultdict(list)
        for position, entry in enumerate(entries):
            for word in _words(entry):
                self._words[word].append(position)
            if entry.credit_code:
                self._codes[entry.credit_code].append(position)
            cell = _cell(entry)
            if cell is not None:
                self._cells[cell].append(position)

    def near(self, entry: Entry) -> Iterator[Entry]:
        found: set[int] = set(self._codes.get(entry.credit_code, ()))
        for word in _words(entry):
            sharing = self._words.get(word, ())
            if len(sharing) <= COMMON_WORD:
                found.update(sharing)
        for cell in _around(entry):
            found.update(self._cells.get(cell, ()))
        return (self._entries[position] for position in sorted(found))


def _words(entry: Entry) -> set[str]:
    return {word for name in entry.names for word in core_words(name) if not word.isdigit()}


def _cell(entry: Entry) -> tuple[int, int | None] | None:
    """The grid cell of an entry; those with a latitude only share one very thin strip."""
    if entry.lat is None:
        return None
    if entry.lon is None:
        return floor(entry.lat * 1000), None
    return floor(entry.lat / CELL_DEGREES), floor(entry.lon / CELL_DEGREES)


def _around(entry: Entry) -> Iterator[tuple[int, int | None]]:
    if entry.lat is None:
        return
    strip = floor(entry.lat * 1000)
    yield from ((strip + step, None) for step in (-1, 0, 1))
    if entry.lon is None:
        return
    row, column = floor(entry.lat / CELL_DEGREES), floor(entry.lon / CELL_DEGREES)
    for north in (-1, 0, 1):
        yield from ((row + north, column + east) for east in (-1, 0, 1))
