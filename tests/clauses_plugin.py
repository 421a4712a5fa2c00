"""Loaded by ``hengjian clauses``: prints clause → tests → result after a run of the tests marked ``clause``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import chain

import pytest

WORST = ("failed", "error", "skipped", "passed")
PLAIN = {"passed": "通过", "failed": "不通过", "error": "出错", "skipped": "跳过"}


class Table:
    """Clauses of each test, and how each test ended."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self.wanted = frozenset(wanted)
        self.tests: dict[str, list[str]] = defaultdict(list)
        self.results: dict[str, str] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        kept: list[pytest.Item] = []
        dropped: list[pytest.Item] = []
        for item in items:
            named = [str(name) for mark in item.iter_markers("clause") for name in mark.args]
            chosen = [name for name in named if not self.wanted or name in self.wanted]
            for name in chosen:
                self.tests[name].append(item.nodeid)
            (kept if chosen else dropped).append(item)
        items[:] = kept
        config.hook.pytest_deselected(items=dropped)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            outcome = "error" if report.failed and report.when != "call" else report.outcome
            self.results[report.nodeid] = outcome

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        out = terminalreporter
        out.section("条款 → 测试 → 结果")
        for clause in sorted(self.tests, key=_natural):
            ends: dict[str, list[str]] = defaultdict(list)
            for test in self.tests[clause]:
                ends[test.partition("[")[0]].append(self.results.get(test, "error"))
            out.line(f"{clause}  {PLAIN[min(chain(*ends.values()), key=WORST.index)]}")
            for test, results in ends.items():
                count = f" ×{len(results)}" if len(results) > 1 else ""
                out.line(f"    {PLAIN[min(results, key=WORST.index)]}  {test}{count}")
        for clause in sorted(self.wanted - set(self.tests), key=_natural):
            out.line(f"{clause}  没有测试")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.wanted - set(self.tests):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--clause", action="append", default=[], help="only this clause of the plan")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Table(config.getoption("--clause")), "clauses-table")


def _natural(clause: str) -> list[tuple[int, str]]:
    """G2 before G10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", clause)]
