"""The score of a site and period: the sum of the squared evidences of all rules, every part listed."""

from __future__ import annotations

from typing import Any

import ibis

SCORE = "score"


def parts(evidences: Any) -> Any:
    """rule, site_id, seq, score: the squared evidence of each rule and, as rule ``score``, their sum."""
    each = evidences.filter(evidences.evidence > 0)
    each = each.select("rule", "site_id", "seq", score=each.evidence * each.evidence)
    total = each.group_by("site_id", "seq").agg(score=each.score.sum())
    total = total.select(rule=ibis.literal(SCORE), site_id="site_id", seq="seq", score="score")
    return ibis.union(each, total)
