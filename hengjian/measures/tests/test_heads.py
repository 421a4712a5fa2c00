"""What stands above a printed form is a setting."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from hengjian.measures.rules.forms import Form
from hengjian.measures.selectors.heads import heads

HEAD = "code,table_number,authority,document_number,valid_until\n"


def test_the_province_settles_the_heads(settings: Settings, tmp_path: Path) -> None:
    assert heads()[Form.DAILY].confidence == "to_verify"
    path = tmp_path / "heads.csv"
    path.write_text(f"{HEAD}daily,P101表,省统计局,鲁统字〔2026〕1号,2027-12\n", encoding="utf-8")
    settings.FORM_HEADS = str(path)
    daily = heads()[Form.DAILY]
    assert (daily.table_number, daily.document_number, daily.valid_until) == (
        "P101表", "鲁统字〔2026〕1号", "2027-12",
    )  # fmt: skip
    assert daily.confidence == "found"
    assert heads()[Form.MONTH_TAX].confidence == "to_verify"


@pytest.mark.parametrize("text", [f"{HEAD}gold,1,2,3,4\n", "code\ndaily\n"])
def test_a_wrong_file_is_told(settings: Settings, tmp_path: Path, text: str) -> None:
    path = tmp_path / "heads.csv"
    path.write_text(text, encoding="utf-8")
    settings.FORM_HEADS = str(path)
    with pytest.raises(ImproperlyConfigured):
        heads()
