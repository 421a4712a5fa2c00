"""``hengjian init``: from an empty server to a database that web and worker may use. Safe to run again."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import click

from hengjian.config.cli.base import URLS, Command, Failure, Mistake, is_set, setup
from hengjian.kernel.text import N_

SUPERUSER_HELP = N_("超级用户的数据库地址；给出时建立角色、登录和数据库")
PROVINCE = 370000


@click.command(
    "init",
    cls=Command,
    short_help=N_("建立角色、表、权限、基础数据和三员账号"),
    help=N_("建立数据库角色与登录、表、权限、基础数据和三个管理员账号。可重复运行。"),
)
@click.option("--superuser-url", metavar="URL", help=SUPERUSER_HELP)
@click.option(
    "--print-sql", is_flag=True, help=N_("只打印应由数据库管理员执行的 SQL，不做任何改动")
)
def init(superuser_url: str | None, print_sql: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Roles (with a superuser's address only), tables, access, reference data, administrators."""
    if print_sql:
        for statement in provisioning_sql():
            click.echo(f"{statement};")
        return
    if superuser_url is not None and urlsplit(superuser_url).scheme not in (
        "postgres",
        "postgresql",
    ):
        raise Mistake(N_("--superuser-url 应以 postgresql:// 开头"))
    if superuser_url is not None:
        from hengjian.kernel.database.provision import create_roles

        create_roles(superuser_url, login_passwords())
    setup("owner")
    for step in (migrate, apply_access, load_reference):
        step()
    created = create_administrators()
    for username, password in created:
        click.echo(
            N_("管理员 {name}，初始密码 {password}（首次登录须修改，不再显示）").format(
                name=username, password=password
            )
        )
    click.echo(N_("数据库已就绪"))


def provisioning_sql() -> Iterator[str]:
    """What a database administrator runs by hand; passwords are set apart, with the password command of psql."""
    from hengjian.kernel.database.names import DATABASE, OWNER
    from hengjian.kernel.database.provision import (
        SCHEMA_STATEMENT,
        database_statements,
        role_statements,
    )

    yield from role_statements()
    yield f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8'"
    yield from database_statements(DATABASE)
    yield f"\\connect {DATABASE}\n{SCHEMA_STATEMENT}"


def login_passwords() -> dict[str, str]:
    """Login name → password, from the three addresses.

    Raises:
        Failure: an address is missing, names another login, or has no password.
    """
    from hengjian.config.env import env_str
    from hengjian.kernel.database.names import OWNER, WEB_LOGIN, WORKER_LOGIN

    found = {}
    for process, login in (("owner", OWNER), ("web", WEB_LOGIN), ("worker", WORKER_LOGIN)):
        name = URLS[process]
        if not is_set(name):
            raise Failure(N_("缺少设置 {names}，见 docs/settings.md").format(names=name))
        parts = urlsplit(env_str(name))
        if parts.username != login or not parts.password:
            raise Failure(
                N_("设置 {name} 的登录名应为 {login}，并带有密码").format(name=name, login=login)
            )
        found[login] = unquote(parts.password)
    return found


def migrate() -> None:
    """All migrations, as the owner."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def apply_access() -> None:
    """Policies and grants of every declared table."""
    from hengjian.kernel.database import provision

    provision.apply_access()


def load_reference() -> None:
    """Regions, industries, factors and the other facts that come with the program."""
    from hengjian.config import reference

    reference.load_reference()


def create_administrators() -> list[tuple[str, str]]:
    """Open system, security and audit administrator where none is; user names and first passwords of the new.

    Three separate accounts without a business post (GB/T 22239 8.1.5).
    """
    from hengjian.kernel.access.actor import worker
    from hengjian.kernel.access.declare import ROLES, Role
    from hengjian.kernel.access.models import Account
    from hengjian.kernel.access.services import give_duty, open_account
    from hengjian.kernel.calendar import clock
    from hengjian.kernel.database.declare import Kind
    from hengjian.kernel.database.scope import transaction_as

    now, today = clock.now(), clock.today()
    demo = os.environ.get("HENGJIAN_DEMO") == "1"
    created = []
    with transaction_as(kind=Kind.WORKER, uid=None, duty=None, today=today):
        for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
            spec = ROLES[role]
            if Account.objects.filter(sphere=spec.sphere).exists():
                continue
            username, password = role.value.replace("_", "-"), secrets.token_urlsafe(15)
            account = open_account(
                actor=worker("hengjian init"),
                username=username,
                name=spec.label,
                password=password,
                sphere=spec.sphere,
                now=now,
                demo=demo,
            )
            give_duty(
                account=account,
                role=role,
                post=spec.label,
                home_region=PROVINCE,
                valid_from=today,
                basis="hengjian init",
            )
            created.append((username, password))
    return created
