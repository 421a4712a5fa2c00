"""Which regions an enterprise belongs to: its seat's and those of all its sites."""

from collections.abc import Iterable


def regions_after_move(
    regions: Iterable[int], *, seat: int, left: int, entered: int, others_in_left: bool
) -> list[int]:
    """The regions of an enterprise after one of its sites moved from ``left`` to ``entered``.

    Computed from the change alone, because who moves the site need not see the sites in other cities.

    Args:
        regions: as they were.
        seat: region of the registered seat, which always stays.
        left: region that the site had.
        entered: region that the site has now.
        others_in_left: whether another site of the enterprise remains in ``left``.
    """
    kept = set(regions)
    if left != seat and not others_in_left:
        kept.discard(left)
    return sorted(kept | {seat, entered})


def with_region(regions: Iterable[int], entered: int) -> list[int]:
    """The regions of an enterprise with one more."""
    return sorted({*regions, entered})
