"""The form of a period, made from the lines of the site. It parses nothing: the service judges every figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hengjian.kernel.errors import ValidationFailed
from hengjian.measures.rules.balance import Flow
from hengjian.measures.rules.forms import STOP_LABELS, StopKind
from hengjian.measures.selectors.form_lines import FormLine
from hengjian.measures.selectors.forms import FormPage
from hengjian.measures.services.intake import MAX_EXPLANATION, Remarks

PREFIX = "quantities."


def stop_choices() -> list[tuple[str, str]]:
    """Why a day has no production."""
    return [(kind.value, _(label)) for kind, label in STOP_LABELS.items()]


class EntryForm(forms.Form):
    """One text field per line, the sender's id of this report, a stop, and what has to be explained."""

    report_id = forms.UUIDField(widget=forms.HiddenInput)
    stop_kind = forms.CharField(
        label=gettext_lazy("类别"), required=False, max_length=12, widget=forms.Select
    )
    expected_end = forms.DateField(
        label=gettext_lazy("预计结束日"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    explanation = forms.CharField(
        label=gettext_lazy("情况说明"),
        required=False,
        max_length=MAX_EXPLANATION,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    reason = forms.CharField(
        label=gettext_lazy("更正理由"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, page: FormPage, data: Mapping[str, Any] | None = None) -> None:
        """Unbound, a new report id and what the page starts with."""
        typed = page.draft.payload or {}
        initial = {
            "report_id": page.draft.report_id or uuid4(),
            "reason": typed.get("reason", ""),
            "explanation": typed.get("explanation", ""),
            "stop_kind": typed.get("stop_kind") or (page.stop.kind.value if page.stop else ""),
            "expected_end": typed.get("expected_end") or (page.stop.until if page.stop else None),
        }
        super().__init__(data, initial=initial)
        self.fields["stop_kind"].widget.choices = stop_choices()
        # For the browser only: a repeated request must reach the service, which knows a replay from a correction.
        if page.is_correction:
            self.fields["reason"].widget.attrs["required"] = True
        self.codes = [line.code for line in page.lines]
        for line in page.lines:
            self.fields[line.code] = _amount_field(line)

    def quantities(self) -> dict[str, tuple[str, str]]:
        """What was typed, in the units of the form; blank lines are left out by the service."""
        return {code: (self.cleaned_data[code], "") for code in self.codes}

    def remarks(self, *, zero: bool) -> Remarks:
        """A stop only with the zero report; the explanation with either."""
        said: str = self.cleaned_data["explanation"].strip()
        if not zero:
            return Remarks(explanation=said)
        kind = self.cleaned_data["stop_kind"] or StopKind.STOPPED.value
        return Remarks(kind, self.cleaned_data["expected_end"], said)

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
        "data-item": line.code,
        "inputmode": "decimal",
        "autocomplete": "off",
        "maxlength": "40",
    }
    if line.flow == Flow.OPENING and line.carried:
        # Carried over; the page unlocks it together with the field for the reason, the service checks both.
        attrs |= {"readonly": "", "data-carried": line.carried}
    return forms.CharField(
        label=line.label,
        required=False,
        max_length=40,
        initial=line.value,
        widget=forms.TextInput(attrs=attrs),
    )


class SheetForm(forms.Form):
    """A filled workbook."""

    file = forms.FileField(
        label=gettext_lazy("Excel 或 CSV 文件"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
