"""Thirty-two senders at once, on a database of their own with real connections under the real roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.database.scope import transaction_as
from hengjian.kernel.errors import Conflict
from hengjian.measures.models import Report
from hengjian.measures.services.submission import submit_report
from hengjian.measures.tests.scene import DAY, NOW, QUANTITIES, TODAY, Scene, make_scene
from tests.support.at_once import own_database, run_at_once
from tests.support.roles import as_loader_now

SENDERS = 32
pytestmark = pytest.mark.slow


@pytest.fixture
def stage(
    django_db_setup: None, django_db_blocker: Any, worker_id: str
) -> Iterator[tuple[str, Scene]]:
    """A committed scene in a clone of its own."""
    with django_db_blocker.unblock(), own_database(f"threads_{worker_id}") as name:
        with transaction.atomic():
            as_loader_now()
            scene = make_scene()
        yield name, scene


def send(actor: Actor, scene: Scene, report_id: UUID, coal: int = 500) -> str:
    """One request's transaction under the reporter's role."""
    try:
        with transaction_as(kind=actor.kind, uid=actor.account_id, duty=actor.duty_id, today=TODAY):
            _, outcome = submit_report(
                actor=actor, report_id=report_id, site_id=scene.site.pk, form="daily", period=DAY,
                source="enterprise", quantities={**QUANTITIES, "raw_coal": (str(coal), "")},
                reason="", now=NOW, today=TODAY,
            )  # fmt: skip
    except Conflict:
        return "conflict"
    return outcome.value


def stored() -> tuple[int, int]:
    with transaction.atomic():
        as_loader_now()
        entries = Entry.objects.filter(verb="measures.report.submit")
        return Report.objects.count(), entries.count()


def actor_committed(scene: Scene) -> Actor:
    with transaction.atomic():
        as_loader_now()
        return scene.reporter


@pytest.mark.clause("G2")
def test_the_same_report_from_many_senders_is_one_row(stage: tuple[str, Scene]) -> None:
    name, scene = stage
    actor, report_id = actor_committed(scene), uuid4()
    outcomes = run_at_once(name, SENDERS, lambda _: send(actor, scene, report_id))
    assert outcomes == {"created": 1, "replayed": SENDERS - 1}
    assert stored() == (1, 1)


def test_the_same_id_with_different_content_has_one_winner(stage: tuple[str, Scene]) -> None:
    name, scene = stage
    actor, report_id = actor_committed(scene), uuid4()
    outcomes = run_at_once(
        name, SENDERS, lambda number: send(actor, scene, report_id, 500 + number)
    )
    assert outcomes == {"created": 1, "conflict": SENDERS - 1}
    assert stored() == (1, 1)


def test_different_ids_for_one_day_have_one_winner(stage: tuple[str, Scene]) -> None:
    name, scene = stage
    actor = actor_committed(scene)
    outcomes = run_at_once(name, SENDERS, lambda _: send(actor, scene, uuid4()))
    assert outcomes == {"created": 1, "conflict": SENDERS - 1}
    assert stored() == (1, 1)
    assert connection.settings_dict["NAME"] == name
