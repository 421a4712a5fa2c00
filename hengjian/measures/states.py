"""What may follow what for a correction that needs approval, and how a period stands (E1, G2)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from hengjian.kernel.text import N_
from hengjian.kernel.workflow.steps import Step


class CorrectionState(StrEnum):
    """Where an application for a correction (更正申请) stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


CORRECTION_LABELS: Mapping[CorrectionState, str] = {
    CorrectionState.PENDING: N_("待审批"),
    CorrectionState.APPROVED: N_("已批准"),
    CorrectionState.REFUSED: N_("未批准"),
    CorrectionState.WITHDRAWN: N_("已撤回"),
}

_C = CorrectionState
_PENDING = frozenset({_C.PENDING})
CORRECTION_STEPS = (
    Step("approve", _PENDING, _C.APPROVED, "measures.correction.decide"),
    Step("refuse", _PENDING, _C.REFUSED, "measures.correction.decide"),
    Step("withdraw", _PENDING, _C.WITHDRAWN, "measures.correction.withdraw"),
)


class Window(StrEnum):
    """How a period stands at a moment: may a first report come, may a correction, and by whose leave."""

    FUTURE = "future"
    OPEN = "open"
    LATE = "late"
    CUT_OFF = "cut_off"
    LOCKED = "locked"


WINDOW_LABELS: Mapping[Window, str] = {
    Window.FUTURE: N_("未到期"),
    Window.OPEN: N_("报送期内"),
    Window.LATE: N_("已过期限"),
    Window.CUT_OFF: N_("已截报"),
    Window.LOCKED: N_("已锁账"),
}


class Approval(StrEnum):
    """Whose leave a correction needs."""

    NONE = "none"
    COUNTY_CITY = "county_city"
    PROVINCE = "province"


APPROVAL_LABELS: Mapping[Approval, str] = {
    Approval.NONE: N_("无需审批"),
    Approval.COUNTY_CITY: N_("县级或市级审批"),
    Approval.PROVINCE: N_("省级审批"),
}


class Origin(StrEnum):
    """How an obligation came about."""

    RULE = "rule"
    IMPORT = "import"
    OFFICIAL = "official"


ORIGIN_LABELS: Mapping[Origin, str] = {
    Origin.RULE: N_("按规则派生"),
    Origin.IMPORT: N_("名录导入"),
    Origin.OFFICIAL: N_("人工指定"),
}
