"""Where the project's reference material lies; tests that need it skip aloud where it is absent."""

import csv
import os
from pathlib import Path

import pytest

BESIDE_THE_REPOSITORY = Path(__file__).resolve().parents[3] / "shared"


def shared(relative: str) -> Path:
    """A file of the reference material, from HENGJIAN_SHARED or the folder beside the repository."""
    root = Path(os.environ.get("HENGJIAN_SHARED") or BESIDE_THE_REPOSITORY)
    path = root / relative
    if not path.exists():
        pytest.skip(f"reference material absent: {path} (set HENGJIAN_SHARED)")
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file with a header, as text."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
