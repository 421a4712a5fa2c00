"""Invented firms, people and figures for `preview.py`."""

from decimal import Decimal
from typing import Any

from django import forms

Pages = dict[str, tuple[str, dict[str, Any]]]

CITIES = ["日照市", "临沂市", "潍坊市", "滨州市", "聊城市", "济宁市"]
COUNTIES = ["岚山区", "莒南县", "寿光市", "邹平市", "茌平区", "任城区"]
FIRMS = [
    "岚海特钢", "沂蒙青石水泥", "北岭化工", "黄河滩铝业", "运河湾焦化", "凤台热电", "望岳玻璃",
    "金沙湾合成氨", "石臼北轮胎", "泗水源烧碱", "云门山铸造", "鲁南铁合金", "白浪河石化",
]  # fmt: skip
INDUSTRIES = ["钢铁", "水泥", "煤制化工", "电解铝", "焦化", "煤电", "平板玻璃", "合成氨"]
LEVELS = [("none", "正常")] * 5 + [
    ("red", "红色"),
    ("none", "正常"),
    ("orange", "橙色"),
    ("yellow", "黄色"),
    ("blue", "蓝色"),
]


def _nav(current: str) -> list[dict[str, Any]]:
    sections = [
        (
            "工作台",
            [("我的一天", "house", "6"), ("预警", "siren", "24"), ("问题办理", "stamp", "")],
        ),
        (
            "台账",
            [
                ("企业台账", "building-2", ""),
                ("日报", "clipboard-pen", ""),
                ("批量导入", "upload", ""),
            ],
        ),
        ("系统", [("组织与岗位", "users", ""), ("操作记录", "history", "")]),
    ]
    return [
        {
            "label": label,
            "items": [
                {
                    "label": text,
                    "url": "#",
                    "icon": icon,
                    "badge": badge,
                    "current": text == current,
                }
                for text, icon, badge in items
            ],
        }
        for label, items in sections
    ]


FRAME: dict[str, Any] = {
    "user_name": "孙晓东",
    "organ": "日照市发展和改革委员会",
    "post": "市级监管员",
    "posts": [
        {"id": 1, "label": "日照市发展和改革委员会 · 市级监管员", "current": True},
        {"id": 2, "label": "日照市产量控制专班 · 联络员", "current": False},
    ],
    "switch_post_url": "#",
    "inbox_count": 6,
    "inbox_url": "#",
    "demo": True,
    "version": "0.1.0",
    "data_time": "2026-11-23 08:00",
    "nav": _nav("企业台账"),
}


def pages() -> Pages:
    """Return page name → template and context."""
    import preview_cases
    import preview_entrance

    return {
        "site_list": ("registry/site_list.html", _site_list()),
        "site_list_empty": (
            "registry/site_list.html",
            {**_site_list(), "rows_of_page": None, "page": {"object_list": []}},
        ),
        "site_detail": ("registry/site_detail.html", _site_detail()),
        "report_form": ("measures/report_form.html", _report_form(errors=False)),
        "report_form_errors": ("measures/report_form.html", _report_form(errors=True)),
        **preview_cases.pages(),
        **preview_entrance.pages(),
    }


def _site_list() -> dict[str, Any]:
    return {
        "rows_of_page": [_site_row(at) for at in range(50)],
        "scope_text": "日照市等 6 市 · 603 家在管",
        "export_url": "#",
        "import_url": "#",
        "create_url": "#",
        "filters": [
            {
                "name": "q",
                "label": "企业",
                "kind": "search",
                "value": "",
                "placeholder": "名称、信用代码、拼音首字母",
            },
            {
                "name": "city",
                "label": "市",
                "kind": "select",
                "value": "",
                "options": [(c, c) for c in CITIES],
            },
            {
                "name": "industry",
                "label": "行业",
                "kind": "select",
                "value": "",
                "options": [(c, c) for c in INDUSTRIES],
            },
            {
                "name": "level",
                "label": "预警",
                "kind": "select",
                "value": "",
                "options": [("red", "红色"), ("orange", "橙色")],
            },
        ],
    }


def _site_row(at: int) -> dict[str, Any]:
    level, text = LEVELS[at * 7 % len(LEVELS)]
    ratio = Decimal(720 + at * 137 % 360) / 10 if at % 9 else None
    if level == "red":
        ratio = Decimal(1042 + at) / 10
    return {
        "url": "site_detail.html", "name": f"{FIRMS[at % 13]}有限公司{CITIES[at % 6][:2]}厂区", "code": "91371100MA3XXXXX0X",
        "note": "曾用名：岚海钢铁厂" if at == 5 else "", "level": level, "level_text": text, "city": CITIES[at % 6],
        "county": COUNTIES[at % 6], "industry": INDUSTRIES[at % 8], "controlled": at % 8 == 0,
        "capacity": f"{120 + at * 13 % 300} 万吨/年", "day": "11-22" if at % 9 else "11-20",
        "output": f"{4300 + at * 977 % 9000:,}", "energy": f"{1200 + at * 311 % 4000:,}.{at % 10}",
        "coal": f"{300 + at * 97 % 900:,}", "power": f"{20 + at * 13 % 200}.{at % 10}",
        "unit_use": f"{ratio * 5:.1f}" if ratio else "–", "unit_limit": "540.0", "ratio": ratio,
        "ratio_text": f"{ratio:.1f}" if ratio else "", "report": "done" if at % 9 else "open",
        "report_text": "已报" if at % 9 else "缺 2 日", "place": "已核" if at % 11 else "待补坐标",
    }  # fmt: skip


