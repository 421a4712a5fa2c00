"""Rules over single days against second implementations in plain Python, on random small worlds."""

import datetime as dt
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hengjian.analytics.session import connect
from hengjian.monitoring.detectors import detectors
from hengjian.monitoring.detectors.detector import ASSESSMENTS, HITS, run
from hengjian.monitoring.facts import DAILY, SITES, Period
from hengjian.monitoring.tests import case_tables

pytestmark = pytest.mark.clause("E1")

Row = dict[str, Any]
START = dt.date(2026, 3, 1)
AS_OF = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
BASE: Row = {
    "site_id": "s", "enterprise_id": "e", "region": 370211, "industry": "coking", "product": "焦炭",
    "product_unit": "t", "source": "enterprise", "revision": 1, "stop": "",
    "received_at": dt.datetime(2026, 4, 1, tzinfo=dt.UTC),
}  # fmt: skip
FEW = settings(max_examples=5, deadline=None, derandomize=True)
QUANTITY = st.decimals(0, 3000, places=2)


def daily(days: Sequence[Row | None], **fields: Any) -> list[Row]:
    """One report a day; None leaves the day out."""
    return [
        BASE | {"report_id": f"r{n:02d}", "day": START + dt.timedelta(days=n)} | fields | row
        for n, row in enumerate(days)
        if row is not None
    ]


def found(code: str, last: dt.date, overrides: Row, **tables: list[Row]) -> list[Row]:
    """Hits of a rule, whose assessments must say the same of each day."""
    contracts = {"daily": DAILY, "sites": SITES} | case_tables.OTHERS
    rows = {n: case_tables.rows(contracts[n], given, {}) for n, given in tables.items()}
    made = case_tables.tables(rows.pop("daily", []), [], rows.pop("sites", []), **rows)
    detector, params = detectors()[code], case_tables.params(code, overrides)
    period, con = Period(START, last, AS_OF), connect(memory_limit="500MB", threads=1)
    hits = run(con, HITS, detector.expression(made, params, period))
    judged = run(con, ASSESSMENTS, detector.assess(made, params, period))
    days = {(h["period_end"], h["subject"].split("·")[0]) for h in hits}
    quiet = {"normal", "within", "no_output", "excused", "incomplete", "no_plan", "no_history"}
    loud = {(a["day"], a["subject"]) for a in judged if a["verdict"] not in quiet}
    assert days == loud
    return hits


END = START + dt.timedelta(days=11)


@FEW
@given(st.lists(st.sampled_from("rmex"), min_size=12, max_size=12))
def test_missing(kinds: list[str]) -> None:
    """r reported, m missing, e excused, x not owed."""
    due = [
        {"site_id": "s", "enterprise_id": "e", "region": 1, "product": "焦炭", "source": "enterprise",
         "day": START + dt.timedelta(days=n), "due_at": BASE["received_at"], "excused": kind == "e"}
        for n, kind in enumerate(kinds) if kind != "x"
    ]  # fmt: skip
    reports = daily([{"output": 1} if kind == "r" else None for kind in kinds])
    hits = found("Q101", END, {}, daily=reports, due=due)
    lengths, run_of = {}, 0
    for n, kind in enumerate(kinds):
        run_of = run_of + 1 if kind == "m" else 0
        if run_of:
            lengths[START + dt.timedelta(days=n)] = run_of
    assert {h["period_end"]: int(h["amount_at_stake"]) for h in hits} == lengths
    for hit in hits:
        strength = -math.log10(0.05 * 0.7 ** (int(hit["amount_at_stake"]) - 1))
        assert hit["evidence"] == pytest.approx(min(2, strength), abs=1e-3)


@FEW
@given(
    st.lists(
        st.one_of(st.none(), st.sampled_from([0, 900, 1100, 1101, 1300])), min_size=12, max_size=12
    )
)
def test_over_capacity(outputs: list[int | None]) -> None:
    site = {"site_id": "s", "region": 1, "industry": "coking", "product": "焦炭", "capacity": 1000}
    reports = daily([None if o is None else {"output": o} for o in outputs])
    hits = found("L102", END, {}, daily=reports, sites=[site])
    made = [(n, o) for n, o in enumerate(outputs) if o]
    expected = {}
    for place in range(2, len(made)):
        last = made[place - 2 : place + 1]
        if all(o > 1100 for _, o in last):
            expected[START + dt.timedelta(days=last[-1][0])] = sum(o for _, o in last) - 3300
    assert {h["period_end"]: h["amount_at_stake"] for h in hits} == expected


