"""Names of logins and roles in the database cluster."""

from __future__ import annotations

OWNER, WEB_LOGIN, WORKER_LOGIN = "hengjian_owner", "hengjian_web", "hengjian_worker"
LOGINS = (OWNER, WEB_LOGIN, WORKER_LOGIN)
BASE = "hj_base"
DATABASE = "hengjian"


def role_of(kind: str) -> str:
    """The database role of a kind of actor."""
    return f"hj_{kind}"
