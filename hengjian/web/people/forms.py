"""Forms of posts and people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class _DateInput(forms.DateInput):
    input_type = "date"


class AppointForm(forms.Form):
    """Whom, from when, for how long, by which document."""

    person = forms.ChoiceField(label=_("人员"))
    valid_from = forms.DateField(label=_("任期开始"), widget=_DateInput())
    valid_to = forms.DateField(
        label=_("任期结束"), required=False, widget=_DateInput(), help_text=_("不填为长期")
    )
    substitute = forms.BooleanField(label=_("代理（原任职人外出期间）"), required=False)
    basis = forms.CharField(label=_("任命文件"), max_length=120, help_text=_("文号或会议纪要"))

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        """``people`` are the (id, name) that may be chosen."""
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = people  # type: ignore[attr-defined]  # a ChoiceField


class EndForm(forms.Form):
    """Last day and reason."""

    last_day = forms.DateField(label=_("最后一天"), widget=_DateInput())
    reason = forms.CharField(label=_("原因"), max_length=200)
