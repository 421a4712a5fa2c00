"""Typed errors of the domain: code raises them, exactly two places (web, api) turn them into HTTP.

An error carries a code for programs, a Chinese sentence (message id with ``{names}``) for people, and data.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import ClassVar

from hengjian.kernel.text import N_


@dataclasses.dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of one input: which field, in which row (1-based, header not counted), and why.

    ``message`` is a message id; ``data`` fills its ``{names}``.
    """

    field: str
    message: str
    row: int | None = None
    data: Mapping[str, object] = dataclasses.field(default_factory=dict)


class DomainError(Exception):
    """Base of every error that a person may see. ``refusal`` tells whether the act is kept in the audit."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    refusal: ClassVar[bool] = False
    message: str = N_("请求无法处理")

    def __init__(self, message: str | None = None, *, subject: str = "", **data: object) -> None:
        """``subject`` is ``kind:id`` of the object concerned, for the audit of refusals."""
        if message is not None:
            self.message = message
        self.subject = subject
        self.data = data
        super().__init__(self.message, data)


class ValidationFailed(DomainError):
    """Input breaks a rule; nothing was stored. ``errors`` name field, row and reason."""

    code = "invalid"
    status = 422
    message = N_("提交的内容有误，未保存")

    def __init__(self, errors: Sequence[FieldError], message: str | None = None) -> None:
        """Keep every fault, so that a person mends all of them in one go."""
        super().__init__(message)
        self.errors = tuple(errors)


class NotVisible(DomainError):
    """The object does not exist for this actor: the same answer as for an id that never existed."""

    code = "not_found"
    status = 404
    message = N_("没有找到该页面或数据，可能不存在，也可能不在您的权限范围内")


class NotPermitted(DomainError):
    """The acting post may not do this."""

    code = "forbidden"
    status = 403
    refusal = True
    message = N_("当前岗位无权进行此操作")


class TransitionNotAllowed(DomainError):
    """The object is not in a state from which this act is possible."""

    code = "wrong_state"
    status = 409
    refusal = True
    message = N_("当前状态不允许此操作")


class Conflict(DomainError):
    """The same id was used for something else, or someone was faster."""

    code = "conflict"
    status = 409
    message = N_("内容与已有记录冲突")


class TooEarlyOrLate(DomainError):
    """The act is right, the time is not."""

    code = "wrong_time"
    status = 409
    refusal = True
    message = N_("不在允许的时间内")


class TooLarge(DomainError):
    """The upload is over the size limit."""

    code = "too_large"
    status = 413
    message = N_("上传内容超过大小限制")


class TooMany(DomainError):
    """Too many requests; ``retry_after`` seconds."""

    code = "too_many"
    status = 429
    message = N_("请求过于频繁，请稍后再试")


class Unavailable(DomainError):
    """A part the request needs does not answer; nothing was stored."""

    code = "unavailable"
    status = 503
    message = N_("服务暂时不可用，请稍后再试")
