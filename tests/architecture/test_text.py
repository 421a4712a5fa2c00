"""Everything a user reads goes through gettext: no Chinese literal elsewhere (legal and reference data exempt)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CJK = re.compile(r"[\u3400-\u9fff\uff01-\uff5e\u3001\u3002“”]")
HAN = re.compile(r"[\u3400-\u9fff]")
MARKS = {"_", "N_", "gettext", "gettext_lazy", "ngettext", "pgettext", "gettext_noop"}
EXEMPT = {"migrations", "tests", "data"}
# Comments of database columns and the docstrings are for developers.
QUIET_KEYWORDS = {"db_comment"}


def chinese_literals(text: str) -> list[tuple[int, str]]:
    tree = ast.parse(text)
    allowed: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = (
                node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            )
            if name in MARKS or name == "compile":  # patterns are not shown
                allowed.update(id(n) for a in node.args for n in ast.walk(a))
            for keyword in node.keywords:
                if keyword.arg in QUIET_KEYWORDS:
                    allowed.update(id(n) for n in ast.walk(keyword.value))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            allowed.add(id(node.value))
    return [
        (n.lineno, n.value)
        for n in ast.walk(tree)
        if isinstance(n, ast.Constant)
        and isinstance(n.value, str)
        and HAN.search(n.value)
        and id(n) not in allowed
    ]


def template_literals(text: str) -> list[str]:
    text = re.sub(r"{%\s*comment\s*.*?%}.*?{%\s*endcomment\s*%}", "", text, flags=re.DOTALL)
    text = re.sub(r"{#.*?#}", "", text)
    text = re.sub(
        r"{%\s*blocktranslate.*?%}.*?{%\s*endblocktranslate\s*%}", "", text, flags=re.DOTALL
    )
    text = re.sub(r"{%\s*translate\s+(\"[^\"]*\"|'[^']*').*?%}", "", text, flags=re.DOTALL)
    return [line.strip() for line in text.splitlines() if HAN.search(line)]


def test_python_has_no_bare_chinese() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} {value[:30]}"
        for path in sorted((ROOT / "hengjian").rglob("*.py"))
        if not EXEMPT & set(path.parts)
        for line, value in chinese_literals(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_templates_have_no_bare_chinese() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line[:40]}"
        for path in sorted((ROOT / "hengjian").rglob("*.html"))
        for line in template_literals(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_typescript_has_no_chinese_outside_comments() -> None:
    found = []
    for path in sorted((ROOT / "assets" / "src").rglob("*.ts")):
        text = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        if HAN.search(text):
            found.append(str(path))
    assert found == []


def test_the_checks_can_fail() -> None:
    assert chinese_literals('x = "企业"') == [(1, "企业")]
    assert chinese_literals('x = _("企业")') == []
    assert template_literals("<p>企业</p>")
    assert not template_literals('<p>{% translate "企业" %}</p>')