def _series() -> tuple[list[str], list[float | None], list[float]]:
    days = [
        f"{10 if at < 39 else 11}-{(at - 8 if at < 39 else at - 38):02d}" for at in range(9, 61)
    ]
    use: list[float | None] = [
        round(512 + (at * 37 % 23) - 8 + (30 if at > 44 else 0), 1) for at in range(len(days))
    ]
    use[20] = None
    return days, use, [540.0 if at < 40 else 535.0 for at in range(len(days))]


def _site_detail() -> dict[str, Any]:
    days, use, limit = _series()
    return {
        "site": {"name": "岚海特钢有限公司岚山厂区", "enterprise": "岚海特钢有限公司", "code": "91371100MA3XXXXX0X", "level": "red", "level_text": "红色", "controlled": True, "industry": "钢铁（炼钢、焦化、自备电）", "region": "日照市 岚山区", "note": "曾用名：岚海钢铁厂 · 生产日 8:00 起"},
        "acts": [
            {"label": "导出", "url": "#", "icon": "download", "primary": False},
            {"label": "录入日报", "url": "report_form.html", "icon": "clipboard-pen", "primary": True},
        ],
        "figures": [
            {"label": "昨日产量", "value": "8,614", "unit": "吨", "note": "较前日 +1.2%", "spark": [82, 84, 83, 86, 85, 87, 86]},
            {"label": "昨日综合能耗", "value": "4,668.8", "unit": "tce", "note": "较前日 +2.9%", "tone": "bad", "spark": [42, 43, 43, 45, 46, 46, 47]},
            {"label": "单位产品能耗", "value": "542.0", "unit": "kgce/t", "note": "限额 535.0，超 1.3%", "tone": "bad", "spark": [512, 515, 520, 528, 536, 541, 542], "spark_tone": "red"},
            {"label": "昨日煤耗", "value": "2,107", "unit": "吨", "note": "较前日 −0.4%", "tone": "good", "spark": [22, 21, 22, 21, 21, 21, 21]},
            {"label": "昨日二氧化碳", "value": "12,431", "unit": "吨", "note": "因子版本 2026-01", "spark": [11, 11, 12, 12, 12, 12, 12]},
            {"label": "未办结预警", "value": "3", "unit": "件", "note": "红 1 · 橙 1 · 蓝 1", "url": "#"},
        ],
        "chart": {"unit": "kgce/t", "x": days, "series": [{"name": "单位产品能耗", "kind": "line", "data": use}, {"name": "近 7 日均值", "kind": "line", "dashed": True, "data": [515 + at / 3 for at in range(len(days))]}], "limit": {"name": "当日限额", "data": limit}},
        "chart_title": "单位产品能耗", "chart_text": "岚海特钢近 52 日单位产品能耗与限额，11 月 15 日起连续超过限额",
        "limits": [
            {"product": "粗钢", "item": "单位产品综合能耗", "standard": "GB 21256—2025 表 2", "level": "2 级", "value": "535.0", "unit": "kgce/t", "since": "2026-11-01", "actual": "528.6", "over": False},
            {"product": "焦炭", "item": "单位产品能耗（顶装）", "standard": "GB 21342—2025 表 1", "level": "3 级", "value": "127.0", "unit": "kgce/t", "since": "2026-01-01", "actual": "131.4", "over": True},
            {"product": "炼铁工序", "item": "工序能耗", "standard": "GB 21256—2025 表 4", "level": "2 级", "value": "370.0", "unit": "kgce/t", "since": "2026-11-01", "actual": "361.2", "over": False},
        ],
        "alerts": [
            {"url": "alert_detail.html", "level": "red", "level_text": "红色", "title": "单位产品能耗连续 8 日超过限额", "text": "542.0 kgce/t，限额 535.0；涉及能耗 61.4 tce", "day": "11-22", "state": "open", "state_text": "待研判"},
            {"url": "#", "level": "orange", "level_text": "橙色", "title": "焦炭单位产品能耗超过限额", "text": "131.4 kgce/t，限额 127.0", "day": "11-18", "state": "open", "state_text": "企业说明中"},
            {"url": "#", "level": "blue", "level_text": "蓝色", "title": "日报晚报 3 小时", "text": "应于 10:00 前报送，13:02 收到", "day": "11-09", "state": "done", "state_text": "已排除"},
        ],
        "reports": [{"day": f"11-{22 - at:02d}", "source": "企业填报", "revision": "初报" if at else "第 2 次修订", "output": f"{8614 - at * 37:,}", "energy": f"{4668 - at * 29:,}.8", "unit_use": f"{542 - at * 2}.0", "over": at < 3, "receipt": f"a3f{at}…9c1e", "url": "#"} for at in range(7)],
        "facts": [
            {"label": "监管属地", "value": "日照市 岚山区"}, {"label": "坐标", "value": "35.1208°N 119.3386°E"}, {"label": "坐标系", "value": "CGCS2000"},
            {"label": "产品产能", "value": "粗钢 310", "unit": "万吨/年"}, {"label": "产量受控", "value": "自 2026-01-01"}, {"label": "生产日", "value": "8:00 起"},
            {"label": "填报人", "value": "赵文博"}, {"label": "驻企督导员", "value": "未指定", "tone": "over"},
        ],
        "lines": [{"name": "1 号 120 吨转炉", "product": "粗钢", "capacity": "150 万吨/年", "state": "在产"}, {"name": "2 号 120 吨转炉", "product": "粗钢", "capacity": "160 万吨/年", "state": "检修"}, {"name": "1 号焦炉", "product": "焦炭", "capacity": "95 万吨/年", "state": "在产"}],
        "meters": [{"code": "DB-0101", "name": "进线总表", "level": "一级", "accuracy": "0.2S", "valid_until": "至 2027-03-31", "late": False}, {"code": "PD-0302", "name": "入炉煤皮带秤", "level": "二级", "accuracy": "0.5", "valid_until": "2026-10-31 过期", "late": True}],
        "events": [
            {"date": "11-22", "time": "06:00", "title": "监测产生红色预警", "who": "规则 EU-01 v3", "text": "单位产品能耗连续 8 日超过限额。", "tone": "red"},
            {"date": "11-20", "time": "16:40", "title": "登记限额", "who": "孙晓东", "text": "粗钢 535.0 kgce/t，自 2026-11-01。", "tone": "done"},
            {"date": "09-01", "time": "10:02", "title": "登记厂区", "who": "王守成", "text": "坐标落在岚山区，经确认为监管属地。", "tone": "done"},
        ],
        "alerts_url": "#", "reports_url": "#",
    }  # fmt: skip


