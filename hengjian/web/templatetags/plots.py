"""Small drawings of monitoring, made on the server: dots of like plants, days of reporting, scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

WIDTH, HEIGHT, MARGIN = 640, 44, 8


@register.simple_tag
def dots(values: Sequence[float], own: float | None, label: str) -> SafeString:
    """Draw like plants as dots on one axis, the own one larger; ``label`` says the same in words."""
    if not values:
        return SafeString("")
    low, high = min(values), max(values)
    span = (high - low) or 1.0

    def place(value: float) -> float:
        return round(MARGIN + (value - low) / span * (WIDTH - 2 * MARGIN), 1)

    others = format_html_join(
        "", '<circle cx="{}" cy="22" r="4"/>', ((place(value),) for value in values)
    )
    mine = SafeString("")
    if own is not None:
        mine = format_html('<circle class="own" cx="{}" cy="22" r="7"/>', place(own))
    return format_html(
        '<svg class="dots" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<line x1="{}" y1="22" x2="{}" y2="22"/>{}{}</svg>',
        WIDTH, HEIGHT, label, MARGIN, WIDTH - MARGIN, others, mine,
    )  # fmt: skip


@register.simple_tag
def heat_strip(cells: Sequence[Mapping[str, str]], label: str) -> SafeString:
    """Draw one small square a day, in rows of 31; the state decides the look, ``label`` counts them in words."""
    per_row, size, gap = 31, 14, 3
    rows = (len(cells) + per_row - 1) // per_row
    squares = format_html_join(
        "",
        '<rect class="heat-{}" x="{}" y="{}" width="14" height="14" rx="2"><title>{}</title></rect>',
        (
            (
                cell["state"],
                at % per_row * (size + gap),
                at // per_row * (size + gap),
                cell["day"],
            )
            for at, cell in enumerate(cells)
        ),
    )
    return format_html(
        '<svg class="heat" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        per_row * (size + gap) - gap, rows * (size + gap) - gap, label, squares,
    )  # fmt: skip


@register.simple_tag
def score_bars(scores: Sequence[Mapping[str, object]], first: object, last: object) -> SafeString:
    """Draw the score of each day that has one, over the days first..last."""
    days = (last - first).days + 1  # type: ignore[operator]  # two dates
    top = max((Decimal(str(row["value"])) for row in scores), default=Decimal(1)) or Decimal(1)
    step = WIDTH / days
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}"><title>{} {}</title></rect>',
        (
            (
                round((row["day"] - first).days * step, 2),  # type: ignore[operator]  # two dates
                round(HEIGHT - float(Decimal(str(row["value"])) / top) * (HEIGHT - 4), 1),
                round(max(step - 1, 1), 2),
                round(float(Decimal(str(row["value"])) / top) * (HEIGHT - 4), 1),
                row["day"],
                row["value"],
            )
            for row in scores
        ),
    )
    return format_html(
        '<svg class="score-bars" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>',
        WIDTH, HEIGHT, bars,
    )  # fmt: skip
