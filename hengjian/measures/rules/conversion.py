"""Reported quantities to energy (tce), coal (t) and CO2 (t) with the factors in force on the day.

Energy is computed in both bases of GB/T 2589-2020: calorific (dangliang, 29,307.6 kJ = 1 kgce;
electricity 0.1229 kgce/kWh) and primary (dengjia, dated parameters for electricity). What a site
sends out is subtracted. Clause G2 of the plan: computed, never typed in twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from hengjian.kernel.text import N_
from hengjian.measures.rules.receipt import plain
from hengjian.measures.rules.units import UnitRefused, convert_unit, unit

KJ_PER_KGCE = Decimal("29307.6")
STEP = Decimal("0.000001")
ZERO = Decimal(0)
MEASURED_NCV = N_("实测低位发热量")


class Figure(StrEnum):
    """What a factor computes."""

    CALORIFIC = "calorific"  # tce
    PRIMARY = "primary"  # tce
    CO2 = "co2"  # tCO2


_NOTHING = dict.fromkeys(Figure, ZERO)


class ItemKind(StrEnum):
    """What a line of a form reports."""

    OUTPUT = "output"
    ENERGY = "energy"
    COAL = "coal"  # energy that also counts as coal consumption in tonnes
    NCV = "ncv"  # measured net calorific value of an energy, kJ/kg: replaces its national average
    STOCK = "stock"  # opening, bought, sold, closing: balanced, never converted to energy
    OTHER = "other"


class ConversionRefused(ValueError):
    """A quantity that cannot be converted; `message` is a message id, `data` fills it."""

    def __init__(self, message: str, **data: str) -> None:
        super().__init__(message.format(**data))
        self.message = message
        self.data = data


@dataclass(frozen=True, slots=True)
class Factor:
    """One dated factor: `value` tonnes (tce or CO2) for one `unit` of `subject`."""

    subject: str
    figure: Figure
    value: Decimal
    unit: str
    valid_from: date
    valid_to: date | None
    version: str
    confidence: str


@dataclass(frozen=True, slots=True)
class FormItem:
    """One line of a form. Signs: 1 taken in or burnt, -1 sent out, 0 not counted."""

    code: str
    kind: ItemKind
    unit: str
    subject: str
    energy_sign: int
    carbon_sign: int


@dataclass(frozen=True, slots=True)
class Line:
    """How one item entered the totals, so that a person can check it with a calculator.

    `factors` names per figure the version used; `notes` are message ids.
    """

    item: str
    value: Decimal
    unit: str
    calorific_tce: Decimal
    primary_tce: Decimal
    coal_t: Decimal
    co2_t: Decimal
    factors: tuple[tuple[Figure, str, Decimal], ...]
    formulas: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Converted:
    """Totals (sums of the rounded lines, so a printed table adds up) and every line."""

    energy_tce_calorific: Decimal
    energy_tce_primary: Decimal
    coal_t: Decimal
    co2_t: Decimal
    lines: tuple[Line, ...]

    @property
    def versions(self) -> tuple[str, ...]:
        """The factor versions used, each once."""
        return tuple(sorted({version for line in self.lines for _, version, _ in line.factors}))


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
        raise ConversionRefused(N_("报表中没有这一项：{item}"), item=code)
    return items[code]


def _amount(item: FormItem, value: Decimal, given: str, wanted: str) -> Decimal:
    if not value.is_finite():
        raise ConversionRefused(N_("不是有限的数字：{item}"), item=item.code)
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
            raise ConversionRefused(N_("热值必须大于零：{item}"), item=code)
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
    choice = _choice(item, factors, day, ncv)
    results = _NOTHING.copy()
    formulas: list[str] = []
    for part in choice.parts:
        amount = _amount(item, value, given, part.factor.unit)
        results[part.figure] = _rounded(amount * part.signed)
        formulas.append(part.formula(amount, results[part.figure]))
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
        factors=choice.versions,
        formulas=tuple(formulas),
        notes=choice.notes,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One figure that an item enters: its factor with the sign, and the words of the formula that never change."""

    figure: Figure
    factor: Factor
    signed: Decimal
    lead: str
    middle: str
    target: str

    def formula(self, amount: Decimal, result: Decimal) -> str:
        """For example `−1200 t × 0.7143 tce/t = −857.16 tce`, with the true signs."""
        total = plain(result).replace("-", "−")
        return f"{self.lead}{plain(amount)}{self.middle}{total} {self.target}"


@dataclass(frozen=True, slots=True)
class _Choice:
    """The factors of an item on a day."""

    item: FormItem
    parts: tuple[_Part, ...]
    versions: tuple[tuple[Figure, str, Decimal], ...]
    notes: tuple[str, ...]


class FactorsOfDay(tuple[Factor, ...]):
    """Factors that remember what they chose for each item and day: a batch asks the same thousands of times."""

    memo: dict[tuple[str, date], _Choice]

    def __init__(self, _factors: Iterable[Factor] = ()) -> None:
        """Nothing is chosen yet; the tuple itself holds the factors."""
        self.memo = {}


def _choice(
    item: FormItem, factors: Sequence[Factor], day: date, ncv: Mapping[str, Decimal]
) -> _Choice:
    memo = factors.memo if isinstance(factors, FactorsOfDay) and item.subject not in ncv else {}
    found = memo.get((item.code, day))
    if found is None or found.item is not item:
        chosen, notes = _choose(item, factors, day, ncv)
        parts = tuple(_part(item, figure, factor) for figure, factor in chosen.items())
        versions = tuple((figure, f.version, f.value) for figure, f in chosen.items())
        found = memo[item.code, day] = _Choice(item, parts, versions, tuple(notes))
    return found


def _part(item: FormItem, figure: Figure, factor: Factor) -> _Part:
    sign = item.carbon_sign if figure == Figure.CO2 else item.energy_sign
    target = "tCO2" if factor.figure == Figure.CO2 else "tce"
    symbol = unit(factor.unit).code
    return _Part(
        figure=figure,
        factor=factor,
        signed=sign * factor.value,
        lead="−" if sign < 0 else "",
        middle=f" {symbol} × {plain(factor.value)} {target}/{symbol} = ",
        target=target,
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
                N_("{day} 没有生效的折标准煤系数：{item}"), day=day.isoformat(), item=item.code
            )
        chosen[Figure.CALORIFIC] = calorific
        primary = factor_in_force(factors, item.subject, Figure.PRIMARY, day)
        chosen[Figure.PRIMARY] = primary or calorific
        if primary is None and item.subject in {"electricity", "heat"}:
            notes.append(N_("等价值没有生效的参数，按当量值计算"))
    if item.carbon_sign:
        carbon = factor_in_force(factors, item.subject, Figure.CO2, day)
        if carbon is None:
            notes.append(N_("没有排放因子，未计入二氧化碳"))
        else:
            chosen[Figure.CO2] = carbon
    notes.extend(
        N_("系数待核实")
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
    return rounded or abs(rounded)
