"""The JSON API, version 1. Its contract is docs/openapi.json, kept in step by a test; no docs page is served (CSP)."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.parser import Parser

from hengjian.api import errors
from hengjian.api.access import Holds
from hengjian.api.measures.deliveries import router as deliveries
from hengjian.api.measures.endpoints import router as measures
from hengjian.api.measures.readings import router as readings


class Utf8Parser(Parser):
    """JSON whose texts can be written as UTF-8: half a surrogate pair can neither be stored nor answered."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body; ninja turns any error raised here into a 400."""
        body = json.loads(request.body)
        json.dumps(body, ensure_ascii=False).encode()
        return body


api = NinjaAPI(
    title="Hengjian",
    version="1",
    description="Daily reports of two-high industries. Texts for people are Chinese; quantities are decimal strings.",
    docs_url=None,
    openapi_url=None,
    auth=Holds(
        "access.session.open"
    ),  # an endpoint that names no verb of its own is closed to nobody signed in
    parser=Utf8Parser(),
)
errors.install(api)
api.add_router("", measures)
api.add_router("", deliveries)
api.add_router("", readings)
