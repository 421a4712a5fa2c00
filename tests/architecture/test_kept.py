"""Tables that keep what they were given: whatever protects a row from deletion protects the table from truncation."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

PROTECTED = {"no_delete", "append_only"}


def kept_tables() -> dict[str, set[str]]:
    """Table → names of its triggers, where one of them protects rows."""
    found = {}
    for model in apps.get_models():
        names = {trigger.name for trigger in getattr(model._meta, "triggers", ())}
        if names & PROTECTED:
            found[model._meta.db_table] = names
    return found


def test_what_may_not_be_deleted_may_not_be_truncated() -> None:
    kept = kept_tables()
    assert {"measures_report", "measures_correction", "audit_entry"} <= kept.keys()
    assert {table for table, names in kept.items() if "no_truncate" not in names} == set()


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["measures_obligation", "registry_output_plan"])
def test_the_database_has_the_trigger(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass", [table])
        names = {name for (name,) in cursor.fetchall()}
    assert any(name.startswith("pgtrigger_no_truncate") for name in names), names
