"""Text: message ids, figures as people read them, and the key that the search looks in.

Importable without Django and without pypinyin (loaded on first use).
"""

import unicodedata
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from itertools import product

__all__ = [
    "N_",
    "number",
    "percent",
    "pinyin_initials",
    "pinyin_variants",
    "quantity",
    "search_key",
    "search_term",
]

MISSING = "—"
MINUS = "−"
NO_BREAK_SPACE = "\u00a0"
SEPARATOR = "|"
MAX_VARIANTS = 8


def N_(message: str) -> str:  # noqa: N802 - the name gettext tools look for
    """Mark a Chinese message id for translation and return it unchanged."""
    return message


def number(value: Decimal | int | None, places: int | None = None) -> str:
    """A figure with thousands grouped and a true minus sign.

    Args:
        value: the figure; None (not reported) gives a dash, as do NaN and infinity.
        places: decimals shown, rounded half up as spreadsheets do; None shows all that are not zero.
    """
    if value is None:
        return MISSING
    exact = Decimal(value)
    if not exact.is_finite():
        return MISSING
    if places is not None:
        with localcontext(prec=max(28, exact.adjusted() + places + 2)):
            exact = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = f"{abs(exact):,f}"
    if places is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return MINUS + text if exact < 0 else text


def quantity(value: Decimal | int | None, unit: str, places: int | None = None) -> str:
    """A figure and its unit, kept on one line; a missing figure has no unit."""
    text = number(value, places)
    return text if text == MISSING or not unit else f"{text}{NO_BREAK_SPACE}{unit}"


def percent(ratio: Decimal | None, places: int = 1) -> str:
    """A ratio (0.123) as a percentage (12.3%)."""
    text = number(None if ratio is None else ratio * 100, places)
    return text if text == MISSING else f"{text}%"


def pinyin_initials(text: str) -> str:
    """First letters of the readings in lower case; ASCII letters and digits stay, the rest goes.

    The phrase decides a character with several readings; place names of the province are read
    as people there do (kernel/text/data/readings.py).
    """
    return "".join(letter for _, letter in _readings(text))


def pinyin_variants(text: str) -> list[str]:
    """Initials in every reading that people plausibly type, the likeliest first.

    At most MAX_VARIANTS: a name seldom has two doubtful characters, and a key must stay short.
    """
    from hengjian.kernel.text.data.readings import AMBIGUOUS_INITIALS

    choices = [
        letter + AMBIGUOUS_INITIALS.get(character, "").replace(letter, "")
        for character, letter in _readings(text)
    ]
    variants: list[str] = []
    for letters in product(*choices):
        variants.append("".join(letters))
        if len(variants) == MAX_VARIANTS:
            break
    return variants


def search_term(text: str) -> str:
    """What a person typed, in the form of the key: width, case, blanks and marks removed."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def search_key(*, names: Iterable[str], codes: Iterable[str] = ()) -> str:
    """One text to search in: names, codes and initials of the names, each once.

    A hit is `search_term(query) in key`; the separator never occurs in a term, so no hit spans
    two entries.
    """
    kept = [name for name in names if name]
    entries = [search_term(name) for name in kept] + [search_term(code) for code in codes if code]
    for name in kept:
        entries.extend(pinyin_variants(name))
    return SEPARATOR.join(dict.fromkeys(entry for entry in entries if entry))


def _readings(text: str) -> list[tuple[str, str]]:
    """Characters of the text that have a first letter, with it."""
    from pypinyin import Style, lazy_pinyin

    _load_places()
    characters = search_term(text)
    letters = lazy_pinyin(characters, style=Style.FIRST_LETTER, errors=list)  # type: ignore[arg-type]
    return [
        (character, letter[0].lower())
        for character, letter in zip(characters, letters, strict=True)
        if letter and letter[0].isascii()
    ]


@cache
def _load_places() -> None:
    from pypinyin import load_phrases_dict

    from hengjian.kernel.text.data.readings import PLACE_READINGS

    load_phrases_dict(PLACE_READINGS)
