"""What one rule said of a stretch of days under one set of parameter values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hengjian.monitoring.models import Run


@dataclass(frozen=True, slots=True)
class Judged:
    """A run with its hits (HITS) and verdicts (ASSESSMENTS)."""

    run: Run
    hits: Sequence[Mapping[str, Any]]
    assessments: Sequence[Mapping[str, Any]]
