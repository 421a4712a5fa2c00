"""Quantities from what a person typed or a workbook held."""

import re
import unicodedata
from decimal import Decimal

from hengjian.kernel.text import N_

MAX_INTEGER_DIGITS = 12
MAX_PLACES = 6

_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_SCIENTIFIC = re.compile(r"[+-]?[0-9.,]+[eE][+-]?[0-9]+")
_MULTIPLIERS = re.compile(r"[0-9][\s]*[\u4e07\u4ebf\u5343\u767e]")  # ten thousand, 1e8, 1e3, 1e2
_DASHES = str.maketrans({"−": "-", "—": "-", "–": "-"})


class QuantityRefused(ValueError):
    """The text is no quantity; `message` is a message id with {names}, `data` fills them."""

    def __init__(self, message: str, **data: object) -> None:
        super().__init__(message.format(**data))
        self.message = message
        self.data = data


def parse_quantity(
    text: str, *, minimum: Decimal | None = None, maximum: Decimal | None = None
) -> Decimal | None:
    """The quantity written in `text`; None when it is blank.

    Full-width digits, thousands commas and the true minus sign are read. A factor word after the
    number is refused, because the unit of the field already says the order of magnitude.

    Args:
        text: as typed or as read from a cell.
        minimum: least value allowed, in the unit of the field.
        maximum: greatest value allowed, in the unit of the field.

    Raises:
        QuantityRefused: not a finite decimal of at most 12 digits before and 6 after the point, or
            out of range.
    """
    written = text.strip()
    if not written.isascii():
        written = unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
    if not written:
        return None
    _refuse_other_notations(written)
    value = Decimal(written.replace(",", ""))
    _check_digits(written)
    if minimum is not None and value < minimum:
        raise QuantityRefused(N_("不能小于 {minimum}"), minimum=f"{minimum:f}")
    if maximum is not None and value > maximum:
        raise QuantityRefused(N_("不能大于 {maximum}，请核对单位"), maximum=f"{maximum:f}")
    return value


def _refuse_other_notations(written: str) -> None:
    if _PLAIN.fullmatch(written) or _GROUPED.fullmatch(written):
        return
    if set(written) <= set("-/"):
        raise QuantityRefused(N_("没有数据请留空，不要填“{text}”"), text=written)
    if _MULTIPLIERS.search(written):
        raise QuantityRefused(
            N_("请按栏目单位填写完整数字，不要写“万”“亿”等字：{text}"), text=written[:40]
        )
    if _SCIENTIFIC.fullmatch(written):
        raise QuantityRefused(N_("请写出完整数字，不要用科学计数法：{text}"), text=written[:40])
    if "," in written and _PLAIN.fullmatch(written.replace(",", "")):
        raise QuantityRefused(N_("千分位逗号的位置不对：{text}"), text=written[:40])
    raise QuantityRefused(N_("不是数字：{text}"), text=written[:40])


def _check_digits(written: str) -> None:
    whole, _, decimals = written.lstrip("+-").replace(",", "").partition(".")
    if len(whole.lstrip("0")) > MAX_INTEGER_DIGITS:
        raise QuantityRefused(N_("数字太大：整数部分最多 {digits} 位"), digits=MAX_INTEGER_DIGITS)
    if len(decimals.rstrip("0")) > MAX_PLACES:
        raise QuantityRefused(N_("小数最多 {places} 位"), places=MAX_PLACES)
