"""The API's one place where errors become HTTP: one JSON shape for every refusal, Chinese sentences, the request id.

A status of 400 and above makes the request's middleware roll back, so a refused call leaves no row; a refused act
is remembered for the audit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError
from ninja.errors import ValidationError as MalformedBody

from hengjian.kernel.access.refusals import remember_refusal
from hengjian.kernel.audit.current import request_id
from hengjian.kernel.errors import DomainError, NotVisible, TooMany, ValidationFailed
from hengjian.kernel.text import N_

_SENTENCES: Mapping[int, str] = {
    400: N_("请求不是有效的 JSON"),
    401: N_("请先登录；系统对接请在 Authorization 请求头中提供密钥"),
    403: N_("缺少或错误的 CSRF 令牌，操作没有生效"),
}
_CODES: Mapping[int, str] = {400: "malformed", 401: "signed_out", 403: "csrf"}
_MALFORMED = N_("缺少该项或格式不对")


class Fault(Schema):
    """One fault of one input."""

    field: str
    row: int | None = None
    message: str


class Refusal(Schema):
    """Body of every answer of 400 and above."""

    code: str
    message: str
    errors: list[Fault]
    request_id: str


def install(api: NinjaAPI) -> None:
    """Register the handlers of an API."""
    api.add_exception_handler(DomainError, _domain)  # type: ignore[arg-type]  # ninja types it as instance or class
    api.add_exception_handler(MalformedBody, _malformed)  # type: ignore[arg-type]  # ninja types it as instance or class
    api.add_exception_handler(HttpError, _http)  # type: ignore[arg-type]  # ninja types it as instance or class
    api.add_exception_handler(Http404, _missing)  # type: ignore[arg-type]  # ninja types it as instance or class


def _answer(
    status: int, code: str, message: str, faults: Sequence[Mapping[str, object]] = ()
) -> HttpResponse:
    body = {"code": code, "message": message, "errors": list(faults), "request_id": request_id()}
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


def _text(message: str, data: Mapping[str, object]) -> str:
    return _(message).format(**data) if data else _(message)


def _domain(request: HttpRequest, error: DomainError) -> HttpResponse:
    remember_refusal(request, error)
    faults = error.errors if isinstance(error, ValidationFailed) else ()
    response = _answer(
        error.status,
        error.code,
        _text(error.message, error.data),
        [{"field": f.field, "row": f.row, "message": _text(f.message, f.data)} for f in faults],
    )
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.data.get("retry_after", 60))
    return response


def _malformed(request: HttpRequest, error: MalformedBody) -> HttpResponse:  # noqa: ARG001 - ninja's protocol
    """The body does not fit the schema: the place of each fault, without the parser's English."""
    faults = [
        {
            "field": ".".join(str(step) for step in fault["loc"] if step not in {"body", "sent"}),
            "row": None,
            "message": _(_MALFORMED),
        }
        for fault in error.errors
    ]
    return _answer(422, ValidationFailed.code, _(ValidationFailed.message), faults)


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:  # noqa: ARG001 - ninja's protocol
    status = error.status_code
    sentence = _SENTENCES.get(status, DomainError.message)
    return _answer(status, _CODES.get(status, DomainError.code), _(sentence))


def _missing(request: HttpRequest, error: Http404) -> HttpResponse:  # noqa: ARG001 - ninja's protocol
    return _answer(NotVisible.status, NotVisible.code, _(NotVisible.message))
