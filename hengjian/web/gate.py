"""The verb of a page, asked before its form is read: the wrong post learns nothing about the form."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpResponseBase

from hengjian.kernel.access.scope import require
from hengjian.web.requests import HouseRequest

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


def needs(verb: str) -> Callable[[V], V]:
    """Refuse (403, kept in the history) unless the acting post holds ``verb``; scope is the view's to ask."""

    def decorate(view: V) -> V:
        @wraps(view)
        def guarded(request: HouseRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            require(request.actor, verb)
            return view(request, *args, **kwargs)

        return cast("V", guarded)

    return decorate
