"""Alerts, problems, people, import and my day for `preview.py`."""

from typing import Any

from django import forms

Pages = dict[str, tuple[str, dict[str, Any]]]
SITE = "岚海特钢有限公司岚山厂区"
EVENTS = [
    {
        "date": "11-22",
        "time": "14:05",
        "title": "企业提交说明",
        "who": "岚海特钢 · 赵文博",
        "text": "2 号转炉检修后重新点火，11 月 15 日起天然气用量偏高，已附检修记录。",
        "tone": "",
        "files": [
            {"label": "检修记录.pdf", "url": "#", "icon": "paperclip", "size": "412 KB"},
            {"label": "现场照片 6", "url": "#", "icon": "camera"},
        ],
    },
    {
        "date": "11-20",
        "time": "16:40",
        "title": "要求企业说明",
        "who": "日照市发展改革委 · 孙晓东",
        "quote": "请说明 11 月 15 日以来单位产品能耗升高的原因，并附检修、停复产记录。",
        "tone": "done",
    },
    {
        "date": "11-20",
        "time": "09:12",
        "title": "立案",
        "who": "日照市发展改革委 · 孙晓东",
        "text": "承办人孙晓东，办结时限 12-05。",
        "tone": "done",
    },
    {
        "date": "11-18",
        "time": "06:00",
        "title": "监测产生红色预警",
        "who": "规则 L101 v3",
        "text": "单位产品能耗连续超过当日限额。",
        "tone": "red",
    },
]
STATES = [("open", "待研判"), ("open", "企业说明中"), ("open", "已立案"), ("done", "已排除")]
LEVELS = [("red", "红色"), ("orange", "橙色"), ("yellow", "黄色"), ("blue", "蓝色")]
FILTERS = [
    {
        "name": "q",
        "label": "厂区",
        "kind": "search",
        "value": "",
        "placeholder": "名称、拼音首字母",
    },
    {"name": "level", "label": "等级", "kind": "select", "value": "", "options": LEVELS},
    {"name": "since", "label": "数据日起", "kind": "date", "value": "2026-11-01"},
]


class _Triage(forms.Form):
    reason = forms.CharField(
        label="排除理由",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明依据，将长期留存。",
    )
    question = forms.CharField(
        label="请企业说明什么",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="企业只看到本问题和自己所报数据。",
    )
    handler = forms.ChoiceField(label="承办人", choices=[("1", "孙晓东（日照市发展改革委）")])
    deadline = forms.DateField(label="时限", widget=forms.DateInput(attrs={"type": "date"}))


class _Act(forms.Form):
    opinion = forms.CharField(label="办理意见", widget=forms.Textarea(attrs={"rows": 3}))


class _Answer(forms.Form):
    answer = forms.CharField(
        label="说明",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="写明原因、起止时间、已采取的措施。",
    )
    attachments = forms.FileField(
        label="附件", required=False, help_text="PDF、图片、Excel，单个不超过 20 MB。"
    )
    correct = forms.BooleanField(label="同时需要更正日报", required=False)


class _File(forms.Form):
    file = forms.FileField(widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}))


def pages() -> Pages:
    """Return page name → template and context."""
    return {
        "alert_list": ("monitoring/alert_list.html", _alert_list()),
        "alert_detail": ("monitoring/alert_detail.html", _alert_detail()),
        "problem_list": ("cases/problem_list.html", _problem_list()),
        "problem_detail": ("cases/problem_detail.html", _problem_detail()),
        "inquiry_detail": ("cases/inquiry_detail.html", _inquiry()),
        "post_list": ("people/post_list.html", _posts()),
        "import_choose": (
            "registry/import.html",
            {
                "stage": "choose",
                "form": _File(),
                "steps": _import_steps(0),
                "limits_text": "不超过 20 MB、20,000 行；含宏、外部链接的文件会被拒收",
                "template_csv_url": "#",
                "template_xlsx_url": "#",
            },
        ),
        "import_preview": ("registry/import.html", _import_preview()),
        "my_day": ("kernel/my_day.html", _my_day()),
    }


def _tabs(labels: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {"label": text, "count": count, "url": "#", "current": at == 0}
        for at, (text, count) in enumerate(labels)
    ]


