"""Scores from stored hits: the sum of squared evidences of a site and day, every part listed."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from hengjian.monitoring.models import Hit, Score

BATCH = 1000
FOUR = Decimal("0.0001")


def keep_scores(first: date, last: date) -> None:
    """Make the scores of the days first..last what their hits give; days without a hit lose theirs."""
    parts: dict[tuple[UUID, date], list[dict[str, Any]]] = defaultdict(list)
    places: dict[UUID, tuple[int, UUID]] = {}
    hits = Hit.objects.filter(period_end__range=(first, last)).order_by(
        "-evidence", "rule", "subject"
    )
    for hit in hits.only(
        "site_id", "region_id", "enterprise_id", "rule", "subject", "period_end", "evidence"
    ):
        part = {"rule": hit.rule, "subject": hit.subject, "evidence": str(hit.evidence)}
        parts[hit.site_id, hit.period_end].append(part)
        places[hit.site_id] = (hit.region_id, hit.enterprise_id)
    present = {
        (score.site_id, score.day): score
        for score in Score.objects.filter(day__range=(first, last))
    }
    fresh = []
    for (site, day), given in parts.items():
        old = present.pop((site, day), None)
        if old is not None and old.parts == given:
            continue
        region, enterprise = places[site]
        total = sum((Decimal(part["evidence"]) ** 2 for part in given), Decimal(0))
        fresh.append(
            Score(
                site_id=site,
                region_id=region,
                enterprise_id=enterprise,
                day=day,
                score=total.quantize(FOUR),
                parts=given,
            )
        )
    Score.objects.filter(pk__in=[score.pk for score in present.values()]).delete()
    Score.objects.bulk_create(
        fresh,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=("site", "day"),
        update_fields=("region", "enterprise", "score", "parts"),
    )
