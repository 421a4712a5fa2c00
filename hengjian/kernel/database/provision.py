"""Bringing a database to its declared state: roles and logins, scope functions, policies, grants. Idempotent.

``create_roles`` needs a superuser once; ``apply_access`` runs as the owner after each migration;
``check_connection`` is asked by web and worker before they serve.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _
from psycopg import sql

from hengjian.kernel.database.declare import Kind
from hengjian.kernel.database.names import (
    BASE,
    DATABASE,
    LOGINS,
    OWNER,
    WEB_LOGIN,
    WORKER_LOGIN,
    role_of,
)
from hengjian.kernel.database.policies import functions, policies, statements
from hengjian.kernel.database.registry import tables


def role_statements() -> Iterator[str]:
    """SQL that makes roles, logins and memberships; safe to run again. Passwords are set apart."""
    kinds = [role_of(k) for k in Kind]
    for name in (BASE, *kinds):
        yield _make(name, "NOLOGIN INHERIT")
    # NOINHERIT: a web connection holds nothing until it assumes a kind inside a transaction.
    yield _make(OWNER, "LOGIN NOINHERIT")
    yield _make(WEB_LOGIN, "LOGIN NOINHERIT")
    yield _make(WORKER_LOGIN, "LOGIN INHERIT")
    for kind in kinds:
        yield f"GRANT {BASE} TO {kind}"
        yield f"GRANT {kind} TO {WORKER_LOGIN}"
        if kind != role_of(Kind.WORKER):
            yield f"GRANT {kind} TO {WEB_LOGIN}"
    # Data migrations pass FORCE by SET LOCAL ROLE hj_worker; the owner itself sees no scoped row.
    yield f"GRANT {role_of(Kind.WORKER)} TO {OWNER}"


def _make(name: str, options: str) -> str:
    return (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN CREATE ROLE {name}; END IF; END $$; "
        f"ALTER ROLE {name} {options} NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"
    )


def create_roles(
    superuser_url: str, passwords: Mapping[str, str], *, dbname: str = DATABASE
) -> None:
    """Make roles, logins with ``passwords`` (login name → password) and the owner's database.

    Raises psycopg.OperationalError when the server does not answer.
    """
    with psycopg.connect(superuser_url, autocommit=True) as server:
        for statement in role_statements():
            server.execute(sql.SQL(statement))
        for login in LOGINS:
            if login in passwords:
                server.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                        sql.Identifier(login), sql.Literal(passwords[login])
                    )
                )
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [dbname]).fetchone():
            server.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(dbname), sql.Identifier(OWNER)
                )
            )
        for statement in database_statements(dbname):
            server.execute(sql.SQL(statement))
    with psycopg.connect(superuser_url, dbname=dbname, autocommit=True) as server:
        server.execute(sql.SQL(SCHEMA_STATEMENT))


# Since PostgreSQL 15 only the owner of a database may create in public, and a NOINHERIT login is not it.
SCHEMA_STATEMENT = f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}"


def database_statements(dbname: str) -> Iterator[str]:
    """SQL that closes the database to everyone but the logins."""
    yield f'REVOKE ALL ON DATABASE "{dbname}" FROM PUBLIC'
    for login in LOGINS:
        yield f'GRANT CONNECT ON DATABASE "{dbname}" TO {login}'


def apply_access() -> None:
    """As the owner, after migrations: functions, row security, policies and grants of every declared table.

    Raises RuntimeError for a table that is declared but absent, or present but not declared.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {BASE}, {WEB_LOGIN}, {WORKER_LOGIN}")
        present = set(connection.introspection.table_names(cursor))
        if difference := present ^ set(tables()):
            raise RuntimeError(f"tables and declarations differ: {sorted(difference)}")
        for statement in functions():
            cursor.execute(statement)
        for table in tables().values():
            cursor.execute(
                "SELECT policyname FROM pg_policies WHERE schemaname = 'public' AND tablename = %s",
                [table.name],
            )
            existing = [row[0] for row in cursor.fetchall()]
            cursor.execute(
                "SELECT s.oid::regclass::text FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' "
                "WHERE d.refobjid = %s::regclass AND d.deptype = 'a'",
                [f'"{table.name}"'],
            )
            sequences = [row[0] for row in cursor.fetchall()]
            for line in statements(table, existing, sequences):
                cursor.execute(line)


def check_connection(using: BaseDatabaseWrapper | None = None) -> list[str]:
    """Why web or worker must not serve with this database login; Chinese sentences, empty when all is well.

    Asks for the login (``session_user``), whatever role it has assumed for the moment.
    """
    problems: list[str] = []
    with (using or connection).cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = session_user"
        )
        name, superuser, bypass = cursor.fetchone()
        if superuser:
            problems.append(
                _("数据库登录 %(name)s 是超级用户，行级权限对它不起作用") % {"name": name}
            )
        if bypass:
            problems.append(
                _("数据库登录 %(name)s 带有 BYPASSRLS，行级权限对它不起作用") % {"name": name}
            )
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = session_user"
        )
        if cursor.fetchone()[0]:
            problems.append(
                _("数据库登录 %(name)s 拥有业务表，不得用于网站或后台任务") % {"name": name}
            )
        cursor.execute("SELECT pg_has_role(session_user, %s, 'MEMBER')", [OWNER])
        if cursor.fetchone()[0] and not superuser:
            problems.append(
                _("数据库登录 %(name)s 可以变为所有者 %(owner)s") % {"name": name, "owner": OWNER}
            )
        problems += _unscoped(cursor)
    return problems


def _unscoped(cursor: object) -> Iterator[str]:
    """Scoped tables that lack FORCE or a declared policy."""
    execute, fetchall = cursor.execute, cursor.fetchall  # type: ignore[attr-defined]  # Django's cursor wrapper
    execute(
        "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    )
    forced = dict(fetchall())
    execute(
        "SELECT tablename, array_agg(policyname::text) FROM pg_policies WHERE schemaname = 'public' GROUP BY 1"
    )
    found = dict(fetchall())
    for table in tables().values():
        if table.scope is None:
            continue
        if not forced.get(table.name):
            yield _("表 %(table)s 没有强制行级权限（FORCE ROW LEVEL SECURITY）") % {
                "table": table.name
            }
        elif {n for n, _body in policies(table)} - set(found.get(table.name, [])):
            yield _("表 %(table)s 缺少行级策略，请由所有者运行 hengjian init") % {
                "table": table.name
            }