def _alert_list() -> dict[str, Any]:
    titles = [
        "单位产品能耗连续 8 日超过限额",
        "焦炭单位产品能耗超过限额",
        "用电量与申报产量推算值偏差 31%",
        "日报连续 2 日未报",
    ]
    rows = [
        {
            "url": "alert_detail.html",
            "level": LEVELS[at % 4][0],
            "level_text": LEVELS[at % 4][1],
            "title": titles[at % 4],
            "site": SITE if at % 3 else "沂蒙青石水泥有限公司莒南厂区",
            "place": "日照市 岚山区",
            "day": f"11-{22 - at % 9:02d}",
            "observed": f"{542 - at * 3}.0 kgce/t",
            "expected": "≤ 535.0 kgce/t",
            "excess": f"+{1.3 + at / 10:.1f}%",
            "stake": f"{61.4 + at * 7:.1f} tce",
            "state": STATES[at % 4][0],
            "state_text": STATES[at % 4][1],
            "due": "今日 18:00" if at else "已逾期 1 日",
            "late": at == 0,
        }
        for at in range(20)
    ]
    return {
        "rows_of_page": rows,
        "filters": FILTERS,
        "scope_text": "日照市 · 未办结 24 件",
        "export_url": "#",
        "tabs": _tabs(
            [
                ("待研判", "9"),
                ("企业说明中", "6"),
                ("已立案", "9"),
                ("已排除", "41"),
                ("全部", "65"),
            ]
        ),
    }


def _alert_detail() -> dict[str, Any]:
    days = [f"11-{at:02d}" for at in range(8, 23)]
    use = [
        526.1,
        528.0,
        524.9,
        530.2,
        529.1,
        531.6,
        533.4,
        536.2,
        537.0,
        538.4,
        539.9,
        540.2,
        541.1,
        540.8,
        542.0,
    ]
    inputs = [
        {
            "day": day,
            "source": "企业填报",
            "revision": "初报",
            "received": f"{day} 次日 09:12",
            "output": "8,614",
            "energy": "4,668.8",
            "unit_use": f"{value:.1f}",
            "limit": "535.0",
            "over": value > 535,
            "url": "#",
        }
        for day, value in list(zip(days, use, strict=True))[-8:][::-1]
    ]
    return {
        "alert": {"title": "单位产品能耗连续 8 日超过限额", "number": "YJ-20261122-0031", "level": "red", "level_text": "红色", "state": "open", "state_text": "待研判", "site": SITE, "site_url": "site_detail.html", "region": "日照市 岚山区", "day": "2026-11-22", "text": "11 月 15 日至 22 日，粗钢单位产品综合能耗为 536.2 至 542.0 kgce/t，连续 8 日高于当日有效的限额 535.0 kgce/t（GB 21256—2025 表 2，2 级）。按同期产量计，超限额能耗 61.4 tce。"},
        "compare": [
            {"label": "实测（11-22）", "value": "542.0", "unit": "kgce/t", "note": "4,668.8 tce ÷ 8,614 吨", "over": True},
            {"label": "当日限额", "value": "≤ 535.0", "unit": "kgce/t", "note": "2 级，2026-11-01 起", "over": False},
            {"label": "偏离", "value": "+1.3", "unit": "%", "note": "连续 8 日", "over": True},
            {"label": "涉及能耗", "value": "61.4", "unit": "tce", "note": "超限额部分累计", "over": False},
        ],
        "chart": {"unit": "kgce/t", "x": days, "series": [{"name": "单位产品能耗", "kind": "line", "data": use}], "limit": {"name": "当日限额", "value": 535}},
        "chart_text": "11 月 8 日至 22 日单位产品能耗由 526.1 升至 542.0，15 日起超过限额 535.0",
        "evidence": [{"label": "综合能耗", "value": "4,668.8", "unit": "tce"}, {"label": "产量", "value": "8,614", "unit": "吨"}, {"label": "折标系数", "value": "2026-01 版", "url": "#"}, {"label": "口径", "value": "当量值，不含原料用能"}],
        "rule": [{"label": "规则", "value": "L101 单耗超限额", "url": "#"}, {"label": "版本", "value": "v3"}, {"label": "依据", "value": "GB 21256—2025"}, {"label": "参数", "value": "连续 3 日"}, {"label": "运行", "value": "11-23 06:00"}],
        "inputs": inputs, "may_triage": True, "form": _Triage(), "triage_url": "#", "events": EVENTS[-1:],
        "choices": [
            {"value": "dismiss", "label": "排除", "help": "数据或规则原因，不构成问题", "checked": False},
            {"value": "ask", "label": "请企业说明", "help": "企业只看到问题和自己所报数据", "checked": True},
            {"value": "open", "label": "立案", "help": "指定承办人和时限", "checked": False},
        ],
    }  # fmt: skip


def _problem_list() -> dict[str, Any]:
    rows = [
        {
            "url": "problem_detail.html",
            "number": f"WT-2026-{417 - at:04d}",
            "title": "粗钢单位产品能耗超限额",
            "level": LEVELS[at % 3][0],
            "level_text": LEVELS[at % 3][1],
            "site": SITE,
            "place": "日照市 岚山区",
            "handler": "孙晓东",
            "opened": f"11-{20 - at:02d}",
            "deadline": "12-05（剩 9 个工作日）" if at else "11-21（逾期 1 日）",
            "late": at == 0,
            "state": "open" if at < 6 else "done",
            "state_text": "办理中" if at < 6 else "已办结",
        }
        for at in range(9)
    ]
    return {
        "rows_of_page": rows,
        "filters": FILTERS[:2],
        "scope_text": "日照市",
        "tabs": _tabs([("办理中", "9"), ("已办结", "32"), ("全部", "41")]),
    }


