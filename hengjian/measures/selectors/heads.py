"""Heads of the printed forms: the shipped ones, or what the province has settled (HENGJIAN_FORM_HEADS)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from hengjian.measures.reference import FormHead, form_heads
from hengjian.measures.rules.forms import Form

COLUMNS = ("table_number", "authority", "document_number", "valid_until")


def heads() -> Mapping[Form, FormHead]:
    """Every form's head. A CSV named by the setting replaces number of the table, issuer, document and validity.

    Raises:
        ImproperlyConfigured: the file lacks a column or names a form that does not exist.
    """
    return _heads(settings.FORM_HEADS)


@lru_cache(maxsize=8)
def _heads(path: str) -> Mapping[Form, FormHead]:
    found = dict(form_heads())
    if not path:
        return found
    for row in csv.DictReader(Path(path).read_text("utf-8-sig").splitlines()):
        if not {"code", *COLUMNS} <= row.keys() or row["code"] not in set(Form):
            raise ImproperlyConfigured(f"HENGJIAN_FORM_HEADS {path}: {row}")
        form = Form(row["code"])
        settled: dict[str, Any] = {name: (row[name] or "").strip() for name in COLUMNS}
        found[form] = replace(found[form], **settled, confidence="found")
    return found
