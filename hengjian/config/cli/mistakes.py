"""Sentences for what people do wrong and for what the surroundings refuse."""

from __future__ import annotations

import errno

import click

from hengjian.config.cli.base import Failure, Mistake
from hengjian.kernel.text import N_

REASONS = {
    errno.ENOENT: N_("不存在"),
    errno.EACCES: N_("没有权限"),
    errno.EPERM: N_("没有权限"),
    errno.EROFS: N_("所在磁盘只读"),
    errno.ENOSPC: N_("磁盘已满"),
    errno.EADDRINUSE: N_("地址已被占用"),
    errno.EADDRNOTAVAIL: N_("本机没有这个地址"),
}


def usage_sentence(error: click.UsageError) -> str:
    """One Chinese sentence for a command that was called wrongly."""
    match error:
        case Mistake():
            return error.message
        case click.exceptions.NoSuchCommand():
            return N_("没有子命令 {name}；hengjian --help 列出全部子命令").format(
                name=error.command_name
            )
        case click.NoSuchOption():
            text = N_("没有选项 {name}").format(name=error.option_name)
        case click.MissingParameter():
            text = N_("缺少 {name}").format(name=_name(error))
        case click.BadParameter():
            text = N_("{name} 的值不正确").format(name=_name(error))
        case click.BadOptionUsage():
            text = N_("选项 {name} 的写法不对").format(name=error.option_name)
        case _:
            text = N_("参数的个数或写法不对")
    path = error.ctx.command_path if error.ctx else "hengjian"
    return text + N_("；{path} --help 说明用法").format(path=path)


def _name(error: click.BadParameter) -> str:
    if error.param is None or error.ctx is None:
        return str(error.param_hint or N_("参数"))
    return error.param.get_error_hint(error.ctx).replace("'", "")


def failure_sentence(error: Exception) -> str | None:
    """One Chinese sentence, or None for a fault of the program, whose traceback is wanted."""
    if isinstance(error, Failure):
        return str(error)
    if isinstance(error, OSError):
        reason = REASONS.get(error.errno or 0, error.strerror or str(error))
        return N_("{place}：{reason}").format(
            place=error.filename or N_("操作系统拒绝了操作"), reason=reason
        )
    return _library_sentence(error)


def _library_sentence(error: Exception) -> str | None:
    """Loaded only now: help and usage errors do not wait for these libraries."""
    import psycopg
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError

    from hengjian.kernel.database.programs import ClusterError
    from hengjian.kernel.errors import DomainError

    if isinstance(error, ImproperlyConfigured) and str(error).isascii():  # Django's own words
        return N_("设置有误，见 docs/settings.md（{words}）").format(words=error)
    if isinstance(error, (ClusterError, ImproperlyConfigured)):
        return str(error)
    if isinstance(error, (OperationalError, psycopg.OperationalError)):
        words = " ".join(str(error).split()) or type(error).__name__
        return N_("数据库连接不上或拒绝了登录，请检查数据库地址与密码（{words}）").format(
            words=words
        )
    if isinstance(error, DomainError):
        return _domain_sentence(error)
    return None


def _domain_sentence(error: Exception) -> str:
    message, data = getattr(error, "message", str(error)), getattr(error, "data", {})
    parts = [message.format_map(data)]
    parts += [
        f"{fault.field}：{fault.message.format_map(fault.data)}"
        for fault in getattr(error, "errors", ())
    ]
    return N_("；").join(parts)


def no_such_part(name: str) -> Failure:
    """The answer of a subcommand whose part of the product is not built yet."""
    return Failure(N_("本版本尚不包含{name}").format(name=name))
