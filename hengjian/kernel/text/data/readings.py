"""Readings that a general dictionary gets wrong, and characters with two readings in names.

Sources: place names of Shandong as the locals read them (general knowledge, to_verify).
"""

# Place names whose reading differs from the dictionary's phrase table.
PLACE_READINGS: dict[str, list[list[str]]] = {
    "乐陵": [["lao"], ["ling"]],
    "东阿": [["dong"], ["e"]],
    "单县": [["shan"], ["xian"]],
    "莘县": [["shen"], ["xian"]],
    "茌平": [["chi"], ["ping"]],
    "长清": [["chang"], ["qing"]],
    "长岛": [["chang"], ["dao"]],
    "临朐": [["lin"], ["qu"]],
    "曲阜": [["qu"], ["fu"]],
    "乐安": [["le"], ["an"]],
    "华电": [["hua"], ["dian"]],
    "重油": [["zhong"], ["you"]],
    "重机": [["zhong"], ["ji"]],
    "重汽": [["zhong"], ["qi"]],
    "重工": [["zhong"], ["gong"]],
}

# Characters that people type by either reading when they search a name.
AMBIGUOUS_INITIALS: dict[str, str] = {
    "长": "cz",
    "重": "zc",
    "乐": "ly",
    "单": "ds",
    "行": "xh",
    "石": "sd",
    "会": "hk",
    "朝": "cz",
    "调": "dt",
    "厦": "xs",
    "莘": "sx",
    "盛": "sc",
    "召": "zs",
    "曾": "zc",
    "阿": "ae",
    "弹": "dt",
}
