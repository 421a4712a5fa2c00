"""From what a sender typed to a row that says where each figure comes from. No database is asked here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from uuid import UUID

from django.db.models import GeneratedField
from django.db.models.base import ModelState

from hengjian.kernel.errors import FieldError, ValidationFailed
from hengjian.kernel.text import N_
from hengjian.measures.models import Report
from hengjian.measures.models.report import DAILY
from hengjian.measures.permissions import COVERAGE, PERMITTED_USE, Source
from hengjian.measures.reference import (
    DailyItem,
    all_items,
    form_heads,
    form_lines,
    lines_of,
    lines_of_source,
)
from hengjian.measures.rules.conversion import (
    ConversionRefused,
    Converted,
    Factor,
    ItemKind,
    convert,
)
from hengjian.measures.rules.forms import Form, StopKind
from hengjian.measures.rules.quantity import QuantityRefused, parse_quantity
from hengjian.measures.rules.receipt import ReportContent, canonical, plain, receipt_of_text
from hengjian.measures.rules.units import UnitRefused, convert_unit, unit
from hengjian.registry.reference import limit_products

Stated = Mapping[str, tuple[str, str]]
"""Item code -> (value as typed, unit code or label; empty: the unit of the form)."""
Quantities = Mapping[str, tuple[Decimal, str]]

BASIS = N_(
    "综合能源消费量为当量值（GB/T 2589-2020），等价值另列；按报表所列品种投入量减外供量计算，"
    "包含用作原料的能源；二氧化碳为直接排放、外购电力热力与工艺排放之和"
)
OF_KIND = {
    "finance": N_("会计核算口径，按会计月份，法人单位合并数"),
    "sales": N_("产品销售与开票口径，按开票月份"),
    "tax": N_("税费申报口径，按税款所属期"),
}
MAX_ITEMS = 200


@dataclass(frozen=True, slots=True)
class Plant:
    """What intake needs to know of a site: where it belongs and which lines it fills in, main industry first."""

    site_id: UUID
    region_id: int
    enterprise_id: UUID
    main_industry: str
    lines: tuple[DailyItem, ...]
    industries: frozenset[str] = frozenset()

    def lines_of(self, form: str, source: str = "") -> tuple[DailyItem, ...]:
        """The lines of one form; ``lines`` are those of the daily form. A source may have lines of its own."""
        if form != DAILY:
            return lines_of(self.industries, Form(form))
        return self.lines + lines_of_source(source)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Who checked the report before it was sent, and when."""

    account: int
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sender:
    """Who vouches for the report, as texts that outlive the account; ``device_time`` is the sender's clock."""

    account: int | None
    name: str
    post: str
    device_time: datetime | None = None
    reviewed: Reviewed | None = None


@dataclass(frozen=True, slots=True)
class Remarks:
    """What is said beside the figures: a stop with its expected last day, why a stock or balance differs."""

    stop_kind: str = ""
    expected_end: date | None = None
    explanation: str = ""

    @property
    def texts(self) -> Mapping[str, str]:
        """As the canonical text names them."""
        until = self.expected_end.isoformat() if self.expected_end else ""
        return {"stop": self.stop_kind, "until": until, "explanation": self.explanation}


NO_REMARKS = Remarks()
MAX_EXPLANATION = 500


def check_remarks(remarks: Remarks, form: str, period: date, quantities: Quantities) -> None:
    """A stop belongs to a zero report of a day.

    Raises:
        ValidationFailed: naming every fault.
    """
    errors: list[FieldError] = []
    if remarks.stop_kind and remarks.stop_kind not in set(StopKind):
        errors.append(FieldError("stop_kind", N_("没有这种停产类别")))
    elif remarks.stop_kind and (form != DAILY or not is_zero(quantities)):
        errors.append(FieldError("stop_kind", N_("只有日报的零报告可以注明停产或检修")))
    if remarks.expected_end is not None and not remarks.stop_kind:
        errors.append(FieldError("expected_end", N_("先选择停产或检修")))
    elif remarks.expected_end is not None and remarks.expected_end < period:
        errors.append(FieldError("expected_end", N_("预计结束日不能早于当日")))
    if len(remarks.explanation) > MAX_EXPLANATION:
        errors.append(FieldError("explanation", N_("说明过长")))
    if "\x00" in remarks.explanation:
        errors.append(FieldError("explanation", N_("含有不能保存的字符")))
    if errors:
        raise ValidationFailed(errors)