def _problem_detail() -> dict[str, Any]:
    return {
        "problem": {"title": "岚海特钢粗钢单位产品能耗超限额", "number": "WT-2026-0417", "level": "red", "level_text": "红色", "state": "open", "state_text": "企业说明中", "site": SITE, "site_url": "#", "region": "日照市 岚山区", "text": ""},
        "steps": [{"label": "预警", "note": "11-18 06:00", "state": "ok"}, {"label": "立案", "note": "11-20 09:12", "state": "ok"}, {"label": "企业说明", "note": "11-22 14:05", "state": "ok"}, {"label": "核实", "note": "限 11-28", "state": "cur"}, {"label": "处置", "note": "限 12-05", "state": "todo"}, {"label": "办结归档", "note": "", "state": "todo"}],
        "facts": [{"label": "实测单耗（11-22）", "value": "542.0", "unit": "kgce/t", "tone": "over", "note": "限额 535.0"}, {"label": "超限额天数", "value": "8", "unit": "日"}, {"label": "涉及能耗", "value": "61.4", "unit": "tce"}, {"label": "企业申报产量", "value": "68,912", "unit": "吨"}, {"label": "口径", "value": "当量值"}, {"label": "因子版本", "value": "2026-01"}],
        "alerts": [{"url": "alert_detail.html", "level": "red", "level_text": "红色", "title": "单位产品能耗连续 8 日超过限额", "text": "542.0 kgce/t，限额 535.0", "day": "11-22"}],
        "inquiries": [{"url": "inquiry_detail.html", "title": "请说明单位产品能耗升高原因", "text": "企业 11-22 14:05 已说明，附件 2 份", "state": "done", "state_text": "已说明", "due": "限 11-25"}],
        "events": EVENTS, "form": _Act(), "act_url": "#",
        "actions": [{"name": "verify", "label": "转核实", "kind": "primary", "confirm": ""}, {"name": "return", "label": "退回补充", "kind": "", "confirm": ""}, {"name": "close", "label": "办结", "kind": "danger", "confirm": "办结后不能再修改，确定办结？"}],
        "deadlines": [{"label": "企业说明", "value": "11-25 已交"}, {"label": "核实", "value": "11-28（剩 4 个工作日）"}, {"label": "办结", "value": "12-05（剩 9 个工作日）"}],
        "people": [{"name": "孙晓东", "role": "日照市发展改革委 · 承办", "initial": "孙", "state": "办理中"}, {"name": "陈立新", "role": "省发展改革委 · 督办", "initial": "陈", "state": "知悉"}],
    }  # fmt: skip


def _inquiry() -> dict[str, Any]:
    return {
        "inquiry": {"title": "请说明单位产品能耗升高原因", "number": "SM-2026-0088", "state": "open", "state_text": "待说明", "site": SITE, "asked_by": "日照市发展和改革委员会", "asked_at": "11-20 16:40", "due": "限 11-25 18:00", "late": False, "question": "请说明 11 月 15 日以来单位产品能耗升高的原因，并附检修、停复产记录。"},
        "figures": [{"day": f"11-{22 - at:02d}", "output": "8,614", "energy": "4,668.8", "unit_use": f"{542 - at}.0", "url": "#"} for at in range(8)],
        "may_answer": True, "form": _Answer(), "answers": [],
    }  # fmt: skip


def _posts() -> dict[str, Any]:
    rows = [
        {
            "url": "#",
            "organ": "日照市发展和改革委员会",
            "title": "节能监察科科长",
            "role": "市级监管员",
            "scope": "日照市",
            "person": "" if at == 2 else "孙晓东",
            "since": "2026-01-01",
            "until": "",
            "account": "rizhao.city",
            "state": "done" if at != 2 else "open",
            "state_text": "在任" if at != 2 else "待补",
        }
        for at in range(8)
    ]
    return {
        "rows_of_page": rows,
        "filters": FILTERS[:1],
        "scope_text": "日照市 · 96 个岗位，空缺 3",
        "create_url": "#",
    }


def _import_steps(at: int) -> list[dict[str, str]]:
    names = ["选择文件", "核对", "完成"]
    return [
        {"label": name, "note": "", "state": "ok" if i < at else "cur" if i == at else "todo"}
        for i, name in enumerate(names)
    ]


