"""The two reviewed tables: who may do what (docs/permissions.csv), and which route asks for which verb (routes.csv)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parents[2]
PERMISSIONS = ROOT / "docs" / "permissions.csv"
ROUTES = Path(__file__).parent / "routes.csv"


@dataclass(frozen=True)
class Route:
    """A row: ``verb`` is a verb, ``public``, ``signed``, ``session`` (allauth's own) or ``closed``.

    ``verb|other`` in the table: the second is for unsafe methods. ``obj`` is the kind of object in the address.
    """

    name: str
    verb: str
    obj: str
    methods: tuple[str, ...]
    extra: Mapping[str, str]
    unsafe_verb: str


def routes() -> dict[str, Route]:
    """Every reviewed route by name."""
    with ROUTES.open(encoding="utf-8", newline="") as file:
        return {
            row["route"]: Route(
                row["route"],
                row["verb"].partition("|")[0],
                row["object"],
                tuple(row["methods"].split()),
                dict(pair.split("=") for pair in row["extra"].split()),
                row["verb"].rpartition("|")[2],
            )
            for row in csv.DictReader(file)
        }


def allowed() -> dict[str, set[str]]:
    """Verb → roles, from the reviewed table (not from the code)."""
    with PERMISSIONS.open(encoding="utf-8", newline="") as file:
        return {
            row["verb"]: {k for k, v in row.items() if v == "x" and k != "platform"}
            for row in csv.DictReader(file)
            if row["verb"]
        }


def patterns(
    resolver: URLResolver | None = None, prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """(qualified name, pattern) of every route there is."""
    for item in (resolver or get_resolver()).url_patterns:
        if isinstance(item, URLResolver):
            inner = f"{prefix}{item.namespace}:" if item.namespace else prefix
            yield from patterns(item, inner)
        else:
            yield f"{prefix}{item.name}", item