def read_quantities(stated: Stated, lines: Sequence[DailyItem]) -> Quantities:
    """Parse and check every item; blank items are left out.

    Raises:
        ValidationFailed: naming every fault: an item that the site does not report, no number, unit of another
            kind, out of the plausible range, a required item missing, or nothing at all.
    """
    known = {line.item.code: line for line in lines}
    errors: list[FieldError] = []
    found: dict[str, tuple[Decimal, str]] = {}
    if len(stated) > MAX_ITEMS:
        raise ValidationFailed([FieldError("quantities", N_("项目过多"))])
    for code, (text, given) in stated.items():
        try:
            amount = _read(text, given, known.get(code))
        except (QuantityRefused, UnitRefused) as error:
            errors.append(FieldError(f"quantities.{code}", error.message, data=error.data))
        else:
            if amount is not None:
                found[code] = amount
    named = {error.field for error in errors}
    errors += [
        FieldError(field, N_("必填；停产填 0"))
        for line in lines
        if line.required and line.item.code not in found
        if (field := f"quantities.{line.item.code}") not in named
    ]
    if not found and not errors:
        errors.append(FieldError("quantities", N_("至少填报一项")))
    if errors:
        raise ValidationFailed(errors)
    return found


def _read(text: str, given: str, line: DailyItem | None) -> tuple[Decimal, str] | None:
    if line is None:
        raise QuantityRefused(N_("本厂区的报表没有这一项"))
    value = parse_quantity(text)
    if value is None:
        return None
    symbol = unit(given or line.item.unit).code
    in_form = convert_unit(value, symbol, line.item.unit)
    # The range is judged in the unit of the form, whatever unit was given.
    if in_form < line.minimum:
        raise QuantityRefused(N_("不能小于 {minimum}"), minimum=plain(line.minimum))
    if in_form > line.maximum:
        raise QuantityRefused(N_("不能大于 {maximum}，请核对单位"), maximum=plain(line.maximum))
    return value, symbol


def content(
    plant_id: UUID,
    period: date,
    source: Source,
    revision: int,
    quantities: Quantities,
    *,
    form: str = DAILY,
    remarks: Remarks = NO_REMARKS,
) -> str:
    """The canonical text that sender and platform both can make and hash."""
    return canonical(
        ReportContent(
            site=str(plant_id),
            form=form,
            period=period.isoformat(),
            source=source.value,
            revision=revision,
            quantities=quantities,
            remarks=remarks.texts,
        )
    )


def reckon(quantities: Quantities, *, factors: Sequence[Factor], day: date) -> Converted:
    """Energy, coal and CO2 with the factors in force on ``day``.

    Raises:
        ValidationFailed: no factor in force for an energy, or a measured calorific value that is not positive.
    """
    try:
        return convert(quantities, items=all_items(), factors=factors, day=day)
    except ConversionRefused as error:
        item = error.data.get("item", "")
        field = f"quantities.{item}" if item else "quantities"
        raise ValidationFailed([FieldError(field, error.message, data=error.data)]) from error


def main_output(plant: Plant, quantities: Quantities) -> DailyItem | None:
    """The product by which consumption is divided: of the main industry first, required lines first.

    Several required lines may state the same production (tyres: pieces and mass); then the one whose unit is
    that of a limit, else no limit would ever apply.
    """
    outputs = [
        line
        for line in plant.lines
        if line.item.kind is ItemKind.OUTPUT and line.item.code in quantities
    ]
    return min(
        outputs,
        key=lambda line: (
            plant.main_industry not in line.industries,
            not line.required,
            line.required and line.product_code not in _limited(),
        ),
        default=None,
    )


@cache
def _limited() -> frozenset[str]:
    """Products whose limits compare the energy of a whole site."""
    return frozenset(row.product_code for row in limit_products() if row.whole_site)


