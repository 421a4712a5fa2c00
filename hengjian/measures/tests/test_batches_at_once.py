"""The same batch from several connections at the same moment: one is taken in, the others are replays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from hengjian.kernel.access.senders import Reach
from hengjian.kernel.database.scope import transaction_as
from hengjian.measures.models import Batch, Report
from hengjian.measures.rules.batch_table import RawRow
from hengjian.measures.services.batches import Parcel, take_batch
from hengjian.measures.tests.scene import NOW, TODAY, Scene, make_scene
from hengjian.measures.tests.senders import System, make_system
from tests.support.at_once import own_database, run_at_once
from tests.support.cast import RIZHAO
from tests.support.roles import as_loader_now

SENDERS, ROWS = 8, 20
pytestmark = pytest.mark.slow


@pytest.fixture
def stage(
    django_db_setup: None, django_db_blocker: Any, worker_id: str
) -> Iterator[tuple[str, Scene, System]]:
    with django_db_blocker.unblock(), own_database(f"batches_{worker_id}") as name:
        with transaction.atomic():
            as_loader_now()
            scene = make_scene()
            system = make_system(Reach(regions=(RIZHAO,)))
        yield name, scene, system


def test_one_is_taken_in_the_others_are_replays(stage: tuple[str, Scene, System]) -> None:
    name, scene, system = stage
    with transaction.atomic():
        as_loader_now()
        who = system.actor
    rows = [
        RawRow(n, str(scene.site.pk), f"2026-11-{n:02}", {"electricity_purchased": ("20", "")})
        for n in range(1, ROWS + 1)
    ]
    parcel = Parcel(uuid4(), "grid", rows, "json", "a" * 64)

    def send(_: int) -> str:
        with transaction_as(kind=who.kind, uid=who.account_id, duty=who.duty_id, today=TODAY):
            accepted = take_batch(actor=who, parcel=parcel, now=NOW, today=TODAY)
        return "replayed" if accepted.repeated else "created"

    assert run_at_once(name, SENDERS, send) == {"created": 1, "replayed": SENDERS - 1}
    with transaction.atomic():
        as_loader_now()
        assert (Batch.objects.count(), Report.objects.count()) == (1, ROWS)


def test_other_batches_of_the_same_days_have_one_winner(stage: tuple[str, Scene, System]) -> None:
    name, scene, system = stage
    with transaction.atomic():
        as_loader_now()
        who = system.actor
    row = RawRow(1, str(scene.site.pk), "2026-11-22", {"electricity_purchased": ("20", "")})

    def send(_: int) -> str:
        parcel = Parcel(uuid4(), "grid", [row], "json", "a" * 64, partial=True)
        with transaction_as(kind=who.kind, uid=who.account_id, duty=who.duty_id, today=TODAY):
            batch = take_batch(actor=who, parcel=parcel, now=NOW, today=TODAY).batch
        return f"{batch.created} created, {batch.refused} refused"

    assert run_at_once(name, SENDERS, send) == {
        "1 created, 0 refused": 1,
        "0 created, 1 refused": SENDERS - 1,
    }
