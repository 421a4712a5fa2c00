"""What may follow what, as a page: docs/states.md, generated from the tables of the states.py files.

python -m hengjian.config.state_catalogue
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hengjian.cases import permissions as of_cases
from hengjian.cases.states import (
    INQUIRY_LABELS,
    INQUIRY_STEPS,
    PROBLEM_LABELS,
    PROBLEM_STEPS,
    InquiryState,
    ProblemState,
    Step,
)
from hengjian.kernel.text import N_
from hengjian.measures import permissions as of_measures
from hengjian.measures.states import CORRECTION_LABELS, CORRECTION_STEPS, CorrectionState
from hengjian.monitoring import permissions as of_monitoring
from hengjian.monitoring.states import (
    ALERT_LABELS,
    ALERT_STEPS,
    ANSWERED,
    ANSWERED_LABEL,
    AlertState,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "states.md"
HEAD = N_(
    "# 状态与流转\n\n本页由 `python -m hengjian.config.state_catalogue` 生成，勿手工修改。"
    "不在表中的流转一律拒绝（409）；谁可以办理见 permissions.csv。"
)
STATES_HEAD = N_("| 状态 | 代码 |")
STEPS_HEAD = N_("| 办理 | 代码 | 之前 | 之后 | 由平台办理 |")
SHOWN_ONLY = N_("不入库，由函询的状态得出：{label}（`{code}`）。")
YES = N_("是")


@dataclass(frozen=True, slots=True)
class Machine:
    """A noun with its states in order, its steps, and a remark."""

    name: str
    table: str
    labels: Mapping[str, str]
    steps: Sequence[Step]
    remark: str = ""


MACHINES = (
    Machine(
        N_("预警"),
        "monitoring_alert",
        {state.value: ALERT_LABELS[state] for state in AlertState},
        ALERT_STEPS,
        SHOWN_ONLY.format(label=ANSWERED_LABEL, code=ANSWERED),
    ),
    Machine(
        N_("函询"),
        "cases_inquiry",
        {state.value: INQUIRY_LABELS[state] for state in InquiryState},
        INQUIRY_STEPS,
    ),
    Machine(
        N_("问题"),
        "cases_problem",
        {state.value: PROBLEM_LABELS[state] for state in ProblemState},
        PROBLEM_STEPS,
    ),
    Machine(
        N_("更正申请"),
        "measures_correction",
        {state.value: CORRECTION_LABELS[state] for state in CorrectionState},
        CORRECTION_STEPS,
    ),
)


def page() -> str:
    """The whole page in Markdown."""
    return "\n\n".join([HEAD, *(_section(machine) for machine in MACHINES)]) + "\n"


def _section(machine: Machine) -> str:
    states = [f"| {label} | `{code}` |" for code, label in machine.labels.items()]
    parts = [
        f"## {machine.name} `{machine.table}`",
        _table(STATES_HEAD, states),
        _table(STEPS_HEAD, list(_steps(machine))),
    ]
    return "\n\n".join([*parts, machine.remark] if machine.remark else parts)


def _steps(machine: Machine) -> Iterator[str]:
    verbs = {
        verb.code: verb for verb in (*of_measures.VERBS, *of_cases.VERBS, *of_monitoring.VERBS)
    }
    for step in machine.steps:
        verb = verbs[step.verb]
        before = N_("、").join(
            label for code, label in machine.labels.items() if code in step.sources
        )
        alone = YES if verb.platform and not verb.roles else ""
        yield f"| {verb.label} | `{step.verb}` | {before} | {machine.labels[step.target]} | {alone} |"


def _table(head: str, rows: Sequence[str]) -> str:
    return "\n".join([head, "|" + " --- |" * (head.count("|") - 1), *rows])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
