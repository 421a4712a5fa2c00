"""Triggers of tables that keep what they were given: nothing is deleted, and of an update only what is named.

Grants say the same to every role (permissions.py); the triggers also stop the owner, by hand or in a migration.
"""

from __future__ import annotations

import pgtrigger

Triggers = tuple[pgtrigger.Trigger, ...]


def append_only(table: str) -> Triggers:
    """No update, no delete, no truncate."""
    changes = pgtrigger.Update | pgtrigger.Delete
    return (pgtrigger.Protect(name="append_only", operation=changes), _no_truncate(table))


def kept(table: str) -> Triggers:
    """No delete, no truncate; what an update may change, triggers beside these say."""
    return (pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete), _no_truncate(table))


def kept_in_place(table: str, *derived: str) -> Triggers:
    """As `kept`, and the one change is the region, which PostgreSQL carries along with the site (follow_site).

    ``derived`` names what is no column of its own: generated ones, and a composite key.
    """
    region = pgtrigger.Protect(
        name="only_region_follows",
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange(exclude=["region", *derived]),
    )
    return (*kept(table), region)


def _no_truncate(table: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="no_truncate",
        operation=pgtrigger.Truncate,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        func=f"RAISE EXCEPTION '{table} is append-only';",
    )
