"""Forms of sites and imports."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hengjian.kernel.access.actor import Actor
from hengjian.registry.rules.facts import SiteFacts
from hengjian.registry.selectors import choices


class DateInput(forms.DateInput):
    """The browser's own date field."""

    input_type = "date"


class SiteForm(forms.Form):
    """What is stated of a site."""

    name = forms.CharField(label=_("厂区名称"), max_length=160)
    aliases = forms.CharField(
        label=_("其他名称"), required=False, max_length=400, help_text=_("多个名称用顿号分开")
    )
    main = forms.ChoiceField(label=_("主要行业"))
    others = forms.MultipleChoiceField(
        label=_("其他行业"), required=False, widget=forms.CheckboxSelectMultiple
    )
    status = forms.ChoiceField(label=_("状态"))
    lon = forms.DecimalField(label=_("经度"), required=False, max_digits=9, decimal_places=6)
    lat = forms.DecimalField(label=_("纬度"), required=False, max_digits=9, decimal_places=6)
    datum = forms.ChoiceField(label=_("坐标系"))
    commissioned_on = forms.DateField(label=_("投产日期"), required=False, widget=DateInput())
    day_start = forms.TypedChoiceField(
        label=_("生产日起点"),
        coerce=int,
        choices=[(0, _("0 时")), (8, _("8 时")), (20, _("20 时"))],
    )
    key_site = forms.BooleanField(label=_("重点企业（每日报送）"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Choices come from the reference data."""
        super().__init__(*args, **kwargs)
        industries = choices.industry_choices()
        self.set_choices(
            main=industries,
            others=industries,
            status=choices.status_choices(),
            datum=choices.datum_choices(),
        )

    def set_choices(self, **given: choices.Choices) -> None:
        """Choices of fields by name."""
        for name, pairs in given.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
            field.choices = pairs

    def facts(self) -> SiteFacts:
        """The facts of a valid form."""
        data = self.cleaned_data
        parts = data["aliases"].replace("，", "、").split("、")
        return SiteFacts(
            name=data["name"].strip(),
            aliases=tuple(part.strip() for part in parts if part.strip()),
            lon=data["lon"],
            lat=data["lat"],
            datum=data["datum"],
            status=data["status"],
            commissioned_on=data["commissioned_on"],
            day_start=data["day_start"],
            key_site=data["key_site"],
        )

    def industries(self) -> list[str]:
        """Main industry first."""
        main = self.cleaned_data["main"]
        return [main, *(code for code in self.cleaned_data["others"] if code != main)]


class NewSiteForm(SiteForm):
    """A site of a known enterprise, or of one registered in the same go."""

    enterprise = forms.ChoiceField(
        label=_("所属企业"), required=False, help_text=_("未登记的企业请在下面填写")
    )
    enterprise_name = forms.CharField(label=_("新企业名称"), required=False, max_length=120)
    credit_code = forms.CharField(
        label=_("统一社会信用代码"), required=False, max_length=24, help_text=_("18 位，可暂缺")
    )
    region = forms.TypedChoiceField(
        label=_("监管属地"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("不选则按坐标推定，待人工确认"),
    )
    field_order = ("enterprise", "enterprise_name", "credit_code", "name", "region")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        """Enterprises and regions within the actor's scope."""
        super().__init__(*args, **kwargs)
        nothing = [("", "—")]
        self.set_choices(
            enterprise=nothing + choices.enterprise_choices(actor),
            region=nothing + choices.county_choices(actor),
        )

    def clean(self) -> dict[str, Any] | None:
        """Either a known enterprise or a new one."""
        data = super().clean() or self.cleaned_data
        if bool(data.get("enterprise")) == bool(data.get("enterprise_name")):
            self.add_error("enterprise", _("请选择已登记的企业，或填写新企业名称，二者选一"))
        return data


class RegionForm(forms.Form):
    """The supervising region that a person confirms."""

    region = forms.TypedChoiceField(label=_("监管属地"), coerce=int)
    reason = forms.CharField(label=_("依据"), max_length=200)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        """Counties and zones within the actor's scope."""
        super().__init__(*args, **kwargs)
        field = self.fields["region"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = choices.county_choices(actor)


class NameForm(forms.Form):
    """A former name or alias of the enterprise."""

    name = forms.CharField(label=_("名称"), max_length=160)
    kind = forms.ChoiceField(label=_("类别"))
    until = forms.DateField(label=_("使用至"), required=False, widget=DateInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Kinds of names."""
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = choices.name_kind_choices()


class UploadForm(forms.Form):
    """A register to import."""

    file = forms.FileField(
        label=_("CSV 或 Excel 文件"), widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"})
    )
