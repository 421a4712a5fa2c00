"""Files of meters: the public file of a steel works as an invented site's meter, and files as people save them."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

from hengjian.kernel.access.actor import worker
from hengjian.kernel.audit.models import Entry
from hengjian.kernel.errors import ValidationFailed
from hengjian.measures.models import MeterEvent, Reading, ReadingBatch, Report
from hengjian.measures.selectors.readings import day_totals
from hengjian.measures.services.meter_import import import_meter_file
from hengjian.measures.tests.scene import make_scene
from hengjian.registry.models import Meter
from hengjian.registry.tests.factories import make_meter
from tests.support.roles import acting

pytestmark = pytest.mark.django_db
UCI = Path(__file__).resolve().parents[4] / (
    "shared/data/steel_energy_uci/Steel_industry_data_2018-01_2018-09.csv"
)
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
TODAY = date(2026, 11, 23)
PLATFORM = worker("计量测试")


@pytest.fixture
def meter() -> Meter:
    return make_meter(make_scene().site)


def load(meter: Meter, path: Path, layout: str = "", *, apply: bool = True) -> ReadingBatch:
    with acting(PLATFORM):
        return import_meter_file(
            actor=PLATFORM, meter_id=meter.pk, path=path, file_name=path.name, layout=layout,
            now=NOW, today=TODAY, apply=apply,
        )  # fmt: skip


def uci() -> Path:
    if not UCI.is_file():
        pytest.skip(f"the public file is not here: {UCI}")
    return UCI


def by_calendar(path: Path) -> dict[date, list[dict[str, str]]]:
    """Rows by day, worked out from the second column of time (seconds from midnight), not from order."""
    days = defaultdict(list)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            day, month, year = map(int, row["date"].split()[0].split("/"))
            days[date(year, month, day)].append(row)
    return days


def test_the_steel_works_file_imports_to_the_last_digit(meter: Meter) -> None:
    path = uci()
    batch = load(meter, path)
    truth = by_calendar(path)
    assert batch.layout == "uci_steel"
    assert (batch.created, batch.corrected, batch.fault_count) == (26208, 0, 0)
    assert batch.summary["days"] == batch.summary["complete_days"] == len(truth) == 273

    totals = {t.day: t for t in day_totals(PLATFORM, meter.site_id, min(truth), max(truth))}
    for day, rows in truth.items():
        total = totals[day]
        assert total.rows == total.measured == len(rows) == 96
        for value, column in [
            (total.active_kwh, "Usage_kWh"),
            (total.lagging_kvarh, "Lagging_Current_Reactive.Power_kVarh"),
            (total.leading_kvarh, "Leading_Current_Reactive_Power_kVarh"),
            (total.co2_t, "CO2(tCO2)"),
        ]:
            assert value is not None
            assert Fraction(value) == sum(Fraction(row[column]) for row in rows), (day, column)
    whole = sum(Fraction(row["Usage_kWh"]) for rows in truth.values() for row in rows)
    assert Fraction(batch.summary["sums"]["active_kwh"]) == whole

    # The row labelled 0:00 is the last of its day: NSM 0, quarter 96, and the instant is the next midnight.
    last = Reading.objects.filter(meter=meter, quarter=96).order_by("at")
    midnights = {
        day: next(Decimal(r["Usage_kWh"]) for r in rows if r["NSM"] == "0")
        for day, rows in truth.items()
    }
    assert {r.production_day: r.active_kwh for r in last} == midnights
    assert {r.at.astimezone(UTC).hour for r in last} == {16}
    assert all(r.at.date() == r.production_day for r in last)  # 16:00 UTC is midnight in China

    # No factor of electricity was in force in 2018: the days wait, nothing is made up.
    assert (batch.reports, batch.summary["without_factor"]) == (0, 273)


def nine_days(folder: Path, year: int) -> Path:
    """The first nine days, moved to another year."""
    path = folder / "九日.csv"
    with uci().open() as file:
        kept = "".join(line for _, line in zip(range(1 + 9 * 96), file, strict=False))
    path.write_text(kept.replace("/2018 ", f"/{year} "))
    return path


def test_complete_days_are_reported_as_source_meter(meter: Meter, tmp_path: Path) -> None:
    path = nine_days(tmp_path, 2026)
    batch = load(meter, path)
    reports = Report.objects.filter(site=meter.site_id, source="meter")
    assert batch.reports == reports.count() == 9
    stated = {r.period: Fraction(r.quantities["electricity_purchased"]["value"]) for r in reports}
    assert stated == {
        day: sum(Fraction(row["Usage_kWh"]) for row in rows)
        for day, rows in by_calendar(path).items()
    }


def test_the_same_file_twice_changes_nothing(meter: Meter, tmp_path: Path) -> None:
    path = nine_days(tmp_path, 2026)
    first = load(meter, path)
    before = (Reading.objects.count(), Report.objects.count(), Entry.objects.count())
    again = load(meter, path)
    assert (first.created, first.reports) == (9 * 96, 9)
    assert again.pk == first.pk
    # The same rows in another order and in other bytes: stored nowhere, reported nowhere.
    other = tmp_path / "倒序.csv"
    head, *rows = path.read_text().splitlines()
    other.write_text("\n".join([head, *reversed(rows)]), encoding="utf-8-sig")
    third = load(meter, other)
    assert (third.created, third.corrected, third.unchanged, third.reports) == (0, 0, 9 * 96, 0)
    assert third.receipt == first.receipt
    assert (Reading.objects.count(), Report.objects.count()) == before[:2]
    assert Entry.objects.count() == before[2] + 1  # the receipt of the third file


HEAD = "时间,有功电量(kWh),感性无功电量(kvarh),数据标记"


def rows_of(day: str, value: str = "10.5") -> list[str]:
    minutes = range(15, 24 * 60 + 1, 15)
    return [f"{day} {m // 60}:{m % 60:02d},{value},1.25,正常" for m in minutes]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_file_with_chinese_heads_in_both_encodings(
    meter: Meter, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "电量.csv"
    path.write_text("\n".join([HEAD, *rows_of("2026-11-20")]), encoding=encoding)
    batch = load(meter, path)
    assert (batch.layout, batch.created, batch.reports) == ("quarter_zh", 96, 1)
    assert batch.summary["sums"] == {"active_kwh": "1008", "lagging_kvarh": "120"}
    assert (batch.summary["first"], batch.summary["last"]) == (
        "2026-11-20 00:15",
        "2026-11-21 00:00",
    )


def test_a_workbook_with_true_times(meter: Meter, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEAD.split(","))
    for n in range(1, 97):
        end = datetime(2026, 11, 20, tzinfo=UTC) + n * timedelta(minutes=15)
        sheet.append([end.replace(tzinfo=None), 10.1, None, "N"])
    path = tmp_path / "电量.xlsx"
    book.save(path)
    batch = load(meter, path)
    assert (batch.fault_count, batch.created, batch.reports) == (0, 96, 1)
    assert batch.summary["sums"] == {"active_kwh": "969.6"}


def test_faults_are_listed_by_row_and_column_and_nothing_is_stored(
    meter: Meter, tmp_path: Path
) -> None:
    rows = rows_of("2026-11-20")
    rows[1] = "2026-11-20 0:30,十,1,N"
    rows[2] = "2026-11-20 0:45,1,1,Z"
    rows[3] = "二十日,1,1,N"
    path = tmp_path / "错.csv"
    path.write_text("\n".join([HEAD, *rows]))
    batch = load(meter, path)
    assert [(f["row"], f["column"]) for f in batch.faults] == [
        (5, "时间"), (3, "有功电量(kWh)"), (4, "数据标记"),
    ]  # fmt: skip
    assert batch.state == ReadingBatch.State.PREVIEW
    assert not Reading.objects.exists()


def test_a_preview_leaves_no_trace(meter: Meter, tmp_path: Path) -> None:
    path = tmp_path / "电量.csv"
    path.write_text("\n".join([HEAD, *rows_of("2026-11-20")[:-1]]))
    batch = load(meter, path, apply=False)
    assert (batch.summary["rows"], batch.summary["complete_days"], batch.summary["missing"]) == (
        95,
        0,
        1,
    )
    assert not ReadingBatch.objects.exists()


def test_registers_become_consumption_and_events(meter: Meter, tmp_path: Path) -> None:
    path = tmp_path / "示数.csv"
    path.write_text(
        "抄表时间,正向有功总示数,倍率,表号,整数位数\n"
        "2026-11-20 0:00,999998.00,100,甲,6\n"
        "2026-11-20 0:15,999999.50,100,甲,6\n"
        "2026-11-20 0:30,0.25,100,甲,6\n"
        "2026-11-20 0:45,0.10,100,甲,6\n"
        "2026-11-20 1:00,5.00,100,乙,6\n"
        "2026-11-20 1:15,6.00,100,乙,6\n"
        "2026-11-20 1:30,6.50,120,乙,6\n"
        "2026-11-20 2:00,7.50,120,乙,6\n"
    )
    batch = load(meter, path)
    stored = Reading.objects.filter(meter=meter).order_by("at")
    assert [(r.quarter, r.active_kwh) for r in stored] == [
        (1, Decimal(150)), (2, Decimal(75)), (5, Decimal(100)),
    ]  # fmt: skip
    assert list(MeterEvent.objects.order_by("at").values_list("kind", flat=True)) == [
        "rollover", "reversal", "meter_change", "ratio_change", "interruption",
    ]  # fmt: skip
    assert (batch.layout, batch.reports) == ("register_zh", 0)


def test_unknown_heads_name_what_is_missing(meter: Meter, tmp_path: Path) -> None:
    path = tmp_path / "别的.csv"
    path.write_text("时间,水量\n2026-11-20 0:15,3\n")
    with pytest.raises(ValidationFailed) as failed:
        load(meter, path, "quarter_zh")
    assert [e.field for e in failed.value.errors] == ["有功电量(kWh)"]
    water = make_meter(make_scene().site, medium="water")
    with pytest.raises(ValidationFailed):
        load(water, path)
