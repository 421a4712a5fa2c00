"""The web's one place where errors become HTTP: Chinese pages with the request id, no database needed to show them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from hengjian.kernel.access.buckets import throttle
from hengjian.kernel.access.refusals import remember_refusal
from hengjian.kernel.audit.current import request_id
from hengjian.kernel.errors import DomainError, NotVisible, TooMany, ValidationFailed
from hengjian.kernel.text import N_

TITLES: Mapping[int, str] = {
    400: N_("请求有误"),
    403: N_("无权操作"),
    404: N_("没有找到"),
    405: N_("不支持的操作方式"),
    409: N_("与现有记录冲突"),
    413: N_("内容过大"),
    422: N_("内容有误"),
    429: N_("请求过于频繁"),
    500: N_("系统出错"),
    503: N_("服务暂时不可用"),
}
MESSAGES: Mapping[int, str] = {
    400: N_("请求的内容不完整或格式不对，请返回上一页重试。"),
    403: N_("当前岗位无权进行此操作。如确需办理，请切换岗位或联系管理员。"),
    404: NotVisible.message,
    405: N_("请从页面上的按钮或链接进入。"),
    413: N_("上传内容超过大小限制，请减小后重试。"),
    500: N_(
        "系统处理时发生错误，已记录。未保存的内容没有生效，请稍后重试或联系管理员并告知请求编号。"
    ),
    503: N_("数据库或后台服务没有应答，您的操作没有生效，请稍后再试。"),
}


def sentence(message: str, data: Mapping[str, object]) -> str:
    """A message id as people read it, its ``{names}`` filled."""
    return _(message).format(**data) if data else _(message)


def message_of(error: DomainError) -> str:
    """The Chinese sentence of an error, its ``{names}`` filled."""
    return sentence(error.message, error.data)


def field_messages(error: ValidationFailed) -> list[dict[str, Any]]:
    """Each fault as field, row and sentence."""
    return [
        {
            "field": e.field,
            "row": e.row,
            "message": sentence(e.message, e.data),
        }
        for e in error.errors
    ]


def error_page(
    request: HttpRequest, status: int, message: str = "", faults: list[dict[str, Any]] | None = None
) -> HttpResponse:
    """The page (or JSON under /api/) of a status; the same bytes for every cause of one status and message."""
    text = message or _(MESSAGES.get(status, MESSAGES[400]))
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"code": str(status), "message": text, "request_id": request_id()},
            status=status,
            json_dumps_params={"ensure_ascii": False},
        )
    context = {
        "status": status,
        "title": _(TITLES.get(status, TITLES[400])),
        "message": text,
        "faults": faults or [],
        "request_id": request_id(),
        "static_ok": True,
    }
    response = HttpResponse(render_to_string("errors/error.html", context), status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def domain_error_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Map a typed error; a refusal is remembered for the audit."""
    remember_refusal(request, error)
    faults = field_messages(error) if isinstance(error, ValidationFailed) else None
    response = error_page(request, error.status, message_of(error), faults)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.data.get("retry_after", 60))
    return response


def has_nul(request: HttpRequest) -> bool:
    """Whether the address holds a NUL, which no text of the database can: refused before any view reads it."""
    query = request.META.get("QUERY_STRING", "")
    return "\0" in request.path or "\0" in query or "%00" in query


class ErrorPagesMiddleware:
    """Turns typed errors of views into pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Django's middleware protocol."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Throttle on the way in; pages of a signed-in person are never kept by caches on the way out."""
        if has_nul(request):
            return error_page(request, 400)
        try:
            throttle(request)
        except TooMany as error:
            return domain_error_page(request, error)
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A view raised."""
        return domain_error_page(request, exception) if isinstance(exception, DomainError) else None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    too_large = type(exception).__name__ == "RequestDataTooBig"
    return error_page(request, 413 if too_large else 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: the same bytes as a row out of scope."""
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: 503 when it is the database that does not answer."""
    unavailable = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    return error_page(request, 503 if unavailable else 500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: usually a page that stood open too long."""
    return error_page(request, 403, _("页面已过期或来源不明，操作没有生效。请刷新页面后重试。"))


def locked_out(
    request: HttpRequest, credentials: object = None, *args: object, **kwargs: object
) -> HttpResponse:
    """django-axes: too many failures of this user from this address. Keeps its counter."""
    response = error_page(
        request,
        429,
        _("登录失败次数过多，该账号在此网络地址已被暂时锁定，请稍后再试或联系安全管理员。"),
    )
    response.keeps_writes = True  # type: ignore[attr-defined]  # read by TransactionMiddleware
    return response
