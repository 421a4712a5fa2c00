"""docs/settings.md names every setting that the code reads, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r"\b(HENGJIAN_[A-Z0-9_]+)\b")


def test_the_list_is_complete() -> None:
    code = "".join(
        p.read_text(encoding="utf-8")
        for p in (ROOT / "hengjian").rglob("*.py")
        if "tests" not in p.parts
    )
    documented = set(
        re.findall(
            r"^\| `(HENGJIAN_[A-Z0-9_]+)`",
            (ROOT / "docs/settings.md").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    )
    assert documented == set(READ.findall(code))
