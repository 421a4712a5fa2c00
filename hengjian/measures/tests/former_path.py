"""The conversion and the canonical text as they were before they were made lean: the measure of the lean ones."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from hengjian.measures.rules.conversion import (
    KJ_PER_KGCE,
    MEASURED_NCV,
    STEP,
    ZERO,
    ConversionRefused,
    Converted,
    Factor,
    Figure,
    FormItem,
    ItemKind,
    Line,
)
from hengjian.measures.rules.receipt import FORMAT, ReportContent
from hengjian.measures.rules.units import UnitRefused, unit


def plain(value: Decimal) -> str:
    """The one way to write a decimal: no exponent, no needless zeros, no negative zero.

    Raises:
        ValueError: NaN or infinity.
    """
    if not value.is_finite():
        raise ValueError(f"not a finite quantity: {value}")
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
    for code, (value, symbol) in sorted(report.quantities.items()):
        written = "" if value is None else plain(value)
        fields.append(f"{_escape(code)}={written} {_escape(symbol)}")
    return "|".join(fields)


def _escape(text: str) -> str:
    """Percent-escape the characters that have a meaning in the line, and all control characters."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
        if character in "%|= " or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        else character
        for character in composed
    )


def convert_unit(value: Decimal, source: str, target: str) -> Decimal:
    given, wanted = unit(source), unit(target)
    if given.dimension != wanted.dimension:
        raise UnitRefused("", source=given.label, target=wanted.label)
    return value * given.in_base / wanted.in_base


def factor_in_force(
    factors: Iterable[Factor], subject: str, figure: Figure, day: date
) -> Factor | None:
    """The factor of a subject on a day: the latest that has begun and not ended; None if none."""
    begun = [
        factor
        for factor in factors
        if factor.subject == subject
        and factor.figure == figure
        and factor.valid_from <= day
        and (factor.valid_to is None or day <= factor.valid_to)
    ]
    return max(begun, key=lambda factor: factor.valid_from, default=None)


def convert(
    quantities: Mapping[str, tuple[Decimal | None, str]],
    *,
    items: Mapping[str, FormItem],
    factors: Sequence[Factor],
    day: date,
) -> Converted:
    """Compute energy, coal and CO2 of one report.

    Args:
        quantities: item code -> (value, unit); None is "not reported" and enters nothing.
        items: the form, by item code.
        factors: all editions known; the one in force on `day` is chosen for each item.
        day: the day the quantities belong to, not the day they were received.

    Raises:
        ConversionRefused: an item outside the form, a value that is not finite, a unit of another
            kind, an energy without calorific factor on that day, or a measured calorific value
            that is not positive.
    """
    ncv = _measured_ncv(quantities, items)
    lines = tuple(
        _line(_item(items, code), value, given, factors=factors, day=day, ncv=ncv)
        for code, (value, given) in sorted(quantities.items())
        if value is not None and _item(items, code).subject and _item(items, code).kind != "ncv"
    )
    return Converted(
        energy_tce_calorific=sum((line.calorific_tce for line in lines), ZERO),
        energy_tce_primary=sum((line.primary_tce for line in lines), ZERO),
        coal_t=sum((line.coal_t for line in lines), ZERO),
        co2_t=sum((line.co2_t for line in lines), ZERO),
        lines=lines,
    )


def _item(items: Mapping[str, FormItem], code: str) -> FormItem:
    if code not in items:
        raise ConversionRefused("报表中没有这一项：{item}", item=code)
    return items[code]


def _amount(item: FormItem, value: Decimal, given: str, wanted: str) -> Decimal:
    if not value.is_finite():
        raise ConversionRefused("不是有限的数字：{item}", item=item.code)
    try:
        return convert_unit(value, given, wanted)
    except UnitRefused as error:
        raise ConversionRefused(error.message, **error.data) from error


def _measured_ncv(
    quantities: Mapping[str, tuple[Decimal | None, str]], items: Mapping[str, FormItem]
) -> dict[str, Decimal]:
    """kJ/kg by energy, where the sender measured it."""
    measured: dict[str, Decimal] = {}
    for code, (value, given) in quantities.items():
        item = _item(items, code)
        if item.kind != ItemKind.NCV or value is None:
            continue
        in_kj = _amount(item, value, given, "kJ/kg")
        if in_kj <= 0:
            raise ConversionRefused("热值必须大于零：{item}", item=code)
        measured[item.subject] = in_kj
    return measured


