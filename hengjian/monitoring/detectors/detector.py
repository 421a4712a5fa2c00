"""What every detector is: metadata for people, one expression for engines, fixed output columns."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import ibis

from hengjian.analytics.contracts import Column, Contract, ContractError
from hengjian.kernel.text import N_
from hengjian.monitoring.facts import QUANTITY, Period, Tables
from hengjian.monitoring.parameters import Params

# The version of a rule must not depend on the day it is run for.
ANY_PERIOD = Period(date(2000, 1, 1), date(2000, 1, 1), datetime(2000, 1, 1, tzinfo=UTC))


# Compiling takes longer than a run; the code of a process does not change while it runs.
_versions: dict[tuple[str, str], str] = {}


class Severity(StrEnum):
    """How grave a hit is if it is confirmed."""

    BREACH = "breach"
    ANOMALY = "anomaly"


class Verdict(StrEnum):
    """What a detector can say of one site, product and day: judged (the first two), or why not."""

    WITHIN = "within"
    OVER = "over"
    NO_LIMIT = "no_limit"
    OTHER_INDICATOR = "other_indicator"
    NO_LEVEL = "no_level"
    UNIT_MISMATCH = "unit_mismatch"
    NO_OUTPUT = "no_output"
    NO_ENERGY = "no_energy"
    TOO_FEW_DAYS = "too_few_days"
    NORMAL = "normal"
    UNUSUAL = "unusual"
    NO_HISTORY = "no_history"
    AHEAD = "ahead"
    MISSING = "missing"
    EXCUSED = "excused"
    NO_CAPACITY = "no_capacity"
    NO_PLAN = "no_plan"
    INCOMPLETE = "incomplete"
    NO_OTHER_SOURCE = "no_other_source"


VERDICTS: dict[Verdict, str] = {
    Verdict.WITHIN: N_("未超限额"),
    Verdict.OVER: N_("超过限额"),
    Verdict.NO_LIMIT: N_("未判定：该产品当日无适用限额"),
    Verdict.OTHER_INDICATOR: N_("未判定：限额指标与日报能耗口径不可比"),
    Verdict.NO_LEVEL: N_("未判定：限额标准未规定适用等级"),
    Verdict.UNIT_MISMATCH: N_("未判定：产量单位与限额单位不一致"),
    Verdict.NO_OUTPUT: N_("未判定：当日无产量"),
    Verdict.NO_ENERGY: N_("未判定：当日未报能耗"),
    Verdict.TOO_FEW_DAYS: N_("未判定：统计期内有效日数不足"),
    Verdict.NORMAL: N_("未见异常"),
    Verdict.UNUSUAL: N_("数据异常"),
    Verdict.NO_HISTORY: N_("未判定：可比的历史数据不足"),
    Verdict.AHEAD: N_("进度超前：接近或预计超过年度目标"),
    Verdict.MISSING: N_("应报未报"),
    Verdict.EXCUSED: N_("已申报停产或检修，不计漏报"),
    Verdict.NO_CAPACITY: N_("未判定：未登记该产品的产能"),
    Verdict.NO_PLAN: N_("未判定：未下达该产品的年度产量控制目标"),
    Verdict.INCOMPLETE: N_("未判定：所需数据不齐"),
    Verdict.NO_OTHER_SOURCE: N_("未判定：没有其他来源的数据可比"),
}

HITS = Contract(
    name="hits",
    columns=(
        Column("rule", "string", "code of the detector"),
        Column("site_id", "string", "site"),
        Column("enterprise_id", "string", "enterprise"),
        Column("region", "int32", "supervising region"),
        Column("subject", "string", "what was judged (product)"),
        Column("period_start", "date", "first day of the judged period"),
        Column("period_end", "date", "last day of the judged period: the day judged"),
        Column("days", "int64", "days of the period whose data were used"),
        Column("idle_days", "int64", "of these, days without output whose energy counts"),
        Column("observed", QUANTITY, "observed value"),
        Column("expected", QUANTITY, "value that the rule expects (a limit: at most this)"),
        Column("expected_lo", QUANTITY, "lower end of what accuracy makes of the expected value"),
        Column("expected_hi", QUANTITY, "upper end of it"),
        Column("unit", "string", "unit of the four figures above"),
        Column("evidence", "float64", "-log10 P(an honest enterprise shows this), bounded below"),
        Column("amount_at_stake", QUANTITY, "amount the hit is about"),
        Column("amount_unit", "string", "its unit"),
        Column("input_report_ids", "array<string>", "reports (revisions) used, sorted"),
        Column(
            "limit_id", "string", "limit applied; null where the rule applies none", nullable=True
        ),
        Column("level", "int32", "level of the limit applied", nullable=True),
        Column("baseline_start", "date", "first day of the history compared with", nullable=True),
        Column("baseline_end", "date", "last day of it", nullable=True),
        Column("peer_group", "string", "plants compared with; empty: none"),
        Column("peers", "int64", "how many they are"),
        Column("basis", "string", "standard and edition, or the principle that the rule rests on"),
        Column("confidence", "string", "confidence of the basis"),
    ),
    key=("rule", "site_id", "subject", "period_end"),
)

ASSESSMENTS = Contract(
    name="assessments",
    columns=(
        Column("rule", "string", "code of the detector"),
        Column("site_id", "string", "site"),
        Column("enterprise_id", "string", "enterprise"),
        Column("region", "int32", "supervising region"),
        Column("subject", "string", "what was judged (product)"),
        Column("day", "date", "day judged or not"),
        Column("verdict", "string", "a Verdict"),
        Column("observed", QUANTITY, "value judged", nullable=True),
        Column("expected", QUANTITY, "value expected", nullable=True),
        Column("unit", "string", "unit of both", nullable=True),
        Column("days", "int64", "days of the period whose data were used", nullable=True),
        Column("limit_id", "string", "limit in force", nullable=True),
        Column("level", "int32", "level that applies", nullable=True),
    ),
    key=("rule", "site_id", "subject", "day"),
)


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A clause that a rule rests on, in careful words, with the confidence of our reading."""

    title: str
    clause: str
    gist: str
    confidence: str


