"""The database's own catalog against the declarations: owners, grants, policies, definer functions, views."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from hengjian.kernel.database.declare import Kind
from hengjian.kernel.database.names import BASE, OWNER, WEB_LOGIN, role_of
from hengjian.kernel.database.policies import FUNCTIONS, grants, policies
from hengjian.kernel.database.provision import check_connection
from hengjian.kernel.database.registry import tables

pytestmark = pytest.mark.django_db
OURS = f"grantee IN ('{BASE}', '{WEB_LOGIN}', 'PUBLIC', 'hengjian_worker', {', '.join(repr(role_of(k)) for k in Kind)})"


def rows(sql: str, *args: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(args))
        return list(cursor.fetchall())


def test_every_table_is_declared_and_owned_by_the_owner() -> None:
    found = dict(rows("SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public'"))
    assert set(found) == set(tables())
    assert set(found.values()) == {OWNER}


def test_grants_are_exactly_the_declared_ones() -> None:
    found: dict[tuple[str, str], set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET LOCAL ROLE hj_loader")
    for table, acl in rows(
        "SELECT c.relname, a.grantee::regrole::text || ' ' || a.privilege_type FROM pg_class c, aclexplode(c.relacl) a "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
    ):
        grantee, privilege = acl.split(" ")
        found.setdefault((table, grantee), set()).add(privilege)
    for table, acl in rows(
        "SELECT c.relname, x.grantee::regrole::text || ' ' || x.privilege_type || '(' || t.attname || ')' "
        "FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) x WHERE c.relnamespace = 'public'::regnamespace"
    ):
        grantee, privilege = acl.split(" ")
        found.setdefault((table, grantee), set()).add(privilege)
    declared: dict[tuple[str, str], set[str]] = {}
    for table in tables().values():
        for role, words in grants(table):
            for word in re.findall(r"\w+(?:\([^)]*\))?", words):
                name, _, columns = word.partition("(")
                got = (
                    {f"{name}({c.strip()})" for c in columns.rstrip(")").split(",")}
                    if columns
                    else {name}
                )
                declared.setdefault((table.name, role), set()).update(got)
    roles = {BASE, WEB_LOGIN, "-", "hengjian_worker", *(role_of(k) for k in Kind)}
    assert {k: v for k, v in found.items() if k[1] in roles} == declared


def test_nobody_may_truncate_and_history_is_never_changed() -> None:
    privileges = rows(
        "SELECT c.relname, a.grantee::regrole::text, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a "
        "WHERE c.relnamespace = 'public'::regnamespace AND a.grantee::regrole::text NOT IN (%s, 'hj_loader')",
        OWNER,
    )
    assert not [p for p in privileges if p[2] in {"TRUNCATE", "TRIGGER", "REFERENCES"}]
    assert {p[2] for p in privileges if p[0] == "audit_entry"} == {"SELECT", "INSERT"}


def test_scoped_tables_force_row_security_with_the_declared_policies() -> None:
    forced = dict(
        rows(
            "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
    )
    found: dict[str, set[str]] = {}
    for table, name in rows(
        "SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public'"
    ):
        found.setdefault(table, set()).add(name)
    for table in tables().values():
        if table.scope is not None:
            assert forced[table.name], table.name
            assert found.get(table.name, set()) == {n for n, _body in policies(table)}, table.name
        else:
            assert table.name not in found


def test_policies_use_no_or_and_no_function_per_row() -> None:
    for table, name, qual, check in rows(
        "SELECT tablename, policyname, coalesce(qual, ''), coalesce(with_check, '') FROM pg_policies WHERE schemaname = 'public'"
    ):
        for text in (qual, check):
            assert " OR " not in text, (table, name)
            outside = re.sub(r"\(\s*SELECT scope_\w+\(\) AS scope_\w+\)", "", text)
            assert (
                "(" not in re.sub(r"ANY \(|::|[()]\s*(?=\()", "", outside).strip("()")
                or "scope_" not in outside
            ), (table, name, text)


def test_a_plan_calls_the_scope_function_once_not_per_row() -> None:
    from hengjian.kernel.access.declare import Role
    from tests.support.cast import actor
    from tests.support.roles import acting

    with acting(actor(Role.CITY_OFFICER)):
        plan = "\n".join(r[0] for r in rows("EXPLAIN SELECT count(*) FROM audit_entry"))
    assert "InitPlan" in plan
    assert not re.search(r"(Filter|Index Cond):.*scope_regions", plan)


def test_definer_functions_are_the_allow_listed_ones() -> None:
    found = {
        r[0]
        for r in rows(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
        )
    }
    assert found == set(FUNCTIONS)
    for (settings,) in rows(
        "SELECT proconfig FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    ):
        assert any(s.startswith("search_path=") for s in settings)


def test_no_views_escape_row_security() -> None:
    views = rows(
        "SELECT relname, reloptions FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')"
    )
    assert not [name for name, options in views if "security_invoker=true" not in (options or [])]


def test_every_scoped_model_has_the_gate() -> None:
    from hengjian.kernel.access.scope import ScopedQuerySet

    ungated = [
        m._meta.db_table
        for m in apps.get_models()
        if (t := tables()[m._meta.db_table]).scope is not None
        and not isinstance(m._default_manager.all(), ScopedQuerySet)
        and t.name != "audit_entry"  # lies below access; read through access.history only
    ]
    assert ungated == []


def test_the_test_login_is_as_weak_as_the_web_login() -> None:
    assert rows("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = session_user") == [
        (False,)
    ]
    assert check_connection() == []


def test_a_missing_force_or_policy_stops_the_start() -> None:
    """Negative control of ``hengjian check``: each fault is named."""
    import psycopg

    from tests.support import database
    from tests.support.plugin import SERVER

    with (
        database.clone(SERVER, "faulty") as name,
        psycopg.connect(SERVER.superuser_url(name), autocommit=True) as admin,
    ):
        admin.execute("ALTER TABLE audit_entry NO FORCE ROW LEVEL SECURITY")
        admin.execute("DROP POLICY staff ON registry_site")
        other = connection.copy()
        other.settings_dict = {**connection.settings_dict, "NAME": name}
        try:
            found = "".join(check_connection(other))
        finally:
            other.close()
    assert "audit_entry" in found
    assert "registry_site" in found
