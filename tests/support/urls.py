"""Routes that only tests have: a lazily rendered page, and acts that fail half-way."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from hengjian.config.urls import handler400, handler403, handler404, handler500
from hengjian.kernel.errors import Conflict, FieldError, NotPermitted, ValidationFailed
from hengjian.kernel.people.models import Organ, Person
from hengjian.web.requests import HouseRequest

__all__ = ["handler400", "handler403", "handler404", "handler500"]
LAZY = engines["django"].from_string("{% for o in organs %}[{{ o.name }}]{% endfor %}")


def lazy(request: HouseRequest) -> HttpResponse:
    """Rows are fetched while the page is rendered, after the view has returned."""
    return TemplateResponse(request, LAZY, {"organs": Organ.objects.all()})


def _write(request: HouseRequest) -> None:
    Person(name="半途而废", region_id=request.actor.home_region or 370000).save(force_insert=True)


@csrf_exempt
def fail(request: HouseRequest, how: str) -> HttpResponse:
    """Write, then fail in one of the ways."""
    _write(request)
    if how == "invalid":
        raise ValidationFailed(
            [FieldError("quantity", "数量应为 {low} 至 {high}", 3, {"low": 1, "high": 9})]
        )
    if how == "forbidden":
        raise NotPermitted(subject="people.organ:1", verb="people.organ.create")
    if how == "conflict":
        raise Conflict
    if how == "crash":
        raise RuntimeError("secret detail")
    return render(
        request,
        "errors/error.html",
        {"status": 422, "title": "", "message": "", "request_id": ""},
        status=422,
    )


@csrf_exempt
def succeed(request: HouseRequest) -> HttpResponse:
    """Write."""
    _write(request)
    return HttpResponse("ok")


urlpatterns = [
    path("test/lazy/", lazy),
    path("test/fail/<str:how>/", fail),
    path("test/succeed/", succeed),
    path("", include("hengjian.config.urls")),
]