class Rule(ABC):
    """One rule in one file. The docstring of a subclass says 依据, 异常 and 正常; it writes nothing."""

    code: ClassVar[str]
    title: ClassVar[str]
    severity: ClassVar[Severity]
    legal_basis: ClassVar[tuple[LegalBasis, ...]]
    parameters: ClassVar[tuple[str, ...]]
    template: ClassVar[str]

    @abstractmethod
    def compiled(self, params: Params) -> Any:
        """The rule over tables without data: what its version is a hash of."""

    @abstractmethod
    def explain(self, hit: Mapping[str, Any], translate: Callable[[str], str] = str) -> str:
        """The hit in one Chinese sentence or two, from ``template``; ``translate`` maps message ids."""


class Detector(Rule):
    """A rule that judges daily facts against what is written: limits, capacity, the contract of a report."""

    @abstractmethod
    def lookback_days(self, params: Params) -> int:
        """Days before the first judged day whose facts are needed."""

    @abstractmethod
    def assess(self, tables: Tables, params: Params, period: Period) -> Any:
        """Ibis table with the columns of ASSESSMENTS: one row for each site, subject and day known."""

    @abstractmethod
    def expression(self, tables: Tables, params: Params, period: Period) -> Any:
        """Ibis table with the columns of HITS; only those may be null that the contract lets be null."""

    def compiled(self, params: Params) -> Any:
        """The hits over unbound tables for a fixed day."""
        return self.expression(Tables.unbound(), params, ANY_PERIOD)


def version(detector: Rule, params: Params) -> str:
    """Identity of a rule as run: SHA-256 (hex) over its SQL and the parameter values.

    The SQL is compiled over unbound tables for a fixed day, so it is the same for every run and
    machine and changes when the rule, a parameter or the compiler changes what is executed.
    """
    values = json.dumps(params.identity(), ensure_ascii=False, sort_keys=True)
    key = (detector.code, values)
    if key not in _versions:
        sql = ibis.to_sql(detector.compiled(params), dialect="duckdb")
        text = f"{detector.code}\n{sql}\n{values}"
        _versions[key] = hashlib.sha256(text.encode()).hexdigest()
    return _versions[key]


def run(con: Any, contract: Contract, expression: Any) -> list[dict[str, Any]]:
    """Execute an expression and return its rows in key order, checked against the contract.

    Raises:
        ContractError: a column is missing, of another type, or null where none may be.
    """
    check_columns(contract, expression)
    rows = con.to_pyarrow(expression).to_pylist()
    checked: list[dict[str, Any]] = contract.table(rows).to_pylist()
    return checked


def check_columns(contract: Contract, expression: Any) -> None:
    """Refuse an expression whose columns or types are not those of the contract, in its order."""
    found = {name: str(dtype).lstrip("!") for name, dtype in expression.schema().items()}
    promised = {c.name: str(ibis.dtype(c.type)) for c in contract.columns}
    if list(found.items()) != list(promised.items()):
        raise ContractError(f"{contract.name}: {set(found.items()) ^ set(promised.items())}")
