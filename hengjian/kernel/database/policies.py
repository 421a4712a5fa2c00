"""SQL of the second wall: the scope functions, one policy per table and role, and grants per table.

Rules measured in the design (security c.1): array from one init-plan, no OR, no function per row; settings
read through NULLIF because they are '' after the transaction; FORCE on every scoped table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hengjian.kernel.database.declare import Delivered, Kind, Table
from hengjian.kernel.database.names import BASE, WEB_LOGIN, role_of

_FUNCTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS {type}[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT {value}), '{{}}')
  FROM access_duty d
  JOIN access_account a ON a.id = d.account_id AND a.is_active
  JOIN access_reach s ON s.duty_id = d.id
  {join}
  WHERE a.id = nullif(current_setting('app.uid', true), '')::bigint
    AND d.id = nullif(current_setting('app.duty', true), '')::bigint
    AND nullif(current_setting('app.today', true), '')::date BETWEEN d.valid_from AND coalesce(d.valid_to, 'infinity')
    AND nullif(current_setting('app.today', true), '')::date BETWEEN s.valid_from AND coalesce(s.valid_to, 'infinity')
$$"""

FUNCTIONS: Mapping[str, tuple[str, str, str]] = {
    "scope_regions": (
        "int",
        "r.code",
        "JOIN regions_region r ON s.region_id IN (r.code, r.city_id, r.province_id)",
    ),
    "scope_enterprises": ("uuid", "s.enterprise", ""),
    "scope_sites": ("uuid", "s.site", ""),
    "scope_cases": ("uuid", "s.case", ""),
    "scope_sources": (
        "text",
        "x.source",
        "JOIN access_sender k ON k.account_id = a.id CROSS JOIN LATERAL unnest(k.sources) AS x(source)",
    ),
}
_UID = "(SELECT nullif(current_setting('app.uid', true), '')::bigint)"
_FUNCTION_OF: Mapping[Kind, str] = {
    Kind.STAFF: "scope_regions",
    Kind.OVERSIGHT: "scope_regions",
    Kind.ENTERPRISE: "scope_enterprises",
    Kind.RESIDENT: "scope_sites",
    Kind.INVITEE: "scope_cases",
}


def functions() -> Iterator[str]:
    """The definer functions, the only ones; closed to PUBLIC, open to the kinds through the base role."""
    for name, (kind, value, join) in FUNCTIONS.items():
        yield _FUNCTION.format(name=name, type=kind, value=value, join=join)
        yield f"REVOKE ALL ON FUNCTION {name}() FROM PUBLIC"
        yield f"GRANT EXECUTE ON FUNCTION {name}() TO {BASE}"


def condition(table: Table, kind: Kind) -> str:
    """The row condition of ``kind``: ``true``, an init-plan comparison, or empty for a closed table."""
    if kind in table.every_row:
        return "true"
    column = table.scope.column(kind) if table.scope else ""
    if not column:
        return ""
    function = _FUNCTION_OF[kind]
    if table.scope is not None and table.scope.is_array(kind):
        return f'"{column}" && (SELECT {function}())'
    return f'"{column}" = ANY ((SELECT {function}())::{FUNCTIONS[function][0]}[])'


def policies(table: Table) -> Iterator[tuple[str, str]]:
    """(name, SQL after CREATE POLICY name ON table AS) for each kind that holds a grant on a scoped table."""
    yield from ((name, f"PERMISSIVE {body}") for name, body in _permissive(table))
    if table.delivered is not None and (own := _own(table.delivered)):
        # Without a reach of its own the table is the sender's by account alone.
        way = "RESTRICTIVE" if any(table.delivered.reach()) else "PERMISSIVE"
        body = f"{way} FOR ALL TO {role_of(Kind.SENDER)} USING ({own}) WITH CHECK ({own})"
        yield f"{Kind.SENDER}_own", body


def _own(delivered: Delivered) -> str:
    """What makes a row the sender's own."""
    parts = [f'"{delivered.account}" = {_UID}'] if delivered.account else []
    if delivered.source:
        parts.append(f'"{delivered.source}" = ANY ((SELECT scope_sources())::text[])')
    return " AND ".join(parts)


def _permissive(table: Table) -> Iterator[tuple[str, str]]:
    for noun, column in table.delivered.reach() if table.delivered else ():
        function = f"scope_{noun}s"
        row = f'"{column}" = ANY ((SELECT {function}())::{FUNCTIONS[function][0]}[])'
        # One policy for each kind of reach: PostgreSQL joins them, each may use its own index.
        yield (
            f"{Kind.SENDER}_{noun}",
            f"FOR ALL TO {role_of(Kind.SENDER)} USING ({row}) WITH CHECK ({row})",
        )
    for kind, words in table.grants.items():
        row, role = condition(table, kind), role_of(kind)
        if kind is Kind.OVERSIGHT or kind in table.insert_any:
            if row and "SELECT" in words:
                yield f"{kind}_reads", f"FOR SELECT TO {role} USING ({row})"
            if kind in table.insert_any and "INSERT" in words:
                yield f"{kind}_appends", f"FOR INSERT TO {role} WITH CHECK (true)"
        elif row:
            yield f"{kind}", f"FOR ALL TO {role} USING ({row}) WITH CHECK ({row})"


def grants(table: Table) -> Iterator[tuple[str, str]]:
    """(role, comma-separated privileges) of a table."""
    holders = {role_of(k): words for k, words in table.grants.items()}
    for role, words in {**holders, BASE: table.everyone, WEB_LOGIN: table.login}.items():
        if words:
            yield role, ", ".join(words.split())


def statements(table: Table, existing: list[str], sequences: list[str]) -> Iterator[str]:
    """All SQL that brings one table to its declaration; ``existing`` are its present policies."""
    every = ", ".join([BASE, WEB_LOGIN, *(role_of(k) for k in Kind)])
    yield f'REVOKE ALL ON TABLE "{table.name}" FROM PUBLIC, {every}'
    for name in existing:
        yield f'DROP POLICY "{name}" ON "{table.name}"'
    if table.scope is not None:
        yield f'ALTER TABLE "{table.name}" ENABLE ROW LEVEL SECURITY'
        yield f'ALTER TABLE "{table.name}" FORCE ROW LEVEL SECURITY'
        for name, body in policies(table):
            yield f'CREATE POLICY "{name}" ON "{table.name}" AS {body}'
    for role, privileges in grants(table):
        yield f'GRANT {privileges} ON TABLE "{table.name}" TO {role}'
        if "INSERT" in privileges:
            yield from (f"GRANT USAGE ON SEQUENCE {s} TO {role}" for s in sequences)