@FEW
@given(st.lists(st.integers(0, 900), min_size=12, max_size=12), st.integers(3000, 9000))
def test_pace(outputs: list[int], plan: int) -> None:
    days = [{"output": output} for output in outputs]
    row = {
        "site_id": "s",
        "product": "焦炭",
        "year": 2026,
        "amount": plan,
        "unit": "t",
        "basis": "b",
    }
    hits = found("L103", END, {"rate_days": 4, "min_days": 4}, daily=daily(days), plans=[row])
    expected: dict[tuple[dt.date, str], Decimal | int] = {}
    for n in range(12):
        day, total = START + dt.timedelta(days=n), sum(outputs[: n + 1])
        left = (dt.date(2026, 12, 31) - day).days
        lately = outputs[max(0, n - 3) : n + 1]
        if total > plan:
            expected[day, "全年累计"] = total - plan
        elif len(lately) == 4 and total + Decimal(sum(lately)) / 4 * left > plan:
            expected[day, "全年预计"] = total + Decimal(sum(lately)) / 4 * left - plan
        reached = [p for p in (80, 90, 95) if (total - outputs[n]) * 100 < p * plan <= total * 100]
        passed = [p for p in (80, 90, 95) if total * 100 >= p * plan]
        if reached and total <= plan and max(reached) == max(passed):
            expected[day, "目标进度"] = plan - total
    got = {(h["period_end"], h["subject"].split("·")[1]): h["amount_at_stake"] for h in hits}
    assert got.keys() == expected.keys()
    assert all(abs(got[key] - expected[key]) < Decimal("0.001") for key in got)


@FEW
@given(st.lists(st.tuples(QUANTITY, QUANTITY, QUANTITY), min_size=8, max_size=8), st.integers(0, 7))
def test_product_balance(flows: list[tuple[Decimal, Decimal, Decimal]], gap: int) -> None:
    """Random flows over a window of three days, one part left out."""
    days: list[Row] = [
        {"product_open": a, "output": b, "product_sold": c, "product_stock": a} for a, b, c in flows
    ]
    days[gap]["product_sold"] = None
    hits = found("B202", START + dt.timedelta(days=7), {"window_days": 3}, daily=daily(days))
    expected = {}
    for n in range(2, 8):
        window = flows[n - 2 : n + 1]
        if gap in range(n - 2, n + 1):
            continue
        came, went = sum(b for _, b, _ in window), sum(c for _, _, c in window)
        off = float(abs(window[0][0] + came - went - window[2][0]))
        parts = [(0.01, came), (0.01, went), (0.05, window[0][0]), (0.05, window[2][0])]
        sigma = math.sqrt(sum((a * float(v)) ** 2 / 3 for a, v in parts))
        if off > 0.03 * float(came) and math.erfc(off / sigma / math.sqrt(2)) < 10**-3.0252:
            expected[START + dt.timedelta(days=n)] = off
    got = {h["period_end"]: float(h["amount_at_stake"]) for h in hits}
    assert expected.keys() <= got.keys()
    assert all(got[day] == pytest.approx(off, abs=1e-5) for day, off in expected.items())


@FEW
@given(
    st.lists(QUANTITY, min_size=31, max_size=31),
    st.sampled_from(["1", "0.97", "0.999", "1.2"]),
)
def test_day_sum(outputs: list[Decimal], factor: str) -> None:
    total = sum(outputs, Decimal(0))
    month = {
        **{k: BASE[k] for k in BASE if k != "stop"}, "report_id": "m", "first": START,
        "last": dt.date(2026, 3, 31), "output": (total * Decimal(factor)).quantize(Decimal("0.01")),
    }  # fmt: skip
    reports = daily([{"output": output} for output in outputs])
    hits = found("D401", dt.date(2026, 3, 31), {}, daily=reports, monthly=[month])
    assert [h["amount_at_stake"] for h in hits] == (
        [abs(month["output"] - total)] if factor in {"0.97", "1.2"} and total else []
    )


