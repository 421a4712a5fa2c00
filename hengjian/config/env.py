"""Typed readers of environment settings; a wrong value stops the start with a sentence."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from hengjian.kernel.text import N_


def env_str(name: str, default: str | None = None) -> str:
    """Text, or the contents of the file named by ``NAME_FILE`` (for secrets); missing without default stops."""
    value = os.environ.get(name)
    if value is None and (path := os.environ.get(f"{name}_FILE")):
        value = Path(path).read_text(encoding="utf-8").strip()
    if value is None:
        value = default
    if value is None:
        raise ImproperlyConfigured(N_("缺少设置 {name}，见 docs/settings.md").format(name=name))
    return value


def env_bool(name: str, *, default: bool) -> bool:
    """1/0, true/false, yes/no, on/off."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(N_("设置 {name} 应为 1 或 0").format(name=name))


def env_int(name: str, default: int) -> int:
    """A whole number."""
    value = os.environ.get(name, "").strip()
    try:
        return int(value) if value else default
    except ValueError as error:
        raise ImproperlyConfigured(N_("设置 {name} 应为整数").format(name=name)) from error


def database(url: str) -> dict[str, object]:
    """Django's database setting from ``postgresql://user:password@host:port/name``; host may be a socket folder.

    The socket folder is written percent-encoded as the host, or as ``?host=/folder``.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ImproperlyConfigured(
            N_("数据库地址应以 postgresql:// 开头（本系统只支持 PostgreSQL）")
        )
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": query,
    }
