"""What every template must keep: nothing inline (the CSP forbids it), icons of the sprite, colours of severity."""

import re
from pathlib import Path

import pytest

from hengjian.web.icons import ICONS

TEMPLATES = Path(__file__).resolve().parents[2] / "hengjian" / "web" / "templates"
PAGES = sorted(TEMPLATES.rglob("*.html"))
INLINE = re.compile(
    r"""\sstyle\s*=|\son[a-z]+\s*=|\shx-on|href\s*=\s*["']javascript:|<style\b"""
    r"""|<script(?![^>]*\bsrc=)(?![^>]*application/json)""",
    re.IGNORECASE,
)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(TEMPLATES)))
def test_nothing_inline(page: Path) -> None:
    found = INLINE.search(page.read_text(encoding="utf-8"))
    assert found is None, found


@pytest.mark.parametrize(
    "bad",
    [
        '<p style="color:red">', '<a onclick="x()">', "<style>p{}</style>", "<script>x()</script>",
        '<a href="javascript:x">', '<b hx-on:click="x">',
    ],
)  # fmt: skip
def test_control_inline_is_found(bad: str) -> None:
    assert INLINE.search(bad)


def test_named_icons_are_in_the_sprite() -> None:
    named = {
        name
        for page in PAGES
        for name in re.findall(r'{% (?:icon|empty) "([a-z0-9-]+)"', page.read_text("utf-8"))
    }
    assert len(named) > 20
    assert named <= ICONS
