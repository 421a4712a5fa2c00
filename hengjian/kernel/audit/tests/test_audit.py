"""The history is append-only for everyone, exact, and read within scope."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from hengjian.kernel.access.declare import Role
from hengjian.kernel.access.history import timeline
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.audit.services import canonical, record
from hengjian.kernel.calendar.clock import today
from tests.support.cast import LINYI, RIZHAO, HouseClient, account, actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)


def entry(region: int | None = RIZHAO) -> Entry:
    return record(
        actor=actor(Role.CITY_OFFICER),
        verb="people.term.end",
        subject="people.post:1",
        now=NOW,
        region=region,
        data={"t": Decimal("1.50")},
    )


def as_role(role: str, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        cursor.execute(sql)


def test_the_text_is_kept_as_hashed() -> None:
    made = Entry.objects.get(pk=entry().pk)
    assert hashlib.sha256(made.canon.encode()).hexdigest() == made.digest
    assert '"t":"1.50"' in made.canon


def test_floats_have_no_canonical_text() -> None:
    with pytest.raises(TypeError):
        canonical({"x": 0.1})


@pytest.mark.parametrize(
    "sql",
    ["UPDATE audit_entry SET reason = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"],
)
@pytest.mark.parametrize(
    "role", ["hj_staff", "hj_oversight", "hj_worker", "hj_admin", "hj_auditor"]
)
def test_nobody_changes_history(sql: str, role: str) -> None:
    entry()
    with pytest.raises(DatabaseError), transaction.atomic():
        as_role(role, sql)


def test_the_owner_is_stopped_by_the_trigger_not_only_by_grants() -> None:
    """hj_loader holds UPDATE and sees every row: only the trigger is left to refuse."""
    entry()
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Entry.objects.update(reason="x")


def test_everyone_appends_but_reads_only_his_regions() -> None:
    writer = actor(Role.CITY_OFFICER, region=LINYI)
    with acting(writer):
        record(
            actor=writer, verb="people.term.end", subject="people.post:1", now=NOW, region=RIZHAO
        )
        assert not Entry.objects.exists()
    with acting(actor(Role.CITY_OFFICER, region=RIZHAO)):
        assert Entry.objects.count() == 1
    with acting(actor(Role.AUDIT_ADMIN)):
        assert Entry.objects.count() == 1


def test_a_timeline_shows_acts_in_chinese() -> None:
    entry()
    (event,) = timeline(actor(Role.CITY_OFFICER), ["people.post:1"], today())
    assert (event["title"], event["date"], event["time"]) == ("结束任期", "11-23", "09:02")


def test_enterprises_read_no_history(client: HouseClient) -> None:
    assert client.sign_in(account(Role.ENTERPRISE_REPORTER)).get("/audit/").status_code == 403


def test_the_auditor_reads_the_page(client: HouseClient) -> None:
    entry()
    page = client.sign_in(account(Role.AUDIT_ADMIN)).get("/audit/").content.decode()
    assert "结束任期" in page


def test_every_act_of_a_request_carries_its_id(client: HouseClient) -> None:
    """Whatever the service: the history itself asks for the id, no caller can forget it."""
    who = account(Role.CITY_OFFICER)
    duty = who.duties.get()
    client.sign_in(who)
    client.post("/accounts/post/", {"post": duty.pk}, headers={"X-Request-ID": "trace-0001"})
    assert Entry.objects.get(verb="access.duty.assume").request_id == "trace-0001"
    assert entry().request_id == ""
