"""What was written stays: the database itself refuses officials the columns that no act changes, and rows elsewhere."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction

from hengjian.kernel.access.declare import Role
from tests.access import world as w
from tests.support.cast import LANSHAN_LINYI, actor
from tests.support.roles import acting

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "assignment"),
    [
        ("problem", "facts = 'nothing'"),
        ("problem", "opened_name = 'somebody'"),
        ("problem", f"region_id = {LANSHAN_LINYI}"),
        ("problem", "origin = ''"),
        ("inquiry", "question = 'another'"),
        ("inquiry", "asked_at = now()"),
        ("inquiry", "enterprise_id = gen_random_uuid()"),
        ("alert", "observed = 0"),
        ("alert", f"region_id = {LANSHAN_LINYI}"),
        ("report", "quantities = '{}'"),
        ("report", "energy_tce = 0"),
        ("post", "role = 'drc_lead'"),
        ("post", "title = 'x'"),
        ("term", "valid_from = '2000-01-01'"),
        ("term", "basis = ''"),
        ("file", "sha256 = repeat('0', 64)"),
    ],
)
def test_officials_cannot_rewrite_what_is_kept(kind: str, assignment: str) -> None:
    app = {
        "alert": "monitoring",
        "report": "measures",
        "post": "people",
        "term": "people",
        "file": "files",
    }
    table, world = f"{app.get(kind, 'cases')}_{kind}", w.build()
    officer = actor(Role.CITY_OFFICER)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        acting(officer),
    ):
        _run(f"UPDATE {table} SET {assignment} WHERE id = %s", world.id_of(kind, w.OWN))


def test_a_site_cannot_be_moved_out_of_the_own_scope_nor_drawn_into_it() -> None:
    """The columns may change (a person confirms the region), the border holds all the same."""
    world, officer = w.build(), actor(Role.CITY_OFFICER)
    sql = "UPDATE registry_site SET region_id = %s WHERE id = %s"
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
        acting(officer),
    ):
        _run(sql, LANSHAN_LINYI, world.id_of("site", w.OWN))
    with acting(officer):
        assert _run(sql, 371102, world.id_of("site", w.OTHER_CITY)) == 0
        assert _run(sql, 371102, world.id_of("site", w.SAME_CITY)) == 1, "the control"


def _run(sql: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, [str(value) for value in values])
        return int(cursor.rowcount)
