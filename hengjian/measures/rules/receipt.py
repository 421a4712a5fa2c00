"""The canonical text of a report and the receipt that both sides can recompute.

The text itself is stored: a receipt is checked against stored bytes, never against a re-rendering.
"""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

FORMAT = "hengjian-report/1"


@dataclass(frozen=True, slots=True)
class ReportContent:
    """What a sender vouches for; quantities by item code with value (None: not reported) and unit.

    ``remarks`` (a stop, its expected end, an explanation) enter the text only where there are any, so that
    the text of a report without them is what it always was.
    """

    site: str
    form: str
    period: str
    source: str
    revision: int
    quantities: Mapping[str, tuple[Decimal | None, str]]
    remarks: Mapping[str, str] = field(default_factory=dict)


def plain(value: Decimal) -> str:
    """The one way to write a decimal: no exponent, no needless zeros, no negative zero.

    Raises:
        ValueError: NaN or infinity.
    """
    if not value.is_finite():
        raise ValueError(f"not a finite quantity: {value}")
    text = str(value)
    if "E" in text:
        text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def canonical(report: ReportContent) -> str:
    """One line, NFC, fields in fixed order, quantities sorted by code; equal content, equal text."""
    fields = [
        FORMAT,
        f"site={_escape(report.site)}",
        f"form={_escape(report.form)}",
        f"period={_escape(report.period)}",
        f"source={_escape(report.source)}",
        f"revision={report.revision}",
        # An asterisk begins no item code: a remark can never be taken for a quantity.
        *(
            f"*{_escape(name)}={_escape(text)}"
            for name, text in sorted(report.remarks.items())
            if text
        ),
    ]
    for code, (value, unit) in sorted(report.quantities.items()):
        written = "" if value is None else plain(value)
        fields.append(f"{_escape(code)}={written} {_escape(unit)}")
    return "|".join(fields)


def receipt(report: ReportContent) -> str:
    """SHA-256 (hex) of the canonical text in UTF-8."""
    return receipt_of_text(canonical(report))


def receipt_of_text(text: str) -> str:
    """SHA-256 (hex) of a stored canonical text in UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@lru_cache(maxsize=20_000)
def _escape(text: str) -> str:
    """Percent-escape the characters that have a meaning in the line, and all control characters."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
        if character in "%|= " or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        else character
        for character in composed
    )
