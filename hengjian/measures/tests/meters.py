"""Files of meters for the tests of every app."""

from __future__ import annotations

from hengjian.kernel.calendar.clock import now
from hengjian.measures.models import ReadingBatch
from hengjian.registry.models import Site
from hengjian.registry.tests.factories import make_meter


def make_reading_batch(site: Site, name: str) -> ReadingBatch:
    """A previewed file of a new meter of the site."""
    return ReadingBatch.objects.create(
        site=site,
        region_id=site.region_id,
        enterprise_id=site.enterprise_id,
        meter=make_meter(site),
        name=name,
        sha256="0" * 64,
        layout="quarter_zh",
        state=ReadingBatch.State.PREVIEW,
        summary={"stated": 0, "rows": 0, "days": 0, "complete_days": 0, "missing": 0, "sums": {}},
        account_name="测试",
        created_at=now(),
    )
