"""The receipt that a sender can recompute."""

import hashlib
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hengjian.measures.rules.receipt import ReportContent, canonical, plain, receipt

CONTENT = ReportContent(
    site="S-1",
    form="daily",
    period="2025-06-03",
    source="enterprise",
    revision=1,
    quantities={"raw_coal": (Decimal("1200.50"), "t"), "coke": (None, "t")},
)
TEXT = (
    "hengjian-report/1|site=S-1|form=daily|period=2025-06-03|source=enterprise|revision=1"
    "|coke= t|raw_coal=1200.5 t"
)


def test_the_text_and_its_hash_are_fixed() -> None:
    assert canonical(CONTENT) == TEXT
    assert receipt(CONTENT) == hashlib.sha256(TEXT.encode()).hexdigest()


WORDS = st.text(max_size=8)
VALUES = st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=6)
CONTENTS = st.builds(
    ReportContent,
    site=WORDS,
    form=WORDS,
    period=WORDS,
    source=WORDS,
    revision=st.integers(1, 99),
    quantities=st.dictionaries(WORDS, st.tuples(VALUES, WORDS), max_size=4),
)


def _meaning(report: ReportContent) -> object:
    """What two reports share when they say the same."""

    def fold(text: str) -> str:
        return unicodedata.normalize("NFC", text)

    return (
        *(fold(t) for t in (report.site, report.form, report.period, report.source)),
        report.revision,
        sorted((fold(c), None if v is None else plain(v), fold(u)) for c, (v, u) in report.quantities.items()),
    )  # fmt: skip


@given(CONTENTS, CONTENTS)
def test_equal_text_if_and_only_if_equal_content(one: ReportContent, two: ReportContent) -> None:
    assert (canonical(one) == canonical(two)) == (repr(_meaning(one)) == repr(_meaning(two)))


@given(CONTENTS)
def test_the_text_is_one_composed_line(report: ReportContent) -> None:
    text = canonical(report)
    assert len(text.splitlines()) == 1
    assert unicodedata.is_normalized("NFC", text)


@given(st.text(max_size=6), st.text(max_size=6))
def test_no_text_forges_a_field(site: str, form: str) -> None:
    report = ReportContent(site, form, "p", "s", 1, {})
    assert canonical(report).count("|") == 5


@pytest.mark.parametrize("value", ["-0", "0E+5", "-0.000"])
def test_there_is_one_zero(value: str) -> None:
    assert plain(Decimal(value)) == "0"


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_no_receipt_for_what_is_no_number(value: str) -> None:
    with pytest.raises(ValueError, match="not a finite quantity"):
        plain(Decimal(value))
