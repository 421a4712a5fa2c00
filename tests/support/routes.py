"""Every route of a resolver, with arguments filled in: what the architecture tests walk instead of a hand list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import get_converters
from django.utils.regex_helper import normalize

# Tried in turn for a converter that is not named here: the first that its pattern takes.
_CANDIDATES = ("7", "2026-11-22", "2026-11", "x", "1.0", "cases.problem:1")


@dataclass(frozen=True, slots=True)
class Route:
    """A pattern as written, a path that it answers, and its view."""

    pattern: str
    path: str
    callback: object

    def __str__(self) -> str:
        return f"/{self.pattern}"


def routes(urlconf: str | None = None) -> list[Route]:
    """All routes of ``urlconf`` (None: the project's); raises ValueError where no argument can be made up."""
    return list(_walk(get_resolver(urlconf), "", ""))


def _walk(resolver: URLResolver, pattern: str, path: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        shown, filled = pattern + str(entry.pattern), path + _filled(entry)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, shown, filled)
        else:
            yield Route(shown, f"/{filled}", entry.callback)


def _filled(entry: URLPattern | URLResolver) -> str:
    """The pattern's own part of a path, its arguments at random or by what the converter takes."""
    pattern = entry.pattern
    if not hasattr(pattern, "_route"):
        text, names = normalize(pattern.regex.pattern)[0]
        return text % {n: _argument(pattern.regex.pattern, r".*") for n in names}
    text = pattern._route
    for name, converter in pattern.converters.items():
        kinds = [k for k, c in get_converters().items() if type(c) is type(converter)]
        for written in [f"<{k}:{name}>" for k in kinds] + [f"<{name}>"]:
            text = text.replace(written, _argument(text, converter.regex))
    if "<" in text:
        raise ValueError(f"no argument for {text}")
    return str(text)


def _argument(pattern: str, regex: str) -> str:
    import re

    for candidate in (str(uuid4()), *_CANDIDATES):
        if re.fullmatch(regex, candidate):
            return candidate
    raise ValueError(f"no argument for {pattern}: {regex}")
