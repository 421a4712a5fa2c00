"""Forms of problems and inquiries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hengjian.cases.states import OUTCOME_LABELS


class DateInput(forms.DateInput):
    """A date as browsers ask for it."""

    input_type = "date"

    def __init__(self) -> None:
        """ISO, whatever the language: browsers take nothing else."""
        super().__init__(format="%Y-%m-%d")


class FilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A list of files, perhaps empty."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each file is checked on its own."""
        given = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(FilesField, self).clean(one, initial) for one in given]


class ProblemForm(forms.Form):
    """What the acts of this state need; the button says which act."""

    use_required_attribute = False

    outcome = forms.ChoiceField(
        label=_("办理结论"),
        required=False,
        choices=[("", ""), *((o.value, label) for o, label in OUTCOME_LABELS.items())],
    )
    opinion = forms.CharField(
        label=_("办理意见"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("提出结论、退回、改派时必填，将长期留存。"),
    )
    question = forms.CharField(
        label=_("请企业说明什么"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("要求企业说明时必填。企业只看到本问题和自己所报数据。"),
    )
    handler = forms.ChoiceField(label=_("承办人"), required=False, help_text=_("改派时选择。"))
    deadline = forms.DateField(
        label=_("时限"),
        required=False,
        widget=DateInput(),
        help_text=_("改派或要求企业说明时填写，非工作日顺延。"),
    )

    def __init__(
        self,
        *args: Any,
        actions: Iterable[str],
        handlers: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        """Only the fields that one of ``actions`` needs."""
        super().__init__(*args, **kwargs)
        wanted = set(actions)
        for field in self.fields.values():
            setattr(field, "by_act", True)  # noqa: B010 - for the template: neither optional nor always asked
        self.fields["handler"].choices = [("", ""), *handlers]  # type: ignore[attr-defined]  # a ChoiceField
        if "propose" not in wanted:
            del self.fields["outcome"]
        if "ask" not in wanted:
            del self.fields["question"]
        if "reassign" not in wanted:
            del self.fields["handler"]
        if not {"ask", "reassign"} & wanted:
            del self.fields["deadline"]


class AnswerForm(forms.Form):
    """The enterprise's explanation."""

    answer = forms.CharField(
        label=_("说明"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("写明原因、起止时间、已采取的措施。"),
    )
    attachments = FilesField(
        label=_("附件"),
        required=False,
        widget=FilesInput(),
        help_text=_("照片、PDF、Excel，最多 5 个，单个不超过 20 MB。"),
    )


class DecideForm(forms.Form):
    """What officials make of an explanation."""

    use_required_attribute = False

    remark = forms.CharField(
        label=_("意见"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("退回、撤回时必填，企业可见。"),
    )
    deadline = forms.DateField(
        label=_("补充时限"), required=False, widget=DateInput(), help_text=_("退回时填写。")
    )
