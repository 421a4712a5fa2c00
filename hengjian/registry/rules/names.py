"""Names of enterprises and plants in a form that can be compared."""

import re
import unicodedata
from functools import lru_cache

from hengjian.registry.data.name_words import (
    CHINA,
    CITIES,
    FORMER_MARKS,
    GENERIC_EN,
    GENERIC_ZH,
    LEGAL_FORMS,
    PROVINCE,
)

_HAN = re.compile("[\u3400-\u9fff]")
_FORMER = re.compile(
    r"[(\[]\s*(?:" + "|".join(FORMER_MARKS) + r")\s*[:：]?\s*(?P<former>[^()\[\]]{2,})[)\]]"
)
_CITY_MARK = re.compile("^(" + "|".join(CITIES) + ")\u5e02")  # the word "city" after its name
_PROVINCE_FIRST = re.compile(f"^{PROVINCE}(\u7701|(?=" + "|".join(CITIES) + "))")
_LEGAL = re.compile("(" + "|".join(LEGAL_FORMS) + ")$")
_WORD = re.compile(r"[a-z]+|[0-9]+")
_BRACKETS = str.maketrans({"【": "(", "】": ")", "〔": "(", "〕": ")", "[": "(", "]": ")"})


def is_chinese(name: str) -> bool:
    """Whether a name has at least one Chinese character."""
    return _HAN.search(name) is not None


def split_former_names(text: str) -> tuple[str, tuple[str, ...]]:
    """A name and the former names that were written behind it in brackets."""
    folded = unicodedata.normalize("NFKC", text).translate(_BRACKETS)
    formers = tuple(match["former"].strip() for match in _FORMER.finditer(folded))
    return _FORMER.sub("", folded).strip(), formers


@lru_cache(maxsize=65_536)
def normalise_name(text: str) -> str:
    """A name without legal form, province, bracket marks, width, case and blanks.

    Brackets keep their content, since they often name the place that tells two plants apart. A
    name that would vanish keeps what it had.
    """
    current, _ = split_former_names(text)
    bare = "".join(c for c in current.casefold() if c.isalnum())
    for place in CHINA:
        bare = bare.removeprefix(place) or bare
    bare = _PROVINCE_FIRST.sub("", bare) or bare
    bare = _CITY_MARK.sub(r"\1", bare)
    return _LEGAL.sub("", bare) or bare


@lru_cache(maxsize=65_536)
def core_words(name: str) -> tuple[str, ...]:
    """The words of a name that tell it apart: pairs of characters (Chinese) or words (English)."""
    if is_chinese(name):
        core = normalise_name(name)
        for word in GENERIC_ZH:
            core = core.replace(word, "")
        core = core or normalise_name(name)
        return tuple(core[i : i + 2] for i in range(max(1, len(core) - 1)))
    folded = unicodedata.normalize("NFKC", name).casefold().replace("'", "")
    words = [word for word in _WORD.findall(folded) if word not in GENERIC_EN]
    return tuple(words) or tuple(_WORD.findall(folded))


@lru_cache(maxsize=65_536)
def core_text(name: str) -> str:
    """The core of a name as one text for a similarity measure, without numbers."""
    if is_chinese(name):
        core = normalise_name(name)
        for word in GENERIC_ZH:
            core = core.replace(word, "")
        return core or normalise_name(name)
    words = [word for word in core_words(name) if not word.isdigit()]
    return " ".join(words)


@lru_cache(maxsize=65_536)
def numbers_in(name: str) -> frozenset[str]:
    """Numbers written in a name: plant 1 and plant 2 of one firm differ in nothing else."""
    folded = unicodedata.normalize("NFKC", name)
    return frozenset(str(int(found)) for found in re.findall(r"[0-9]+", folded))
