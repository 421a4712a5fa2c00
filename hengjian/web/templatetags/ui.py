"""Components of the pages. Values arrive already formatted; only `num` formats.

Small ones are simple tags (icon, tag, meter, spark, query), the others draw a template of
`components/` (kpis, facts, pairs, timeline, steps, chips, empty, filters, sort_header, pager,
field, error_summary). Every list is of mappings or objects with the named attributes.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hengjian.kernel.text import number
from hengjian.web.icons import ICONS

register = template.Library()

SEVERITIES = frozenset({"red", "orange", "yellow", "blue"})
NEUTRALS = frozenset({"none", "plain", "open", "done"})


class UnknownName(ValueError):
    """A template names an icon or a tag colour that does not exist."""


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """Draw a decorative icon of the sprite, `size` pixels square.

    Raises:
        UnknownName: the sprite has no such icon (add it to `hengjian/web/icons.py`).
    """
    if name not in ICONS:
        raise UnknownName(f"icon {name!r} is not in hengjian/web/icons.py")
    return format_html(
        '<svg class="icon" width="{}" height="{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        size, size, static("dist/icons.svg"), name,
    )  # fmt: skip


@register.simple_tag
def tag(kind: str, text: object) -> SafeString:
    """Draw a state: a severity (red, orange, yellow, blue) or a neutral (none, plain, open, done).

    Raises:
        UnknownName: neither; colours mean severity and nothing else.
    """
    if kind not in SEVERITIES and kind not in NEUTRALS:
        raise UnknownName(f"tag kind {kind!r}")
    return format_html('<span class="tag {}">{}</span>', kind, text)


@register.filter
def num(value: Decimal | int | None, places: int | None = None) -> str:
    """Group thousands and round half up to `places`; a missing value becomes a dash."""
    return number(value, places)


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """Return the query string with `changes`; None or empty removes a key. Starts with `?`."""
    request = context.get("request")
    if request is None:
        raise UnknownName("{% query %} needs the request in the context")
    values = request.GET.copy()
    for key, value in changes.items():
        if value is None or value == "":
            values.pop(key, None)
        else:
            values[key] = str(value)
    return f"?{values.urlencode()}"


@register.inclusion_tag("components/sort_header.html", takes_context=True)
def sort_header(
    context: Context, name: str, label: str, css: str = "", *, col: str = "", of: str = ""
) -> dict[str, object]:
    """Draw a column head that sorts by `name` (`?sort=name`, `?sort=-name`).

    `col` makes the column choosable, `of` names its group of columns.
    """
    current = context["request"].GET.get("sort", "")
    direction = {name: "ascending", f"-{name}": "descending"}.get(current, "")
    wanted = f"-{name}" if direction == "ascending" else name
    url = query(context, sort=wanted, page=None)
    return {"label": label, "css": css, "col": col, "of": of, "direction": direction, "url": url}


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any], unit: str) -> dict[str, object]:
    """Draw the pager of a Django `Page`; `unit` is the classifier (家, 件, 条)."""
    paginator = page.paginator
    around = paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    links = [
        {
            "text": at,
            "url": query(context, page=at) if isinstance(at, int) else "",
            "current": at == page.number,
        }
        for at in around
    ]
    before = query(context, page=page.previous_page_number()) if page.has_previous() else ""
    after = query(context, page=page.next_page_number()) if page.has_next() else ""
    return {
        "page": page, "unit": unit, "steps": links, "previous": before, "next": after,
        "total": number(paginator.count), "many": paginator.num_pages > 1,
    }  # fmt: skip


@register.inclusion_tag("components/kpis.html")
def kpis(items: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """Draw a row of figures: label, value, unit, note, tone (good, bad), url, spark, spark_tone."""
    return {"items": items}


@register.inclusion_tag("components/facts.html")
def facts(items: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """Draw facts: label, value, unit, note, tone (over, good), url."""
    return {"items": items}


@register.inclusion_tag("components/pairs.html")
def pairs(items: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """Draw a narrow list of facts, one a line: label, value, unit, tone (over, good, code), url."""
    return {"items": items}


@register.inclusion_tag("components/timeline.html")
def timeline(events: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """Draw a history, newest first.

    An event has date ("11-22"), time, year (only when not this year), title, who, text, quote,
    tone (done, red, grey or empty) and files (label, url, icon, size).
    """
    return {"events": events}


@register.inclusion_tag("components/steps.html")
def steps(items: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """Draw a process: label, note, state (ok, cur, todo)."""
    return {"items": items}


@register.inclusion_tag("components/chips.html")
def chips(files: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """Draw files or links: label, url, icon, size."""
    return {"files": files}


@register.inclusion_tag("components/empty.html")
def empty(icon_name: str, text: str, url: str = "", label: str = "") -> dict[str, object]:
    """Say why there is nothing and what to do next."""
    return {"icon_name": icon_name, "text": text, "url": url, "label": label}


@register.inclusion_tag("components/filters.html")
def filters(items: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """Draw the fields of a filter bar: name, label, kind (search, select, date), value, options.

    Options are (value, text) pairs; a select gets its own 全部.
    """
    return {"items": items}


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, unit: str = "", *, short: bool = False) -> dict[str, object]:
    """Draw label, input, unit, help and error of a form field; a group of boxes becomes a fieldset."""
    widget = bound.field.widget
    is_group = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    is_check = isinstance(widget, CheckboxInput)
    return {
        "bound": bound,
        "unit": unit,
        "short": short,
        "is_check": is_check,
        "is_group": is_group,
    }


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: BaseForm) -> dict[str, object]:
    """List a form's errors with links to the fields, before the form (GOV.UK)."""
    fields = [bound for bound in form.visible_fields() if bound.errors]
    return {"form": form, "fields": fields, "general": form.non_field_errors()}


@register.simple_tag
def meter(
    value: Decimal | float | None, mark: Decimal | float = 100, width: int = 88
) -> SafeString:
    """Draw a bar of `value` against `mark` (same unit); the bar's end is 120 % of the mark."""
    if value is None:
        return SafeString("")
    end = float(mark) * 1.2
    filled = round(min(max(float(value), 0.0), end) / end * width, 1)
    css = "meter over" if value > mark else "meter"
    return format_html(
        '<svg class="{}" width="{}" height="14" aria-hidden="true">'
        '<rect class="track" y="4" width="{}" height="6" rx="1"/>'
        '<rect class="value" y="4" width="{}" height="6" rx="1"/>'
        '<rect class="mark" x="{}" y="1" width="1.5" height="12"/></svg>',
        css, width, width, filled, round(width / 1.2, 1),
    )  # fmt: skip


@register.simple_tag
def spark(
    values: Sequence[Decimal | float], tone: str = "", width: int = 76, height: int = 24
) -> SafeString:
    """Draw a trend line; fewer than two values draw nothing."""
    if len(values) < 2:
        return SafeString("")
    low, high = float(min(values)), float(max(values))
    span = (high - low) or 1.0
    step = (width - 6) / (len(values) - 1)
    points = [
        (round(2 + at * step, 1), round(height - 4 - (float(v) - low) / span * (height - 8), 1))
        for at, v in enumerate(values)
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    last_x, last_y = points[-1]
    return format_html(
        '<svg class="spark {}" width="{}" height="{}" aria-hidden="true">'
        '<polygon points="{} {},{} 2,{}"/><polyline points="{}"/>'
        '<circle cx="{}" cy="{}" r="2"/></svg>',
        tone, width, height, line, last_x, height, height, line, last_x, last_y,
    )  # fmt: skip