def is_zero(quantities: Quantities) -> bool:
    """Whether nothing was made, used or moved; calorific values and stocks lie there on any day."""
    amounts = [v for code, (v, _) in quantities.items() if not _is_level(code)]
    return bool(amounts) and not any(amounts)


@cache
def basis_of(form: str, source: Source) -> str:
    """What the figures cover (kou jing), as kept with the report."""
    kind = form_heads()[Form(form)].kind
    return f"{COVERAGE[source]}；{OF_KIND.get(kind, BASIS)}"


@cache
def _is_level(code: str) -> bool:
    return next(line.is_level for line in _every_line() if line.item.code == code)


@cache
def _every_line() -> tuple[DailyItem, ...]:
    return tuple(line for form in Form for line in form_lines(form))


def build(
    *,
    report_id: UUID,
    plant: Plant,
    period: date,
    source: Source,
    revision: int,
    reason: str,
    quantities: Quantities,
    factors: Sequence[Factor],
    sender: Sender,
    received_at: datetime,
    form: str = DAILY,
    remarks: Remarks = NO_REMARKS,
) -> Report:
    """The unsaved row with everything computed."""
    converted = reckon(quantities, factors=factors, day=period)
    canon = content(plant.site_id, period, source, revision, quantities, form=form, remarks=remarks)
    main = main_output(plant, quantities)
    return _bare(
        id=report_id,
        site_id=plant.site_id,
        region_id=plant.region_id,
        enterprise_id=plant.enterprise_id,
        form=form,
        period=period,
        source=source.value,
        revision=revision,
        reason=reason,
        quantities={code: {"value": plain(v), "unit": u} for code, (v, u) in quantities.items()},
        zero_report=form == DAILY and is_zero(quantities),
        stop_kind=remarks.stop_kind,
        expected_end=remarks.expected_end,
        explanation=remarks.explanation,
        energy_tce=converted.energy_tce_calorific,
        energy_tce_primary=converted.energy_tce_primary,
        coal_t=converted.coal_t,
        co2_t=converted.co2_t,
        output=None if main is None else _in_form_unit(quantities[main.item.code], main),
        product="" if main is None else main.product_code,
        output_unit="" if main is None else main.item.unit,
        factor_version="; ".join(converted.versions),
        conversion=_lines(converted),
        basis=basis_of(form, source),
        permitted_use=PERMITTED_USE[source],
        canon=canon,
        sha256=receipt_of_text(canon),
        received_at=received_at,
        device_time=sender.device_time,
        **_people(sender),
    )


def _people(sender: Sender) -> dict[str, object]:
    reviewed = sender.reviewed
    return {
        "reporter_account": sender.account,
        "reporter_name": sender.name,
        "reporter_post": sender.post,
        "reviewed_by_account": None if reviewed is None else reviewed.account,
        "reviewed_by_name": "" if reviewed is None else reviewed.name,
        "reviewed_at": None if reviewed is None else reviewed.at,
    }


def _bare(**values: object) -> Report:
    """An unsaved report with these attributes, without the third of the time that Model.__init__ takes per row."""
    report = Report.__new__(Report)
    report.__dict__.update(_defaults(), _state=ModelState(), **values)
    return report


@cache
def _defaults() -> Mapping[str, object]:
    fields = Report._meta.concrete_fields
    return {f.attname: f.get_default() for f in fields if not isinstance(f, GeneratedField)}


def _in_form_unit(amount: tuple[Decimal, str], line: DailyItem) -> Decimal:
    return convert_unit(amount[0], amount[1], line.item.unit)


def _lines(converted: Converted) -> list[dict[str, object]]:
    """The conversion as kept: later factors change no figure that was already received."""
    return [
        {
            "item": line.item,
            "value": plain(line.value),
            "unit": line.unit,
            "tce": plain(line.calorific_tce),
            "tce_primary": plain(line.primary_tce),
            "coal": plain(line.coal_t),
            "co2": plain(line.co2_t),
            "formulas": list(line.formulas),
            "versions": sorted({version for _, version, _ in line.factors}),
            "notes": list(line.notes),
        }
        for line in converted.lines
    ]
