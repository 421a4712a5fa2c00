"""What acting people of the demo have done already: one alert asked about, one a problem, one dismissed.

Each act runs under the database role of who acts, as in a request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from hengjian.cases.services.problem import start
from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.models import Account
from hengjian.kernel.access.selectors import actor_for, duties_of
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.database.scope import transaction_as
from hengjian.kernel.text import N_
from hengjian.monitoring.models import Alert
from hengjian.monitoring.services.triage import ask_explanation, dismiss, open_problem

QUESTION = N_(
    "请说明所问日期内单位产品能耗的变化原因，列明入炉煤、外购电力和产量的计量依据，并附当期能源计量台账。"
)
TO_ANSWER, TO_HANDLE = timedelta(days=7), timedelta(days=20)


@dataclass(frozen=True, slots=True)
class Moment:
    """When an act is done."""

    now: datetime
    today: date


Act = Callable[[Actor, Alert, Moment], None]


def act_all(*, sites: Mapping[str, UUID], now: datetime, today: date) -> int:
    """Do what has not been done yet; returns how many acts. Alerts that a person has touched stay as they are."""
    moment, done = Moment(now, today), 0
    for site, username, act in _ACTS:
        actor = _actor(username, today)
        with transaction_as(kind=actor.kind, uid=actor.account_id, duty=actor.duty_id, today=today):
            alert = (
                Alert.objects.visible_to(actor)
                .filter(site=sites[site], state="new", decided_at=None)
                .first()
            )
            if alert is not None:
                act(actor, alert, moment)
                done += 1
    return done


def _actor(username: str, today: date) -> Actor:
    with transaction_as(kind=Kind.WORKER, uid=None, duty=None, today=today):
        account = Account.objects.get(username=username)
        return actor_for(account, duties_of(account, today)[0], today)


def _ask(actor: Actor, alert: Alert, moment: Moment) -> None:
    ask_explanation(
        actor=actor,
        alert=alert,
        title=N_("请说明单位产品能耗情况"),
        question=QUESTION,
        due=moment.today + TO_ANSWER,
        now=moment.now,
        today=moment.today,
    )


def _open(actor: Actor, alert: Alert, moment: Moment) -> None:
    handler = Account.objects.get(username=HANDLER)
    duty = duties_of(handler, moment.today)[0]
    problem = open_problem(
        actor=actor,
        alert=alert,
        title=alert.title,
        handler_duty=duty.pk,
        due=moment.today + TO_HANDLE,
        now=moment.now,
        today=moment.today,
    )
    with transaction_as(kind=Kind.STAFF, uid=handler.pk, duty=duty.pk, today=moment.today):
        start(
            actor=actor_for(handler, duty, moment.today),
            problem=problem,
            opinion=N_("已安排到厂核对计量器具与原始记录"),
            now=moment.now,
        )


def _dismiss(actor: Actor, alert: Alert, moment: Moment) -> None:
    dismiss(
        actor=actor,
        alert=alert,
        reason=N_("已核对入炉煤化验单，按实测低位发热量折算后未超过限额，责成企业今后填报实测热值"),
        now=moment.now,
    )


HANDLER = "rizhao-task"
# The clearest case of Rizhao stays untouched: it is for whoever tries the demo.
_ACTS: tuple[tuple[str, str, Act], ...] = (
    ("changyin-luozhuang", "linyi-city", _ask),
    ("cenji-rizhao", "rizhao-city", _open),
    ("mijin-dongming", "drc", _dismiss),
)
