"""The filter bar of the alerts: what may be chosen depends on who reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from hengjian.cases.states import SEVERITY_LABELS
from hengjian.kernel.access.scope import can
from hengjian.monitoring.selectors import choices
from hengjian.monitoring.selectors.assignees import holders
from hengjian.web.requests import HouseRequest


def filter_bar(request: HouseRequest) -> list[dict[str, Any]]:
    """Fields for the component ``filters``; a choice of one is left out."""
    get, actor = request.GET.get, request.actor

    def select(name: str, label: str, options: Sequence[tuple[str, str]]) -> dict[str, Any]:
        return {
            "name": name,
            "label": label,
            "kind": "select",
            "value": get(name, ""),
            "options": options,
        }

    fields = [
        {
            "name": "q",
            "label": _("查找"),
            "kind": "search",
            "value": get("q", ""),
            "placeholder": _("厂区名称、拼音首字母或编号"),
        },
        select("city", _("市"), choices.city_choices(actor)),
        select("county", _("县区"), choices.county_choices(actor, get("city", ""))),
        select("industry", _("行业"), choices.industry_choices()),
        select("layer", _("类别"), choices.layer_choices()),
        select("rule", _("规则"), choices.rule_choices()),
        select(
            "level", _("等级"), [(level.value, _(text)) for level, text in SEVERITY_LABELS.items()]
        ),
        select("assignee", _("承办"), _assignees(request)),
        {"name": "since", "label": _("数据日起"), "kind": "date", "value": get("since", "")},
        {
            **select("sort", _("排序"), _sorts()),
            "value": get("sort") or "-score",
            "always": True,
        },
    ]
    return [one for one in fields if one["kind"] != "select" or len(one["options"]) > 1]


def _assignees(request: HouseRequest) -> list[tuple[str, str]]:
    mine = [("me", _("我承办的"))] if can(request.actor, "monitoring.alert.claim") else []
    return [*mine, ("none", _("未指派")), *holders(request.actor)]


def _sorts() -> list[tuple[str, str]]:
    return [
        ("-score", _("厂区评分，高的在前")),
        ("-evidence", _("证据强度，强的在前")),
        ("-stake", _("涉及量，大的在前")),
        ("level", _("等级，重的在前")),
        ("-day", _("数据日，新的在前")),
    ]
