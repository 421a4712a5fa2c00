"""What may follow what for an alert. Triage is a person's; the platform only withdraws and restores."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from hengjian.cases.states import Step
from hengjian.kernel.text import N_


class AlertState(StrEnum):
    """Where an alert stands, as stored."""

    NEW = "new"
    ASKED = "asked"
    PROBLEM = "problem"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


ALERT_LABELS: Mapping[AlertState, str] = {
    AlertState.NEW: N_("待研判"),
    AlertState.ASKED: N_("企业说明中"),
    AlertState.PROBLEM: N_("已立案"),
    AlertState.DISMISSED: N_("已排除"),
    AlertState.WITHDRAWN: N_("复算未再发现"),
}
# Not stored: the enterprise answers without a grant on alerts, so the inquiry's state tells it.
ANSWERED = "answered"
ANSWERED_LABEL = N_("已说明待研判")

_A = AlertState
OPEN = frozenset({_A.NEW, _A.ASKED})
ALERT_STEPS = (
    Step("dismiss", OPEN, _A.DISMISSED, "monitoring.alert.dismiss"),
    Step("ask", frozenset({_A.NEW}), _A.ASKED, "monitoring.alert.ask"),
    Step("open", OPEN, _A.PROBLEM, "monitoring.alert.open"),
    Step("reopen", frozenset({_A.DISMISSED}), _A.NEW, "monitoring.alert.reopen"),
    Step("withdraw", frozenset({_A.NEW}), _A.WITHDRAWN, "monitoring.alert.withdraw"),
    Step("restore", frozenset({_A.WITHDRAWN}), _A.NEW, "monitoring.alert.restore"),
)


class ChangeState(StrEnum):
    """Where a proposed parameter stands, as stored. It leaves ``proposed`` once."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


CHANGE_LABELS: Mapping[ChangeState, str] = {
    ChangeState.PROPOSED: N_("待审批"),
    ChangeState.APPROVED: N_("已批准"),
    ChangeState.RETURNED: N_("已退回"),
    ChangeState.WITHDRAWN: N_("已撤回"),
}
_PROPOSED = frozenset({ChangeState.PROPOSED})
CHANGE_STEPS = (
    Step("approve", _PROPOSED, ChangeState.APPROVED, "monitoring.parameter.approve"),
    Step("return", _PROPOSED, ChangeState.RETURNED, "monitoring.parameter.return"),
    Step("withdraw", _PROPOSED, ChangeState.WITHDRAWN, "monitoring.parameter.withdraw"),
)


class PreviewState(StrEnum):
    """How far the trial of a proposed parameter on last month's data has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


PREVIEW_LABELS: Mapping[PreviewState, str] = {
    PreviewState.QUEUED: N_("排队待试算"),
    PreviewState.RUNNING: N_("试算中"),
    PreviewState.DONE: N_("试算完成"),
    PreviewState.FAILED: N_("试算失败"),
}


class Effect(StrEnum):
    """What a proposed value does to an alert of last month."""

    ADDED = "added"
    GONE = "gone"
    CHANGED = "changed"


EFFECT_LABELS: Mapping[Effect, str] = {
    Effect.ADDED: N_("新增"),
    Effect.GONE: N_("不再产生"),
    Effect.CHANGED: N_("有变化"),
}


class Measure(StrEnum):
    """What is compared between plants that are alike."""

    ENERGY = "energy"
    ELECTRICITY = "electricity"


MEASURE_LABELS: Mapping[Measure, str] = {
    Measure.ENERGY: N_("单位产品综合能耗"),
    Measure.ELECTRICITY: N_("单位产品用电量"),
}