def _import_preview() -> dict[str, Any]:
    return {
        "stage": "preview", "steps": _import_steps(1), "file": {"name": "厂区清单.xlsx", "size": "84 KB", "digest": "a3f19c1e"}, "may_commit": False,
        "summary": [{"label": "新增", "value": "212", "unit": "家"}, {"label": "更新", "value": "18", "unit": "家"}, {"label": "相同", "value": "51", "unit": "家"}, {"label": "待决定", "value": "2", "unit": "家", "tone": "bad", "note": "疑似同一企业"}, {"label": "错误", "value": "2", "unit": "处", "tone": "bad", "note": "更正后重新上传"}],
        "errors": [{"row": 17, "column": "统一社会信用代码", "value": "91371100MA3XXXXX1X", "text": "校验位不符，应为 0X 结尾"}, {"row": 40, "column": "经度", "value": "191.33", "text": "超出山东省范围（114.8 至 122.7）"}],
        "errors_more": "",
        "matches": [{"key": "m12", "row": 12, "name": "岚海钢铁厂", "city": "日照市", "candidate": SITE, "candidate_code": "91371100MA3XXXXX0X", "score": "94%", "reason": "曾用名相同，相距 0.3 公里", "value": "same"}, {"key": "m31", "row": 31, "name": "青石水泥莒南分公司", "city": "临沂市", "candidate": "沂蒙青石水泥有限公司莒南厂区", "candidate_code": "91371300MA3XXXXX2X", "score": "81%", "reason": "名称相近，同县", "value": "new"}],
        "columns": ["名称", "统一社会信用代码", "市", "县", "经度", "纬度"],
        "sample": [["北岭化工有限公司", "91370700MA3XXXXX5X", "潍坊市", "寿光市", "118.79", "36.86"], ["望岳玻璃有限公司", "91370900MA3XXXXX6X", "泰安市", "岱岳区", "117.04", "36.19"]],
    }  # fmt: skip


def _my_day() -> dict[str, Any]:
    kinds = [
        ("red", "红色"),
        ("orange", "橙色"),
        ("plain", "退回"),
        ("plain", "说明"),
        ("yellow", "黄色"),
        ("plain", "到期"),
    ]
    titles = [
        "岚海特钢：单位产品能耗连续 8 日超过限额",
        "凤台热电：供电煤耗超限额",
        "望岳玻璃 11 月 21 日日报更正待确认",
        "岚海特钢已说明能耗升高原因",
        "石臼北轮胎：日报连续 2 日未报",
        "WT-2026-0409 办结时限将到",
    ]
    return {
        "hello": "孙晓东，上午好", "day_text": "2026年11月23日 星期一 · 工作日",
        "figures": [{"label": "在管厂区", "value": "62", "unit": "家", "note": "钢铁 4 · 水泥 9 · 其他 49"}, {"label": "昨日已报", "value": "58", "unit": "家", "note": "缺 4 家", "tone": "bad", "spark": [60, 61, 61, 59, 62, 60, 58]}, {"label": "昨日综合能耗", "value": "38,214", "unit": "tce", "note": "较前日 +0.8%", "spark": [37, 37, 38, 38, 37, 38, 38]}, {"label": "待研判预警", "value": "9", "unit": "件", "note": "红 1 · 橙 3", "spark": [5, 6, 6, 7, 8, 9, 9], "spark_tone": "red"}, {"label": "办理中问题", "value": "9", "unit": "件", "note": "逾期 1", "tone": "bad"}],
        "urgent_title": "待我办理",
        "urgent": [{"url": "alert_detail.html", "kind": kinds[at][0], "kind_text": kinds[at][1], "title": titles[at], "text": "日照市 岚山区 · 542.0 kgce/t，限额 535.0" if at % 2 == 0 else "日照市 东港区", "due": "已逾期 1 日" if at == 0 else f"剩 {at} 日", "late": at == 0, "time": f"11-22 0{9 - at}:12"} for at in range(6)],
        "gaps_title": "本市缺口",
        "gaps": [{"label": "昨日未报", "value": "4", "unit": "家", "tone": "over", "url": "#"}, {"label": "岗位空缺", "value": "3", "unit": "个", "tone": "over", "url": "#"}, {"label": "计量器具过期", "value": "7", "unit": "台", "url": "#"}, {"label": "待补坐标", "value": "2", "unit": "家", "url": "#"}],
        "news": [{"url": "#", "title": "临沂移交问题 1 件", "text": "跨市厂区，今日确认", "time": "08:20"}, {"url": "#", "title": "限额新版生效", "text": "GB 21256—2025，影响 4 家", "time": "11-22"}],
        "links": [{"label": "企业台账", "url": "#", "icon": "building-2"}, {"label": "批量导入", "url": "#", "icon": "upload"}],
    }  # fmt: skip
