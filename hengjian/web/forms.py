"""What all forms share: bad input becomes one typed error that names every field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from hengjian.kernel.errors import FieldError, ValidationFailed
from hengjian.web.errors import sentence


def parsed(form: forms.Form) -> Mapping[str, Any]:
    """The form's values, or ValidationFailed naming each field by its label and reason."""
    if form.is_valid():
        return form.cleaned_data
    raise ValidationFailed(
        [
            FieldError(
                str(form.fields[name].label or name) if name in form.fields else "", str(message)
            )
            for name, found in form.errors.items()
            for message in found
        ]
    )


def page_number(query: Any) -> int:
    """``?page=``; anything that is no number is page 1."""
    text = query.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def add_faults(form: forms.Form, failed: ValidationFailed) -> None:
    """Show what a service found wrong beside the field it names, else above the form; nothing typed is lost."""
    for error in failed.errors:
        text = sentence(error.message, error.data)
        form.add_error(error.field if error.field in form.fields else None, text)
