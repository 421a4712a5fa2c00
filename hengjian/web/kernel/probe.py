"""/healthz: the process answers, whatever the state of the database; so it is asked before anything else."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

PATH = "/healthz"


class HealthMiddleware:
    """Answers the probe of the process; everything else passes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Django's middleware protocol."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer or pass on."""
        if request.path == PATH and request.method == "GET":
            return HttpResponse("ok", content_type="text/plain")
        return self.get_response(request)
