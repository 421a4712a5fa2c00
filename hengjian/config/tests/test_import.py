"""``hengjian import``: the preview leaves no trace, applying is all or nothing, the same file twice changes nothing."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db import transaction

from hengjian.config.cli import main
from hengjian.config.cli.base import Failure
from hengjian.config.cli.imports import PLATFORM, load_register
from hengjian.kernel.access.actor import worker
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.calendar.clock import today
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.database.scope import assume
from hengjian.kernel.errors import DomainError, ValidationFailed
from hengjian.registry.models import ImportBatch, ImportRow, Site, SiteSource
from hengjian.registry.tests.factories import credit_code
from tests.support.cast import DONGGANG, LANSHAN
from tests.support.roles import as_loader_now

pytestmark = pytest.mark.django_db
ROW = {
    "登记编号": "A-1",
    "企业名称": "甲乙钢铁有限公司",
    "统一社会信用代码": credit_code(321),
    "厂区名称": "甲乙岚山厂区",
    "主要行业": "钢铁",
    "产能": "120.5",
    "产能单位": "万吨/年",
    "状态": "在产",
    "监管属地代码": str(LANSHAN),
}
SECOND = {**ROW, "登记编号": "A-2", "厂区名称": "甲乙东港厂区", "监管属地代码": str(DONGGANG)}


def register(folder: Path, *rows: Mapping[str, str], name: str = "register.csv") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(ROW))
        writer.writeheader()
        writer.writerows(rows)
    return path


def run(file: Path, *, apply: bool = False, undecided: str | None = None, source: str = "") -> None:
    """What the command does after its set-up, under the worker's database role."""
    actor = worker(PLATFORM)
    with transaction.atomic():
        assume(kind=Kind.WORKER, uid=None, duty=None, today=today())
        load_register(actor=actor, file=file, source=source, wanted=apply, undecided=undecided)
        if not transaction.get_rollback():
            as_loader_now()


def counts() -> tuple[int, int, int, int]:
    entries = Entry.objects.filter(verb="registry.import.run").count()
    return Site.objects.count(), ImportBatch.objects.count(), ImportRow.objects.count(), entries


def test_a_preview_says_what_would_come_and_leaves_no_trace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(register(tmp_path, ROW, SECOND))
    said = capsys.readouterr().out
    assert "register.csv：2 行" in said
    assert "新建 2" in said
    assert counts() == (0, 0, 0, 0)


@pytest.mark.clause("W3")
def test_applying_writes_all_rows_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = register(tmp_path, ROW, SECOND)
    run(file, apply=True)
    assert "新建 2 家" in capsys.readouterr().out
    assert set(Site.objects.values_list("region_id", flat=True)) == {LANSHAN, DONGGANG}
    assert counts() == (2, 1, 2, 1)
    entry = Entry.objects.get(verb="registry.import.run")
    assert entry.actor_name == PLATFORM
    run(file, apply=True)
    assert "该文件已于" in capsys.readouterr().out
    assert counts() == (2, 1, 2, 1)


def test_the_same_rows_in_another_file_change_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(register(tmp_path, ROW, SECOND), apply=True)
    run(register(tmp_path, SECOND, ROW, name="again.csv"), apply=True)
    assert "没有变化 2 家" in capsys.readouterr().out
    assert Site.objects.count() == 2


def test_a_named_register_is_part_of_each_row_s_identity(tmp_path: Path) -> None:
    run(register(tmp_path, ROW), apply=True, source="市级名册")
    assert SiteSource.objects.get().source == "市级名册"


def test_faults_are_named_by_row_and_column_and_nothing_is_applied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = {**SECOND, "主要行业": "养鱼", "监管属地代码": "371199"}
    file = register(tmp_path, ROW, bad)
    with pytest.raises(Failure, match="整批未导入"):
        run(file, apply=True)
    assert "第 3 行 主要行业 “养鱼”" in capsys.readouterr().out
    elsewhere = register(tmp_path, {**ROW, "监管属地代码": "371199"}, name="b.csv")
    with pytest.raises(Failure, match="整批未导入"):
        run(elsewhere, apply=True)
    assert "第 2 行 监管属地代码 “371199”：没有这个区划代码" in capsys.readouterr().out
    assert counts() == (0, 0, 0, 0)


@pytest.mark.parametrize(("decision", "sites"), [("new", 2), ("skip", 1)])
def test_likely_same_sites_wait_for_a_decision(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], decision: str, sites: int
) -> None:
    run(register(tmp_path, ROW), apply=True)
    likely = register(tmp_path, {**ROW, "登记编号": "B-1"}, name="other.csv")
    with pytest.raises(Failure, match="有 1 行疑似同一厂区"):
        run(likely, apply=True, source="另一名册")
    assert "第 2 行 甲乙岚山厂区 疑似 甲乙岚山厂区" in capsys.readouterr().out
    assert Site.objects.count() == 1
    run(likely, apply=True, source="另一名册", undecided=decision)
    assert Site.objects.count() == sites


@pytest.mark.parametrize(
    ("name", "body", "error"),
    [
        ("a.csv", b"name,color\nx,red\n", ValidationFailed),
        ("a.xlsx", b"PK\x03\x04 broken", DomainError),
        ("a.csv", b"", DomainError),
    ],
)
def test_what_is_no_register_is_refused(
    tmp_path: Path, name: str, body: bytes, error: type[Exception]
) -> None:
    file = tmp_path / name
    file.write_bytes(body)
    with pytest.raises(error):
        run(file, apply=True)
    assert counts() == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("extra", "words"),
    [(["--undecided", "merge"], "--undecided"), (["--source", "名" * 201], "最多 200 字")],
)
def test_a_wrong_option_gets_a_sentence(tmp_path: Path, extra: list[str], words: str) -> None:
    result = CliRunner().invoke(main, ["import", str(register(tmp_path, ROW)), *extra])
    assert result.exit_code in {1, 2}
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
