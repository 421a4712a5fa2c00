"""``hengjian import meter``: the preview leaves no trace, applying is all or nothing, a wrong name is said so."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import transaction

from hengjian.config.cli.base import Failure
from hengjian.config.cli.meter import PLATFORM, find_meter, load_meter
from hengjian.kernel.access.actor import worker
from hengjian.kernel.calendar.clock import today
from hengjian.kernel.database.declare import Kind
from hengjian.kernel.database.scope import assume
from hengjian.measures.models import Reading, ReadingBatch
from hengjian.registry.models import Meter
from hengjian.registry.tests.factories import make_meter, make_site
from tests.support.roles import as_loader_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def meter() -> Meter:
    return make_meter(make_site(name="命令行样厂区"))


def run(
    file: Path, meter: str = "DB-0101", *, site: str = "命令行样厂区", apply: bool = True
) -> None:
    actor = worker(PLATFORM)
    with transaction.atomic():
        assume(kind=Kind.WORKER, uid=None, duty=None, today=today())
        load_meter(actor, find_meter(actor, site, meter), file, layout="", wanted=apply)
        as_loader_now()


def file_of(folder: Path, *rows: str) -> Path:
    path = folder / "电量.csv"
    path.write_text("\n".join(["时间,有功电量(kWh)", *rows]), encoding="utf-8")
    return path


def test_applied_once_and_said_again(
    meter: Meter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file_of(tmp_path, "2026-11-20 0:15,5", "2026-11-20 0:30,6.5")
    run(path, apply=False)
    assert not ReadingBatch.objects.exists()
    run(path)
    assert Reading.objects.filter(meter=meter).count() == 2
    said = capsys.readouterr().out
    assert "active_kwh 11.5" in said
    assert "新增 2 条，更正 0 条，未变 0 条；生成在线计量日报 0 份" in said
    run(path)
    assert "以前导入过" in capsys.readouterr().out


@pytest.mark.usefixtures("meter")
def test_faults_and_wrong_names_are_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file_of(tmp_path, "2026-11-20 0:15,五")
    with pytest.raises(Failure, match="整批未导入"):
        run(path)
    assert "第 2 行 有功电量(kWh)：不是数字：五" in capsys.readouterr().out
    with pytest.raises(Failure, match="没有登记计量器具 X；已登记：DB-0101"):
        run(path, "X")
    with pytest.raises(Failure, match="台账里没有厂区"):
        run(path, site="别处")
    make_site(name="命令行样厂区")
    with pytest.raises(Failure, match="请用编号"):
        run(path)
