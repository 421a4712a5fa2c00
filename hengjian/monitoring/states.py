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
