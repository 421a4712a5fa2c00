"""Words of enterprise and plant names that say little about which one it is."""

PROVINCE = "山东"
CITIES = (
    "济南", "青岛", "淄博", "枣庄", "东营", "烟台", "潍坊", "济宁",
    "泰安", "威海", "日照", "临沂", "德州", "聊城", "滨州", "菏泽",
)
FORMER_MARKS = ("原名", "曾用名", "原称", "原")
LEGAL_FORMS = (
    "股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "总公司", "公司",
)
# Removed from the core of a Chinese name before comparing; what stays tells plants apart.
GENERIC_ZH = (
    "热电联产", "发电厂", "热电厂", "电厂", "热电", "发电", "热力", "自备", "集团", "项目",
    "扩建工程", "供热中心", "公共供热", "控股", "实业",
)
GENERIC_EN = frozenset(
    """power station plant coal cogen cogeneration chp thermal thermoelectric thermoelectricity heat
    heating supply captive energy electric electricity co ltd limited company corp corporation
    group inc holding holdings investment china shandong province the of and works project
    branch center centre development industrial industry general""".split()
)
CHINA = ("中国", "中华人民共和国")
