"""Forms of parameters changed by approval."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hengjian.kernel.access.actor import Actor
from hengjian.monitoring.selectors.choices import (
    enterprise_id_of,
    industry_choices,
    region_choices,
)
from hengjian.registry.selectors.site import CONFIDENCE
from hengjian.web.monitoring.forms import DateInput

KINDS = (
    ("nation", _("全国")),
    ("industry", _("某一行业")),
    ("region", _("某一地区")),
    ("enterprise", _("某一企业")),
)


class ChangeForm(forms.Form):
    """A new value; the service judges it, this only reads it."""

    use_required_attribute = False

    kind = forms.ChoiceField(label=_("适用范围"), choices=KINDS, initial="nation")
    industry = forms.ChoiceField(label=_("行业"), required=False)
    region = forms.ChoiceField(label=_("地区"), required=False)
    credit_code = forms.CharField(
        label=_("统一社会信用代码"), max_length=18, min_length=18, required=False
    )
    value = forms.CharField(label=_("新值"), max_length=400)
    effective_from = forms.DateField(
        label=_("生效日期"),
        widget=DateInput(),
        help_text=_("自该日的数据起按新值判定，此前的日子仍按原值。"),
    )
    basis = forms.CharField(
        label=_("依据"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("文件名称和文号、会议纪要或测试报告，将长期留存。"),
    )
    confidence = forms.ChoiceField(label=_("依据的可信度"), initial="to_verify")

    def __init__(self, *args: Any, actor: Actor, listed: bool, **kwargs: Any) -> None:
        """``listed``: the value is a list of codes, not a number."""
        super().__init__(*args, **kwargs)
        self._actor = actor
        self._fill("industry", [("", str(_("请选择"))), *industry_choices()])
        self._fill("region", [("", str(_("请选择"))), *region_choices(actor)])
        self._fill("confidence", [(code, str(_(text))) for code, text in CONFIDENCE.items()])
        if listed:
            self.fields["value"].help_text = _("以分号分隔，按优先次序。")

    def _fill(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        """What belongs to the chosen scope must be there."""
        data: dict[str, Any] = super().clean() or {}
        wanted = {"industry": "industry", "region": "region", "enterprise": "credit_code"}
        name = wanted.get(data.get("kind", ""))
        if name and name not in self.errors and not data.get(name):
            self.add_error(name, _("这个字段是必填项。"))
        if data.get("kind") == "enterprise" and data.get("credit_code"):
            data["enterprise"] = enterprise_id_of(self._actor, data["credit_code"])
            if not data["enterprise"]:
                self.add_error("credit_code", _("没有该企业"))
        return data

    def proposal(self) -> dict[str, Any]:
        """The fields of a Proposal that are entered."""
        data = self.cleaned_data
        code = data.get(data["kind"], "")
        return {
            "scope": f"{data['kind']}:{code}" if code else data["kind"],
            "value": data["value"].strip(),
            "effective_from": data["effective_from"],
            "basis": data["basis"],
            "confidence": data["confidence"],
        }

    def kinds(self) -> list[dict[str, Any]]:
        """The scopes as the template draws them."""
        chosen = self.data.get("kind") if self.is_bound else "nation"
        return [{"value": v, "label": label, "checked": v == chosen} for v, label in KINDS]


class DecisionForm(forms.Form):
    """What one says with a decision; whether it must be said is the service's to judge."""

    reason = forms.CharField(
        label=_("意见"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
