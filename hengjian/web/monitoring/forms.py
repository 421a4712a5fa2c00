"""Forms of triage."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

DECISIONS = (
    ("dismiss", _("排除"), _("数据或规则原因，不构成问题")),
    ("ask", _("请企业说明"), _("企业只看到问题和自己所报数据")),
    ("open", _("立案"), _("指定承办人和时限")),
)
_ASKED_FOR = {
    "dismiss": {"reason"},
    "ask": {"question", "deadline"},
    "open": {"handler", "deadline"},
}


class DateInput(forms.DateInput):
    """A date as browsers ask for it."""

    input_type = "date"

    def __init__(self) -> None:
        """ISO, whatever the language: browsers take nothing else."""
        super().__init__(format="%Y-%m-%d")


class TriageForm(forms.Form):
    """One decision; only what it needs is required."""

    use_required_attribute = False

    decision = forms.ChoiceField(label=_("如何处理"), choices=[(d[0], d[1]) for d in DECISIONS])
    reason = forms.CharField(
        label=_("排除理由"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写明依据，将长期留存。"),
    )
    question = forms.CharField(
        label=_("请企业说明什么"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("企业只看到本问题和自己所报数据，请勿写入限额、其他企业或其他来源的数据。"),
    )
    handler = forms.ChoiceField(label=_("承办人"))
    deadline = forms.DateField(
        label=_("时限"), widget=DateInput(), help_text=_("非工作日顺延至下一工作日。")
    )

    def __init__(self, *args: Any, handlers: list[tuple[str, str]], **kwargs: Any) -> None:
        """``handlers`` are the (duty id, text) that may be chosen."""
        super().__init__(*args, **kwargs)
        self.fields["handler"].choices = [("", ""), *handlers]  # type: ignore[attr-defined]  # a ChoiceField
        if self.is_bound:
            wanted = _ASKED_FOR.get(self.data.get("decision", ""), set())
            for name in set(self.fields) - wanted - {"decision"}:
                self.fields[name].required = False

    def choices(self) -> list[dict[str, Any]]:
        """The decisions as the template draws them."""
        chosen = self.data.get("decision") if self.is_bound else "ask"
        return [
            {"value": value, "label": label, "help": text, "checked": value == chosen}
            for value, label, text in DECISIONS
        ]


class ReasonForm(forms.Form):
    """A reason."""

    reason = forms.CharField(
        label=_("理由"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )


class IdsField(forms.MultipleChoiceField):
    """Any ids; the service asks which of them are visible."""

    def valid_value(self, value: str) -> bool:
        """Whether it is an id at all."""
        try:
            UUID(value)
        except ValueError:
            return False
        return True


class ChosenForm(forms.Form):
    """Several alerts."""

    alerts = IdsField(label=_("所选预警"))


class BulkForm(ReasonForm):
    """One reason for several alerts."""

    alerts = IdsField(label=_("所选预警"))


class AssignForm(forms.Form):
    """One post for several alerts; what is offered depends on who acts, the service asks again."""

    use_required_attribute = False

    assignee = forms.ChoiceField(label=_("指派给"))

    def __init__(self, *args: Any, assignees: list[tuple[str, str]], **kwargs: Any) -> None:
        """``assignees`` are the (duty id, text) that may be chosen."""
        super().__init__(*args, **kwargs)
        self.fields["assignee"].choices = [("", _("请选择")), *assignees]  # type: ignore[attr-defined]  # a ChoiceField


class BulkAssignForm(forms.Form):
    """The post and the alerts as sent; which posts may be meant is the service's to say."""

    assignee = forms.IntegerField(label=_("指派给"), min_value=1, max_value=2**31)
    alerts = IdsField(label=_("所选预警"))


class FilterForm(forms.Form):
    """The date of the filter bar."""

    since = forms.DateField(required=False)