@FEW
@given(
    st.lists(
        st.tuples(QUANTITY, st.sampled_from(["1", "1.02", "1.3", "0.5"])), min_size=6, max_size=6
    )
)
def test_two_sources(pairs: list[tuple[Decimal, str]]) -> None:
    own = daily([{"output": value} for value, _ in pairs])
    other = [
        row | {"report_id": "z" + row["report_id"], "source": "resident", "output": (row["output"] * Decimal(f)).quantize(Decimal("0.01"))}
        for row, (_, f) in zip(own, pairs, strict=True)
    ]  # fmt: skip
    hits = [
        (hit["period_end"], hit["observed"])
        for hit in run_only("S404", START + dt.timedelta(days=5), {"daily": own + other})
    ]
    wide = [
        (START + dt.timedelta(days=n), value)
        for n, (value, f) in enumerate(pairs)
        if f in {"1.3", "0.5"} and value
    ]
    assert hits == wide


def run_only(code: str, last: dt.date, tables: dict[str, list[Row]]) -> list[Row]:
    """Hits alone, where a day has also the verdict that nobody else reported."""
    made = case_tables.tables(case_tables.rows(DAILY, tables["daily"], {}), [], [])
    params, con = case_tables.params(code, {}), connect(memory_limit="500MB", threads=1)
    period = Period(START, last, AS_OF)
    return run(con, HITS, detectors()[code].expression(made, params, period))


@FEW
@given(
    st.integers(0, 11), st.sampled_from(range(-4, 5)), st.sampled_from(["electricity", "coal_t"])
)
def test_unit_slip(at: int, power: int, column: str) -> None:
    """One figure of one day times a power of ten is found for the powers between units, and only there."""
    days: list[Row] = [{"output": 1000, "electricity": 4, "coal_t": 1330} for _ in range(12)]
    days[at][column] = Decimal(days[at][column]).scaleb(power)
    hits = found("Q102", END, {}, daily=daily(days))
    expected = [START + dt.timedelta(days=at)] if power in {-4, -3, -1, 1, 3, 4} else []
    assert [h["period_end"] for h in hits] == expected


@FEW
@given(st.lists(st.sampled_from([-5, 0, 5, 1000]), min_size=8, max_size=8))
def test_contradictions(stocks: list[int]) -> None:
    """Negative stocks, and openings that are not the closing of the day before."""
    days = [{"output": 10, "energy_tce": 1, "coal_open": s, "coal_stock": s} for s in stocks]
    hits = found("Q103", START + dt.timedelta(days=7), {}, daily=daily(days))
    got = sorted(
        ((h["period_end"] - START).days, h["subject"].split("·")[1], h["expected"]) for h in hits
    )
    expected = [
        (n, "煤炭期初库存", stocks[n - 1]) for n in range(1, 8) if stocks[n - 1] != stocks[n] >= 0
    ]
    for name in ("煤炭期初库存", "煤炭期末库存"):
        expected += [(n, name, 0) for n in range(8) if stocks[n] < 0]
    assert got == sorted(expected)


@FEW
@given(
    st.lists(st.integers(950, 1050), min_size=30, max_size=30),
    st.sampled_from([0.4, 0.9, 1, 1.1, 3]),
)
def test_jump(outputs: list[int], factor: float) -> None:
    """Energy follows output; on the last day it does not."""
    days: list[Row] = [{"output": o, "energy_tce": Decimal(o) * Decimal("0.14")} for o in outputs]
    days[29]["energy_tce"] = (days[29]["energy_tce"] * Decimal(str(factor))).quantize(
        Decimal("0.01")
    )
    hits = found("Q104", START + dt.timedelta(days=29), {}, daily=daily(days))
    z = abs(factor - 1) / 0.03  # the floor of the spread: the ratio is the same every other day
    tail = 1 - z * (6 + z * z) / (4 + z * z) ** 1.5
    strong = factor != 1 and -math.log10(tail) >= 3.5
    assert [h["period_end"] for h in hits] == ([START + dt.timedelta(days=29)] if strong else [])
