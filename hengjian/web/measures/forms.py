"""The form of a day, made from the lines of the site. It parses nothing: the service judges every figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hengjian.kernel.errors import ValidationFailed
from hengjian.measures.selectors.forms import DailyPage, FormLine

PREFIX = "quantities."


class DailyForm(forms.Form):
    """One text field per line, the sender's id of this report, and the reason of a correction."""

    report_id = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("更正理由"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, page: DailyPage, data: Mapping[str, Any] | None = None) -> None:
        """Unbound, a new report id and what the page starts with."""
        initial = {"report_id": uuid4(), "reason": page.reason}
        super().__init__(data, initial=initial)
        # For the browser only: a repeated request must reach the service, which knows a replay from a correction.
        if page.is_correction:
            self.fields["reason"].widget.attrs["required"] = True
        self.codes = [line.code for line in page.lines]
        for line in page.lines:
            self.fields[line.code] = _amount_field(line)

    def quantities(self) -> dict[str, tuple[str, str]]:
        """What was typed, in the units of the form; blank lines are left out by the service."""
        return {code: (self.cleaned_data[code], "") for code in self.codes}

    def add_faults(self, failed: ValidationFailed) -> None:
        """Put each fault beside its field."""
        for fault in failed.errors:
            name = fault.field.removeprefix(PREFIX)
            message = _(fault.message).format(**fault.data) if fault.data else _(fault.message)
            self.add_error(name if name in self.fields else None, message)


def _amount_field(line: FormLine) -> forms.CharField:
    attrs = {
        "data-amount": "",
        "data-yesterday": line.yesterday_value,
        "inputmode": "decimal",
        "autocomplete": "off",
        "maxlength": "40",
    }
    return forms.CharField(
        label=line.label,
        required=False,
        max_length=40,
        initial=line.value,
        widget=forms.TextInput(attrs=attrs),
    )
