"""Migration operations of the house."""

from __future__ import annotations

from django.db import migrations


def follow_site(table: str, column: str = "site_id") -> migrations.RunSQL:
    """Rows of ``table`` keep the supervising region of the site in ``column``: PostgreSQL carries a change along.

    A composite foreign key with ON UPDATE CASCADE instead of code that might forget a table; the check of
    foreign keys passes row security by design of PostgreSQL, so the row moves whoever confirms the region.
    A row without a site is not checked.
    """
    name = f"{table}_follows_site"
    return migrations.RunSQL(
        sql=f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY ({column}, region_id) '
        "REFERENCES registry_site (id, region_id) ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE",
        reverse_sql=f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"',
    )