class ReportForm(forms.Form):
    """Stand-in of the daily report's form."""

    reason = forms.CharField(
        label="更正原因",
        help_text="写明哪个数错、为什么错、依据是什么；将与修订一并留存。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


QUANTITIES = [
    ("output", "粗钢产量", "合格品，按过磅数", "吨", "8,510", "8,497"),
    ("coal", "入炉原煤", "皮带秤当日累计", "吨", "2,116", "2,098"),
    ("coke", "外购焦炭", "", "吨", "1,204", "1,187"),
    ("power", "外购电量", "关口表，倍率已乘", "万千瓦时", "126.4", "125.9"),
    ("gas", "天然气", "", "万立方米", "3.82", "3.77"),
    ("steam", "外购蒸汽", "", "吉焦", "0", "0"),
    ("water", "新水用量", "", "立方米", "21,340", "21,105"),
]


def _report_form(*, errors: bool) -> dict[str, Any]:
    form: forms.Form = ReportForm({"output": "-3", "coal": "2120", "power": ""} if errors else None)
    rows: list[dict[str, Any]] = []
    for at, (name, label, hint, unit, yesterday, average) in enumerate(QUANTITIES):
        if at in (0, 1):
            rows.append({"section": ["产品", "能源与水"][at]})
        widget = forms.TextInput(
            attrs={
                "data-amount": "",
                "data-yesterday": yesterday.replace(",", ""),
                "inputmode": "decimal",
                "autocomplete": "off",
            }
        )
        initial = {"output": "8614", "coal": "2107", "power": "198.3"}.get(name)
        form.fields[name] = forms.DecimalField(
            label=label, widget=widget, min_value=0, help_text=hint, initial=initial
        )
        rows.append(
            {
                "name": name,
                "label": label,
                "hint": hint,
                "unit": unit,
                "yesterday": yesterday,
                "average": average,
            }
        )
    for row in rows:
        if "name" in row:
            row["bound"] = form[row["name"]]
    return {
        "nav": _nav("日报"), "user_name": "赵文博", "organ": "岚海特钢有限公司", "post": "填报员", "posts": [],
        "site": {"name": "岚海特钢有限公司岚山厂区", "url": "#"}, "form": form, "rows": rows, "is_correction": errors,
        "form_title": "钢铁生产经营日报", "day_text": "2026年11月22日 星期日", "draft_url": "#", "draft_text": "" if errors else "草稿已保存 08:14",
        "revision_text": "第 2 次修订" if errors else "", "deadline_text": "已过 10:00 时限" if errors else "今日 10:00 前报送", "late": errors,
        "due_list": [{"label": "11月21日 日报", "url": "#", "state": "open", "state_text": "退回更正"}, {"label": "11月20日 日报", "url": "#", "state": "open", "state_text": "未报"}],
        "receipts": [{"day": "11月19日 日报", "text": "11-20 09:12 收到，初报", "hash": "a3f1…9c1e", "url": "#"}, {"day": "11月18日 日报", "text": "11-19 09:05 收到，初报", "hash": "77b0…d24a", "url": "#"}],
    }  # fmt: skip
