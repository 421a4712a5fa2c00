"""Forms of the list of obligations and of corrections."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class DateInput(forms.DateInput):
    """A date as browsers ask for it."""

    input_type = "date"

    def __init__(self) -> None:
        """ISO, whatever the language: browsers take nothing else."""
        super().__init__(format="%Y-%m-%d")


class ObligationForm(forms.Form):
    """Put one site on the list for one form."""

    use_required_attribute = False

    form = forms.ChoiceField(label=_("报表"))
    source = forms.ChoiceField(label=_("来源"))
    valid_from = forms.DateField(label=_("起日"), widget=DateInput())
    valid_to = forms.DateField(label=_("止日"), widget=DateInput(), required=False)
    basis = forms.CharField(label=_("依据"), max_length=200)
    needs_review = forms.BooleanField(label=_("须经企业审核人审核后报出"), required=False)

    def __init__(
        self,
        *args: Any,
        forms_offered: list[tuple[str, str]],
        sources: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        """The choices come from the selectors."""
        super().__init__(*args, **kwargs)
        self.fields["form"].choices = forms_offered  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["source"].choices = sources  # type: ignore[attr-defined]  # a ChoiceField


class EndForm(forms.Form):
    """Take a site off the list."""

    use_required_attribute = False

    last = forms.DateField(label=_("最后一日"), widget=DateInput())
    reason = forms.CharField(label=_("移出理由"), max_length=200)


class DecisionForm(forms.Form):
    """Approve or refuse a correction, with a reason."""

    use_required_attribute = False

    decision = forms.ChoiceField(
        label=_("审批结论"),
        choices=[("approve", _("批准，生成新一版")), ("refuse", _("不批准，数据不变"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("审批意见"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
