"""Unified social credit codes: GB 32100-2015, 18 places, check digit modulo 31."""

import unicodedata

from hengjian.kernel.text import N_

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
LENGTH = 18
LOOKALIKES = {"I": "1", "O": "0", "S": "5", "V": "U", "Z": "2"}


class CreditCodeRefused(ValueError):
    """Not a unified social credit code; `message` is a message id, `data` fills it."""

    def __init__(self, message: str, **data: str) -> None:
        super().__init__(message.format(**data))
        self.message = message
        self.data = data


def check_digit(first_seventeen: str) -> str:
    """The 18th place for the first 17 (GB 32100-2015, 4.6: 31 - sum(code x 3^i) mod 31)."""
    total = sum(
        ALPHABET.index(place) * weight
        for place, weight in zip(first_seventeen, WEIGHTS, strict=True)
    )
    return ALPHABET[-total % 31]


def normalise_credit_code(text: str) -> str:
    """Upper case, half width, without blanks and hyphens; letters are never guessed."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(place for place in folded if not place.isspace() and place != "-")


def validate_credit_code(text: str) -> str:
    """The normalised code.

    Raises:
        CreditCodeRefused: wrong length, a letter the standard does not use, six places that are no
            region number, or a check digit that does not fit.
    """
    code = normalise_credit_code(text)
    if len(code) != LENGTH:
        raise CreditCodeRefused(
            N_("统一社会信用代码应为18位，现为{length}位"), length=str(len(code))
        )
    for place in code:
        if place not in ALPHABET:
            raise CreditCodeRefused(
                N_("统一社会信用代码不使用字符“{place}”，疑为“{meant}”"),
                place=place,
                meant=LOOKALIKES.get(place, "?"),
            )
    if not code[2:8].isdigit():
        raise CreditCodeRefused(
            N_("统一社会信用代码第3至8位应为登记机关行政区划码，现为“{region}”"), region=code[2:8]
        )
    expected = check_digit(code[:17])
    if code[17] != expected:
        raise CreditCodeRefused(
            N_("统一社会信用代码校验位不符：末位为“{given}”，按GB 32100应为“{expected}”"),
            given=code[17],
            expected=expected,
        )
    return code
