"""What may follow what, for problems and inquiries."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from hengjian.kernel.text import N_
from hengjian.kernel.workflow.steps import Step, find_step

__all__ = ["Step", "find_step"]


class ProblemState(StrEnum):
    """Where a problem stands."""

    OPEN = "open"
    HANDLING = "handling"
    PROPOSED = "proposed"
    CLOSED = "closed"


PROBLEM_LABELS: Mapping[ProblemState, str] = {
    ProblemState.OPEN: N_("待办理"),
    ProblemState.HANDLING: N_("办理中"),
    ProblemState.PROPOSED: N_("待办结"),
    ProblemState.CLOSED: N_("已办结"),
}

_P = ProblemState
PROBLEM_STEPS = (
    Step("start", frozenset({_P.OPEN}), _P.HANDLING, "cases.problem.start"),
    Step("propose", frozenset({_P.HANDLING}), _P.PROPOSED, "cases.problem.propose"),
    Step("return", frozenset({_P.PROPOSED}), _P.HANDLING, "cases.problem.return"),
    Step("close", frozenset({_P.PROPOSED}), _P.CLOSED, "cases.problem.close"),
    Step("reassign", frozenset({_P.OPEN, _P.HANDLING}), _P.OPEN, "cases.problem.reassign"),
)


class Outcome(StrEnum):
    """What came of a problem."""

    SUBSTANTIATED = "substantiated"
    UNSUBSTANTIATED = "unsubstantiated"
    RECTIFIED = "rectified"


OUTCOME_LABELS: Mapping[Outcome, str] = {
    Outcome.SUBSTANTIATED: N_("属实"),
    Outcome.UNSUBSTANTIATED: N_("不属实"),
    Outcome.RECTIFIED: N_("属实，已整改"),
}


class InquiryState(StrEnum):
    """Where an inquiry stands."""

    ASKED = "asked"
    ANSWERED = "answered"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


INQUIRY_LABELS: Mapping[InquiryState, str] = {
    InquiryState.ASKED: N_("待说明"),
    InquiryState.ANSWERED: N_("已说明"),
    InquiryState.RETURNED: N_("待补充"),
    InquiryState.ACCEPTED: N_("已采纳"),
    InquiryState.WITHDRAWN: N_("已撤回"),
}

_I = InquiryState
AWAITING_ANSWER = frozenset({_I.ASKED, _I.RETURNED})
# Answered again while the officials have not decided: the enterprise may add to its answer.
INQUIRY_STEPS = (
    Step("answer", AWAITING_ANSWER | {_I.ANSWERED}, _I.ANSWERED, "cases.inquiry.answer"),
    Step("accept", frozenset({_I.ANSWERED}), _I.ACCEPTED, "cases.inquiry.accept"),
    Step("return", frozenset({_I.ANSWERED}), _I.RETURNED, "cases.inquiry.return"),
    Step("withdraw", AWAITING_ANSWER, _I.WITHDRAWN, "cases.inquiry.withdraw"),
)


class Severity(StrEnum):
    """The four colours of the plan's warnings, gravest first."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    BLUE = "blue"


SEVERITY_LABELS: Mapping[Severity, str] = {
    Severity.RED: N_("红色"),
    Severity.ORANGE: N_("橙色"),
    Severity.YELLOW: N_("黄色"),
    Severity.BLUE: N_("蓝色"),
}
