"""Forms of what hangs on a site; each is made from the page that it stands on, which holds its choices."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hengjian.registry.selectors.equipment import EquipmentPage
from hengjian.web.registry.forms import DateInput
from hengjian.web.registry.words import NOTHING, Groups, measured_names, product_groups


class EquipmentForm(forms.Form):
    """Several stand on one page, so ids begin with the form's own ``key``; names do not."""

    key = ""

    def __init__(self, data: Any = None, *, page: EquipmentPage) -> None:
        """Choices come from the page."""
        super().__init__(data, auto_id=f"{self.key}_%s")
        for name, pairs in self.choices_of(page).items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
            field.choices = pairs

    def choices_of(self, page: EquipmentPage) -> dict[str, Groups]:
        """Choices of fields by name."""
        raise NotImplementedError


class LineForm(EquipmentForm):
    """A production line."""

    key = "line"
    name = forms.CharField(label=_("生产线名称"), max_length=80)
    industry = forms.ChoiceField(label=_("行业"))
    product = forms.ChoiceField(
        label=_("产品"),
        help_text=_("能耗限额按产品判定：限额标准分品种的，请选限额标准中的产品名"),
    )
    capacity = forms.DecimalField(
        label=_("年产能"), required=False, min_value=0, max_digits=18, decimal_places=4
    )
    capacity_unit = forms.CharField(
        label=_("产能单位"), required=False, max_length=20, help_text=_("如 万吨/年、MW")
    )
    commissioned_on = forms.DateField(label=_("投产日期"), required=False, widget=DateInput())

    def choices_of(self, page: EquipmentPage) -> dict[str, Groups]:
        """Industries of the site and their products."""
        return {
            "industry": [*page.industries],
            "product": product_groups(page.industries, page.limit_products),
        }


class RetireForm(EquipmentForm):
    """A line that ended production."""

    key = "retire"
    line = forms.ChoiceField(label=_("生产线"))
    retired_on = forms.DateField(label=_("退出日期"), widget=DateInput())
    reason = forms.CharField(label=_("原因"), max_length=200)

    def choices_of(self, page: EquipmentPage) -> dict[str, Groups]:
        """Lines in use."""
        return {"line": [NOTHING, *page.open_lines]}


class MeterForm(EquipmentForm):
    """A metering instrument."""

    key = "meter"
    code = forms.CharField(label=_("编号"), max_length=60, help_text=_("企业自编号"))
    level = forms.TypedChoiceField(label=_("级别"), coerce=int)
    medium = forms.ChoiceField(label=_("计量的能源或产品"))
    accuracy_class = forms.CharField(label=_("准确度等级"), required=False, max_length=10)
    error_percent = forms.DecimalField(
        label=_("允许误差（%）"),
        required=False,
        min_value=0,
        max_value=99,
        max_digits=4,
        decimal_places=2,
    )
    verified_on = forms.DateField(label=_("上次检定日期"), required=False, widget=DateInput())
    interval_months = forms.IntegerField(label=_("检定周期（月）"), required=False)

    def choices_of(self, page: EquipmentPage) -> dict[str, Groups]:
        """Levels of GB 17167; what a meter may measure."""
        industries = [code for code, _name in page.industries]
        return {
            "level": [*page.levels],
            "medium": [NOTHING, *sorted(measured_names(industries).items(), key=lambda p: p[1])],
        }


class VerifyForm(EquipmentForm):
    """An instrument that was verified."""

    key = "verify"
    meter = forms.ChoiceField(label=_("计量器具"))
    verified_on = forms.DateField(label=_("检定日期"), widget=DateInput())
    interval_months = forms.IntegerField(label=_("检定周期（月）"))

    def choices_of(self, page: EquipmentPage) -> dict[str, Groups]:
        """Instruments in use."""
        return {"meter": [NOTHING, *page.open_meters]}


class ControlForm(EquipmentForm):
    """A period of output control."""

    key = "control"
    product = forms.ChoiceField(label=_("受控产品"))
    valid_from = forms.DateField(label=_("开始日期"), widget=DateInput())
    valid_to = forms.DateField(
        label=_("结束日期"), required=False, widget=DateInput(), help_text=_("不填表示另行通知")
    )
    basis = forms.CharField(label=_("依据"), max_length=160)

    def choices_of(self, page: EquipmentPage) -> dict[str, Groups]:
        """Products of the site's industries."""
        return {"product": product_groups(page.industries, page.limit_products)}


class ProjectForm(EquipmentForm):
    """A construction project."""

    key = "project"
    name = forms.CharField(label=_("项目名称"), max_length=160)
    code = forms.CharField(
        label=_("项目代码"),
        required=False,
        max_length=40,
        help_text=_("全国投资项目在线审批监管平台代码，可暂缺"),
    )
    industry = forms.ChoiceField(label=_("行业"))
    stage = forms.ChoiceField(label=_("阶段"))
    listed = forms.BooleanField(label=_("在省级清单内"), required=False)

    def choices_of(self, page: EquipmentPage) -> dict[str, Groups]:
        """Industries of the site; stages of a project."""
        return {"industry": [*page.industries], "stage": [*page.stages]}


FORMS: tuple[type[EquipmentForm], ...] = (
    LineForm,
    RetireForm,
    MeterForm,
    VerifyForm,
    ControlForm,
    ProjectForm,
)