def _line(
    item: FormItem,
    value: Decimal,
    given: str,
    *,
    factors: Sequence[Factor],
    day: date,
    ncv: Mapping[str, Decimal],
) -> Line:
    chosen, notes = _choose(item, factors, day, ncv)
    results = dict.fromkeys(Figure, ZERO)
    formulas: list[str] = []
    for figure, factor in chosen.items():
        sign = item.carbon_sign if figure == Figure.CO2 else item.energy_sign
        amount = _amount(item, value, given, factor.unit)
        results[figure] = _rounded(sign * amount * factor.value)
        formulas.append(_formula(sign, amount, factor, results[figure]))
    coal = ZERO
    if item.kind == ItemKind.COAL:
        coal = _rounded(item.energy_sign * _amount(item, value, given, "t"))
    return Line(
        item=item.code,
        value=value,
        unit=unit(given).code,
        calorific_tce=results[Figure.CALORIFIC],
        primary_tce=results[Figure.PRIMARY],
        coal_t=coal,
        co2_t=results[Figure.CO2],
        factors=tuple((figure, factor.version, factor.value) for figure, factor in chosen.items()),
        formulas=tuple(formulas),
        notes=tuple(notes),
    )


def _choose(
    item: FormItem, factors: Sequence[Factor], day: date, ncv: Mapping[str, Decimal]
) -> tuple[dict[Figure, Factor], list[str]]:
    """The factor of each figure that the item enters, and what a reader must know about them."""
    chosen: dict[Figure, Factor] = {}
    notes: list[str] = []
    if item.energy_sign:
        calorific = factor_in_force(factors, item.subject, Figure.CALORIFIC, day)
        if item.subject in ncv:
            calorific = _from_ncv(item.subject, ncv[item.subject], day)
        if calorific is None:
            raise ConversionRefused(
                "{day} 没有生效的折标准煤系数：{item}", day=day.isoformat(), item=item.code
            )
        chosen[Figure.CALORIFIC] = calorific
        primary = factor_in_force(factors, item.subject, Figure.PRIMARY, day)
        chosen[Figure.PRIMARY] = primary or calorific
        if primary is None and item.subject in {"electricity", "heat"}:
            notes.append("等价值没有生效的参数，按当量值计算")
    if item.carbon_sign:
        carbon = factor_in_force(factors, item.subject, Figure.CO2, day)
        if carbon is None:
            notes.append("没有排放因子，未计入二氧化碳")
        else:
            chosen[Figure.CO2] = carbon
    notes.extend(
        "系数待核实"
        for factor in dict.fromkeys(chosen.values())
        if factor.confidence == "to_verify"
    )
    return chosen, list(dict.fromkeys(notes))


def _from_ncv(subject: str, kj_per_kg: Decimal, day: date) -> Factor:
    """GB/T 2589-2020 4.2: the measured net calorific value goes before the national average."""
    return Factor(
        subject=subject,
        figure=Figure.CALORIFIC,
        value=(kj_per_kg / KJ_PER_KGCE).quantize(STEP, rounding=ROUND_HALF_EVEN),
        unit="t",
        valid_from=day,
        valid_to=day,
        version=MEASURED_NCV,
        confidence="reported",
    )


def _rounded(value: Decimal) -> Decimal:
    rounded = value.quantize(STEP, rounding=ROUND_HALF_EVEN)
    return abs(rounded) if rounded == 0 else rounded


def _formula(sign: int, amount: Decimal, factor: Factor, result: Decimal) -> str:
    """For example `- 1200 t x 0.7143 tce/t = -857.16 tce` with the true signs."""
    target = "tCO2" if factor.figure == Figure.CO2 else "tce"
    lead = "−" if sign < 0 else ""
    total = plain(result).replace("-", "−")
    symbol = unit(factor.unit).code
    return f"{lead}{plain(amount)} {symbol} × {plain(factor.value)} {target}/{symbol} = {total} {target}"
