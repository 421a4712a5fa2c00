"""docs/glossary.md names things that exist, each noun once."""

from __future__ import annotations

import re
from pkgutil import resolve_name

from tests.support.database import ROOT

LINE = re.compile(r"\| ([^|`]+) \| `(hengjian\.[\w.]+)` \|")
NOUNS = LINE.findall((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))


def test_every_identifier_exists() -> None:
    assert len(NOUNS) > 30
    missing = []
    for noun, identifier in NOUNS:
        try:
            resolve_name(identifier)
        except (ImportError, AttributeError):
            missing.append(f"{noun}: {identifier}")
    assert missing == []


def test_each_noun_and_each_identifier_stands_once() -> None:
    for column in zip(*NOUNS, strict=True):
        assert len(set(column)) == len(column)
