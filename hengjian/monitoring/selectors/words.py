"""Words for what monitoring stores as codes: layers, rules, products, parameters and their scopes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from uuid import UUID

from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.regions.models import Region
from hengjian.kernel.text import N_
from hengjian.measures.reference import product_names
from hengjian.registry.models import Enterprise, Industry
from hengjian.registry.selectors.site import INDICATORS

# A layer is the folder of its rules (detectors/<layer>/), in the order in which people doubt figures.
LAYERS: Mapping[str, str] = {
    "quality": N_("数据质量"),
    "limits": N_("限额、产能与计划"),
    "balance": N_("物料平衡"),
    "emissions": N_("碳排放核对"),
    "ratios": N_("产耗关系"),
    "independent": N_("独立来源比对"),
    "meters": N_("计量数据"),
    "patterns": N_("填报规律"),
}
OTHER_LAYER = N_("其他")
SHARED: Mapping[str, str] = {
    "runs": N_("运行与分级"),
    "panel": N_("统计比较"),
    "calibration": N_("校准"),
}
PARAMETERS: Mapping[str, str] = {
    "window_days": N_("滚动统计期"),
    "min_days": N_("最少有效日数"),
    "indicators": N_("可比指标"),
    "energy_accuracy": N_("能源计量最大允许误差"),
    "output_accuracy": N_("产量计量最大允许误差"),
    "recovery_gross_factor": N_("回收工序总量与净值之比"),
    "coverage_factor": N_("包含因子 k"),
    "min_evidence": N_("最低证据强度"),
    "evidence_cap": N_("证据强度上限"),
    "rejudge_days": N_("每次重算日数"),
    "merge_gap_days": N_("合并间隔日数"),
    "severity_red": N_("红色下限"),
    "severity_orange": N_("橙色下限"),
    "severity_yellow": N_("黄色下限"),
    "tail_share": N_("尾部占比"),
    "tail_shape": N_("尾部形状"),
    "min_plants": N_("同类企业最少家数"),
    "prior_periods": N_("先验折合期数"),
    "prior_slope": N_("负荷影响先验"),
    "min_history": N_("最少历史期数"),
    "min_peers": N_("同期修正最少家数"),
    "sd_floor": N_("标准差下限"),
    "drift": N_("累积和参考值"),
    "clip": N_("单期残差上限"),
    "coverage": N_("预测区间包含因子"),
    "history_days": N_("历史日数"),
    "least_days": N_("最少历史日数"),
    "history_months": N_("历史月数"),
    "least_months": N_("最少历史月数"),
    "energy_step": N_("电量显示位"),
    "factor_step": N_("功率因数显示位"),
    "co2_step": N_("碳排放显示位"),
    "window": N_("统计窗口"),
    "error_rate": N_("读数出错概率上限"),
    "prior": N_("先验读数个数"),
    "still_cap": N_("静止证据上限"),
    "stretch": N_("最短相同段"),
    "reach": N_("最大时间差"),
    "chance": N_("偶然吻合概率"),
    "min_co2": N_("最小碳排放量"),
    "min_readings": N_("最少读数"),
    "tolerance": N_("容差"),
    "span": N_("连续时长"),
    "spread": N_("正常波动"),
    "floor": N_("概率下限"),
    "max_digits": N_("最多有效数字"),
    "step_cap": N_("单次证据上限"),
    "threshold": N_("判定界限"),
    "lookback_days": N_("回看日数"),
    "history_quarter_days": N_("一刻钟历史日数"),
    "least_quarter_days": N_("一刻钟最少历史日数"),
    "idle_share": N_("空载负荷上限"),
    "idle_days": N_("无产量连续日数"),
    "max_share": N_("计入变化上限"),
    "min_usual": N_("通常不平衡下限"),
    "width": N_("同值宽度"),
    "miss_rate": N_("漏报概率"),
    "stay_rate": N_("续漏概率"),
    "sign_rate": N_("正负号填错概率"),
    "empty_rate": N_("能耗漏填概率"),
    "undeclared_rate": N_("停产未申报概率"),
    "days_in_a_row": N_("连续日数"),
    "factor": N_("超产倍数"),
    "ordinary_factor": N_("正常日倍数"),
    "min_spread": N_("波动下限"),
    "min_load": N_("负荷下限"),
    "settle_days": N_("恢复期"),
    "range": N_("范围倍数"),
    "keep_warm": N_("停产用能占比"),
    "survey_accuracy": N_("盘点最大允许误差"),
    "flow_accuracy": N_("进出量最大允许误差"),
    "settlement_accuracy": N_("结算最大允许差"),
    "coal_accuracy": N_("煤量最大允许误差"),
    "electricity_accuracy": N_("电量最大允许误差"),
    "timing_accuracy": N_("开票时差允许误差"),
    "levels": N_("提示档次"),
    "rate_days": N_("日均统计日数"),
    "pace_accuracy": N_("进度允许偏差"),
    "pace_cap": N_("推算证据上限"),
}
UNITS: Mapping[str, str] = {
    "d": N_("日"),
    "mo": N_("月"),
    "15min": N_("刻钟"),
    "-log10(p)": N_("−lg p"),
    "sd": N_("个标准差"),
    "log10": N_("lg"),
    "list": "",
    "1": "",
}
_ENDS = {
    "nation": N_("全国"),
    "industry": N_("行业"),
    "region": N_("地区"),
    "enterprise": N_("企业"),
}


def layer_of(rule: object) -> str:
    """The layer of a rule object: the folder it is written in."""
    return type(rule).__module__.split(".")[-2]


def layer_text(layer: str) -> str:
    """A layer in words."""
    return _(LAYERS.get(layer, OTHER_LAYER))


def rule_titles() -> dict[str, str]:
    """Title of every rule by code, in order of the codes."""
    from hengjian.monitoring.detectors import rules  # the engine: see tasks.py

    return {code: _(rule.title) for code, rule in rules().items()}


@cache
def rule_layers() -> Mapping[str, str]:
    """Layer of every rule by code."""
    from hengjian.monitoring.detectors import rules  # the engine: see tasks.py

    return {code: layer_of(rule) for code, rule in rules().items()}


def subject_text(subject: str) -> str:
    """A judged product in words; limits name theirs in words already."""
    return _(product_names().get(subject, subject))


def parameter_text(name: str) -> str:
    """A parameter in words; one without words shows its name."""
    return _(PARAMETERS[name]) if name in PARAMETERS else name


def unit_text(unit: str) -> str:
    """The unit of a parameter in words; empty for a bare number."""
    word = UNITS.get(unit, unit)
    return _(word) if word else ""


def value_text(value: str, unit: str) -> str:
    """A parameter's value with its unit; codes of a list in words."""
    if unit == "list":
        return "、".join(_(INDICATORS.get(code, code)) for code in value.split(";"))
    word = unit_text(unit)
    return f"{value} {word}".strip()


def scope_texts(actor: Actor, scopes: Iterable[str]) -> dict[str, str]:
    """Scopes of parameters in words; an enterprise beyond one's own scope stays unnamed. Three queries at most."""
    wanted = {scope: scope.partition(":")[::2] for scope in set(scopes)}

    def codes(kind: str) -> list[str]:
        return [code for found, code in wanted.values() if found == kind]

    names: dict[str, str] = {"": ""}
    if industries := codes("industry"):
        names |= dict(Industry.objects.filter(pk__in=industries).values_list("pk", "name"))
    if regions := [int(code) for code in codes("region")]:
        rows = Region.objects.filter(pk__in=regions).values_list("pk", "name")
        names |= {str(pk): name for pk, name in rows}
    if enterprises := [UUID(code) for code in codes("enterprise")]:
        found = Enterprise.objects.visible_to(actor).filter(pk__in=enterprises)
        names |= {str(pk): name for pk, name in found.values_list("pk", "name")}
    return {scope: _named(kind, names.get(code, "")) for scope, (kind, code) in wanted.items()}


def _named(kind: str, name: str) -> str:
    head = _(_ENDS.get(kind, kind))
    return f"{head}：{name}" if name else head
