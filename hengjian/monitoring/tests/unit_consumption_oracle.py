"""L101 a second time, in plain Python and Decimal, from its description and not from its SQL."""

import datetime as dt
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hengjian.monitoring.facts import Period
from hengjian.monitoring.parameters import Params

Row = dict[str, Any]
PER_TCE = {"tce": Decimal(1), "kgce": Decimal(1000), "gce": Decimal(1_000_000)}


def judge(
    daily: list[Row], limits: list[Row], sites: list[Row], params: Params, period: Period
) -> Iterator[Row]:
    """One row per site, product and day of the period: verdict, and the figures if over."""
    known = _known(daily, period)
    for (site, product, day), report in known.items():
        if not period.first <= day <= period.last:
            continue
        limit = _limit(report, limits, params)
        row: Row = {"site_id": site, "subject": product, "day": day, "verdict": "no_limit"}
        if limit is not None:
            level = _level(report, limit, sites)
            row |= _compare(
                report, limit, level, _used(report, limit, known, limits, params), params
            )
        yield row


def _known(daily: list[Row], period: Period) -> dict[tuple[str, str, dt.date], Row]:
    best: dict[tuple[str, str, dt.date], Row] = {}
    for row in daily:
        key = (row["site_id"], row["product"], row["day"])
        if row["source"] != "enterprise" or row["received_at"] > period.as_of:
            continue
        if key not in best or row["revision"] > best[key]["revision"]:
            best[key] = row
    return best


def _limit(report: Row, limits: list[Row], params: Params) -> Row | None:
    order = params.text("indicators").split(";")
    candidates = [
        limit
        for limit in limits
        if (limit["industry"], limit["product"]) == (report["industry"], report["product"])
        and limit["effective_from"] <= report["day"]
        and (limit["effective_to"] is None or report["day"] < limit["effective_to"])
    ]

    def preference(limit: Row) -> tuple[int, int, str]:
        place = order.index(limit["indicator"]) if limit["indicator"] in order else len(order)
        return place, -limit["effective_from"].toordinal(), limit["limit_id"]

    return min(candidates, key=preference, default=None)


def _level(report: Row, limit: Row, sites: list[Row]) -> int:
    dates = [
        site["commissioned"]
        for site in sites
        if all(site[name] == report[name] for name in ("site_id", "industry", "product"))
        and site["commissioned"] is not None
    ]
    return 2 if dates and min(dates) > limit["effective_from"] else 3


def _used(
    report: Row,
    limit: Row,
    known: dict[tuple[str, str, dt.date], Row],
    limits: list[Row],
    params: Params,
) -> list[Row]:
    window = int(params.number("window_days"))
    days = [report["day"] - dt.timedelta(days=back) for back in range(window)]
    reports = [known.get((report["site_id"], report["product"], day)) for day in days]
    return [
        other
        for other in reports
        if other is not None
        and other["product_unit"] == report["product_unit"]
        and other["energy_tce"] is not None
        and other["output"] is not None
        and other["output"] >= 0
        and (own := _limit(other, limits, params)) is not None
        and own["limit_id"] == limit["limit_id"]
    ]


def _compare(report: Row, limit: Row, level: int, used: list[Row], params: Params) -> Row:
    numerator, _, denominator = limit["unit"].partition("/")
    value = limit[f"level{level}"]
    productive = [row for row in used if row["output"] > 0]
    if limit["indicator"] not in params.text("indicators").split(";"):
        return {"verdict": "other_indicator"}
    if value is None:
        return {"verdict": "no_level"}
    if numerator not in PER_TCE or denominator != report["product_unit"]:
        return {"verdict": "unit_mismatch"}
    if report["output"] is None or report["output"] <= 0:
        return {"verdict": "no_output"}
    if report["energy_tce"] is None:
        return {"verdict": "no_energy"}
    if len(productive) < params.number("min_days"):
        return {"verdict": "too_few_days"}
    energy = sum((row["energy_tce"] for row in used), Decimal(0))
    output = sum((row["output"] for row in used), Decimal(0))
    excess = energy - value * output / PER_TCE[numerator]
    observed = energy * PER_TCE[numerator] / output
    if excess <= 0:
        return {"verdict": "within"}
    return {
        "verdict": "over",
        "observed": observed,
        "expected": value,
        "amount_at_stake": excess,
        "level": level,
        "limit_id": limit["limit_id"],
        "evidence": _evidence(float(observed), float(value), params),
        "input_report_ids": sorted(row["report_id"] for row in used),
        "days": len(used),
        "idle_days": len(used) - len(productive),
    }


def _evidence(observed: float, limit: float, params: Params) -> float:
    """-log10 of the exact normal tail; the detector's is an upper bound of the tail, so never more."""
    errors = [float(params.number(n)) / 100 for n in ("energy_accuracy", "output_accuracy")]
    sigma = math.hypot(*errors) / math.sqrt(3)
    gross = float(params.number("recovery_gross_factor")) if min(observed, limit) <= 0 else 1.0
    z = (observed - limit) / (sigma * gross * max(abs(observed), abs(limit)))
    tail = math.erfc(z / math.sqrt(2)) / 2
    cap = float(params.number("evidence_cap"))
    return cap if tail == 0 else min(cap, -math.log10(tail))
