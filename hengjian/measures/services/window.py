"""Whether a report may come now (E1): a first one may be late, a correction after the cut-off needs leave."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from django.utils.timezone import localtime

from hengjian.kernel.errors import TooEarlyOrLate
from hengjian.kernel.text import N_
from hengjian.measures.deadline_table import deadlines_of
from hengjian.measures.permissions import SOURCE_OF, Source
from hengjian.measures.rules.deadlines import Deadlines, NoDeadline, approval_for, window
from hengjian.measures.rules.forms import Form
from hengjian.measures.states import Approval, Window

# Persons who report under an obligation; what other bodies send is theirs to revise.
BOUND = frozenset(SOURCE_OF.values())


class ApprovalNeeded(TooEarlyOrLate):
    """The period is cut off or locked: the correction becomes an application (更正申请), nothing typed is lost."""

    code: ClassVar[str] = "needs_approval"
    message = N_(
        "该期已于 {at} 截报，更正须经县级或市级主管部门批准。请提交更正申请，所填内容随申请一并送出，不会丢失"
    )
    LOCKED = N_(
        "该期已于 {at} 锁账，更正须经省级主管部门批准。请提交更正申请，所填内容随申请一并送出，不会丢失"
    )


def check_window(
    *,
    form: Form,
    period: date,
    source: Source,
    correction: bool,
    now: datetime,
    today: date,
    subject: str,
    verb: str,
) -> Window:
    """How the period stands, if the report may come.

    Raises:
        TooEarlyOrLate: the period is not over, or so long ago that no first report is taken any more.
        ApprovalNeeded: a correction after cut-off or month lock by one who reports under an obligation.
    """
    moments = _moments(form, period, subject, verb)
    state = window(moments, now=now, today=today)
    if state is Window.FUTURE:
        message = N_("不能填报未来日期") if form is Form.DAILY else N_("本期尚未结束，不能填报")
        raise TooEarlyOrLate(message, subject=subject, verb=verb)
    if not correction:
        if now > moments.accepted_until:
            raise _too_old(subject, verb)
        return state
    if source in BOUND:
        _check_leave(state, moments, subject, verb)
    return state


def _moments(form: Form, period: date, subject: str, verb: str) -> Deadlines:
    try:
        return deadlines_of(form, period)
    except NoDeadline:
        raise _too_old(subject, verb) from None


def _too_old(subject: str, verb: str) -> TooEarlyOrLate:
    return TooEarlyOrLate(
        N_("该期距今过久，不再接收首次报送，请联系主管部门"), subject=subject, verb=verb
    )


def _check_leave(state: Window, moments: Deadlines, subject: str, verb: str) -> None:
    needed = approval_for(state)
    if needed is Approval.NONE:
        return
    locked = needed is Approval.PROVINCE
    raise ApprovalNeeded(
        ApprovalNeeded.LOCKED if locked else None,
        subject=subject,
        verb=verb,
        level=needed.value,
        at=f"{localtime(moments.lock if locked else moments.cut_off):%Y-%m-%d %H:%M}",
    )
