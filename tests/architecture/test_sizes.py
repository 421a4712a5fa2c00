"""The house's sizes: files of at most 400 lines, functions of at most 40, no catch-all modules."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = [p for p in sorted((ROOT / "hengjian").rglob("*.py")) if "migrations" not in p.parts]
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def too_long(path: Path, lines: int, body: int) -> list[str]:
    text = path.read_text(encoding="utf-8")
    found = [f"{path}: {n} lines"] if (n := len(text.splitlines())) > lines else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            length = (node.end_lineno or 0) - first.lineno + 1  # signature and docstring explain
            if length > body:
                found.append(f"{path}:{node.lineno} {node.name}: {length} lines")
    return found


def test_files_and_functions_stay_short() -> None:
    assert [f for p in FILES + TESTS for f in too_long(p, 400, 40)] == []


def test_the_check_can_fail(tmp_path: Path) -> None:
    long = tmp_path / "long.py"
    long.write_text("def f():\n" + "    x = 1\n" * 45)
    assert too_long(long, 400, 40)


@pytest.mark.parametrize("name", ["utils", "common", "helpers", "misc"])
def test_no_catch_all(name: str) -> None:
    assert not [p for p in FILES if p.stem == name or name in p.parent.parts]
