"""What hangs on a site and a person registers by hand: lines, meters, output control, projects (M2, M3, W3).

Every command locks the site first, so that two people who register the same thing come one after the other.
Products of the daily form belong to measures, a floor above: who calls names them by industry.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import FieldError, TransitionNotAllowed, ValidationFailed
from hengjian.kernel.text import N_
from hengjian.registry.models import Line, Meter, OutputControl, Project, Site
from hengjian.registry.reference import limit_products
from hengjian.registry.rules.facts import NewLine
from hengjian.registry.services.site import add_line as store_line

VERB = "registry.site.change"
LONGEST_INTERVAL = 120  # months; no regulation of verification (JJG) lets an instrument go longer
Fault = tuple[str, str]


@transaction.atomic
def add_line(
    *,
    actor: Actor,
    site_id: UUID,
    name: str,
    industry: str,
    product: str,
    now: datetime,
    form_products: Mapping[str, Collection[str]],
    capacity: Decimal | None = None,
    capacity_unit: str = "",
    commissioned_on: date | None = None,
) -> Line:
    """Register a production line; the product it names decides which limit the site is judged by (L101).

    ``product`` is a name of limit_products.csv or a code of ``form_products`` (by industry); ``capacity`` is
    per year in ``capacity_unit``.

    Raises:
        NotVisible: the site is out of scope.
        ValidationFailed: facts that break a rule, or a line of that name is in use already.
    """
    site = _site(actor, site_id)
    named = name.strip()
    own = _industries(site)
    in_use = Line.objects.visible_to(actor).filter(site=site, retired_on=None)
    _refuse(
        {
            ("name", N_("名称不能为空")): not named,
            ("name", N_("本厂区已有同名的在用生产线")): in_use.filter(name=named).exists(),
            ("industry", N_("不是本厂区的行业，请先修改厂区信息")): industry not in own,
            ("product", N_("不是该行业的产品")): industry in own
            and product not in _products([industry], form_products),
            ("capacity", N_("产能不能为负")): capacity is not None and capacity < 0,
            ("capacity_unit", N_("填写产能时应写明单位")): capacity is not None
            and not capacity_unit.strip(),
            ("commissioned_on", N_("日期不能晚于今天")): _ahead(commissioned_on, now),
        }
    )
    line = store_line(
        site,
        NewLine(named, industry, product, capacity, capacity_unit.strip(), commissioned_on),
    )
    facts: dict[str, Any] = {
        "name": named, "industry": industry, "product": product, "capacity": capacity,
        "capacity_unit": line.capacity_unit, "commissioned_on": commissioned_on,
    }  # fmt: skip
    _record(actor, site, now, _("登记生产线：%(name)s") % {"name": named}, thing=line, facts=facts)
    return line


@transaction.atomic
def retire_line(
    *, actor: Actor, line_id: UUID, retired_on: date, reason: str, now: datetime
) -> Line:
    """A line has ended production; from now on its product is no longer compared.

    Raises:
        NotVisible: the line is out of scope.
        TransitionNotAllowed: it is retired already.
        ValidationFailed: no reason, a day to come, or one before the line started.
    """
    # The site is locked before the line, as in every other command.
    site = _site(actor, fetch(Line.objects.all(), actor, VERB, pk=line_id).site_id)
    line = fetch(Line.objects.select_for_update(of=("self",)), actor, VERB, pk=line_id)
    if line.retired_on is not None:
        raise TransitionNotAllowed(N_("该生产线已登记退出"), subject=f"registry.site:{site.pk}")
    started = line.commissioned_on
    _refuse(
        {
            ("reason", N_("请填写原因")): not reason.strip(),
            ("retired_on", N_("日期不能晚于今天")): _ahead(retired_on, now),
            ("retired_on", N_("退出日期不能早于投产日期")): started is not None
            and retired_on < started,
        }
    )
    line.retired_on = retired_on
    line.save(update_fields=["retired_on"])
    text = _("生产线退出：%(name)s，%(reason)s") % {"name": line.name, "reason": reason.strip()}
    _record(actor, site, now, text, thing=line, facts={"before": None, "after": retired_on})
    return line


@transaction.atomic
def add_meter(
    *,
    actor: Actor,
    site_id: UUID,
    code: str,
    level: int,
    medium: str,
    now: datetime,
    accuracy_class: str = "",
    relative_error: Decimal | None = None,
    verified_on: date | None = None,
    interval_months: int | None = None,
) -> Meter:
    """Register a metering instrument (GB 17167); ``relative_error`` 0.005 is half a percent.

    Raises:
        NotVisible: the site is out of scope.
        ValidationFailed: facts that break a rule, or the site has an instrument of that number, also a retired one.
    """
    site = _site(actor, site_id)
    named = code.strip()
    taken = Meter.objects.visible_to(actor).filter(site=site, code=named).exists()
    _refuse(
        {
            ("code", N_("编号不能为空")): not named,
            ("code", N_("本厂区已有这个编号的计量器具")): taken,
            ("level", N_("没有这个级别")): level not in Meter.Level.values,
            ("medium", N_("请选择计量的能源或产品")): not medium.strip(),
            ("relative_error", N_("允许误差应在 0 至 100% 之间")): relative_error is not None
            and not 0 <= relative_error < 1,
            **_verification_faults(verified_on, interval_months, now),
        }
    )
    facts: dict[str, Any] = {
        "code": named, "level": level, "medium": medium.strip(), "accuracy_class": accuracy_class.strip(),
        "relative_error": relative_error, "verified_on": verified_on, "interval_months": interval_months,
    }  # fmt: skip
    meter = Meter(**_of(site), **facts)
    meter.save(force_insert=True)
    _record(
        actor, site, now, _("登记计量器具：%(code)s") % {"code": named}, thing=meter, facts=facts
    )
    return meter


@transaction.atomic
def record_verification(
    *, actor: Actor, meter_id: UUID, verified_on: date, interval_months: int, now: datetime
) -> Meter:
    """An instrument was verified; the interval is that of its regulation. The same again changes nothing.

    Raises:
        NotVisible: the instrument is out of scope.
        TransitionNotAllowed: it is retired.
        ValidationFailed: a day to come, one before the verification already known, or no such interval.
    """
    site = _site(actor, fetch(Meter.objects.all(), actor, VERB, pk=meter_id).site_id)
    meter = fetch(Meter.objects.select_for_update(of=("self",)), actor, VERB, pk=meter_id)
    if meter.retired_on is not None:
        raise TransitionNotAllowed(N_("该计量器具已停用"), subject=f"registry.site:{site.pk}")
    last = meter.verified_on
    _refuse(
        {
            **_verification_faults(verified_on, interval_months, now),
            ("verified_on", N_("早于已登记的检定日期")): last is not None and verified_on < last,
        }
    )
    before, after = (last, meter.interval_months), (verified_on, interval_months)
    if before == after:
        return meter
    meter.verified_on, meter.interval_months = after
    meter.save(update_fields=["verified_on", "interval_months"])
    text = _("登记检定：%(code)s") % {"code": meter.code}
    _record(
        actor, site, now, text, thing=meter, facts={"before": list(before), "after": list(after)}
    )
    return meter


@transaction.atomic
def control_output(
    *,
    actor: Actor,
    site_id: UUID,
    product: str,
    valid_from: date,
    valid_to: date | None,
    basis: str,
    now: datetime,
    form_products: Mapping[str, Collection[str]],
) -> OutputControl:
    """Put a product of a site under output control for a period (M3); no end means until further notice.

    Raises:
        NotVisible: the site is out of scope.
        ValidationFailed: no basis, no product of the site's industries, or a period that overlaps another one.
    """
    site = _site(actor, site_id)
    own = _industries(site)
    periods = OutputControl.objects.visible_to(actor).filter(site=site, product=product)
    overlapping = periods.filter(Q(valid_to=None) | Q(valid_to__gte=valid_from))
    if valid_to is not None:
        overlapping = overlapping.filter(valid_from__lte=valid_to)
    _refuse(
        {
            ("product", N_("不是本厂区行业的产品")): product not in _products(own, form_products),
            ("valid_to", N_("结束日期不能早于开始日期")): valid_to is not None
            and valid_to < valid_from,
            ("valid_from", N_("与该产品已登记的受控期间重叠")): overlapping.exists(),
            ("basis", N_("请填写依据")): not basis.strip(),
        }
    )
    facts: dict[str, Any] = {
        "product": product, "valid_from": valid_from, "valid_to": valid_to, "basis": basis.strip(),
    }  # fmt: skip
    control = OutputControl(**_of(site), **facts)
    control.save(force_insert=True)
    text = _("登记产量受控：%(basis)s") % {"basis": basis.strip()}
    _record(actor, site, now, text, thing=control, facts=facts)
    return control


@transaction.atomic
def add_project(
    *,
    actor: Actor,
    site_id: UUID,
    name: str,
    industry: str,
    stage: str,
    now: datetime,
    code: str = "",
    listed: bool = False,
) -> Project:
    """Register a construction project (M2.1, M2.2); an empty code is 待补.

    Raises:
        NotVisible: the site is out of scope.
        ValidationFailed: facts that break a rule, or the code or name is registered already.
    """
    site = _site(actor, site_id)
    named = name.strip()
    known = Project.objects.visible_to(actor).filter(site=site, name=named).exists()
    _refuse(
        {
            ("name", N_("名称不能为空")): not named,
            ("name", N_("本厂区已有同名项目")): known,
            ("industry", N_("不是本厂区的行业，请先修改厂区信息")): industry
            not in _industries(site),
            ("stage", N_("没有这个阶段")): stage not in Project.Stage.values,
        }
    )
    facts = {"name": named, "code": code.strip(), "stage": stage, "listed": listed}
    project = Project(**_of(site), **facts, industry_id=industry)
    try:
        with transaction.atomic():
            project.save(force_insert=True)
    except IntegrityError as error:
        # Perhaps outside this post's area, where nobody here may look; the code is unique in the province.
        raise ValidationFailed([FieldError("code", N_("该项目代码已登记"))]) from error
    text = _("登记建设项目：%(name)s") % {"name": named}
    _record(actor, site, now, text, thing=project, facts={**facts, "industry": industry})
    return project


def _site(actor: Actor, site_id: UUID) -> Site:
    return fetch(Site.objects.select_for_update(of=("self",)), actor, VERB, pk=site_id)


def _of(site: Site) -> dict[str, Any]:
    return {"site": site, "region_id": site.region_id, "enterprise_id": site.enterprise_id}


def _industries(site: Site) -> list[str]:
    return list(site.industries.values_list("industry_id", flat=True))


def _products(
    industries: Collection[str], form_products: Mapping[str, Collection[str]]
) -> set[str]:
    """Names of limits and codes of the form that some industries make."""
    names = {row.product for row in limit_products() if row.industry in industries}
    return names.union(*(form_products.get(code, ()) for code in industries))


def _verification_faults(day: date | None, months: int | None, now: datetime) -> dict[Fault, bool]:
    return {
        ("verified_on", N_("日期不能晚于今天")): _ahead(day, now),
        ("interval_months", N_("检定周期应为 1 至 120 个月")): months is not None
        and not 1 <= months <= LONGEST_INTERVAL,
    }


def _ahead(day: date | None, now: datetime) -> bool:
    return day is not None and day > now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def _refuse(faults: Mapping[Fault, bool]) -> None:
    """Raise with every fault that is true."""
    errors = [FieldError(*fault) for fault, broken in faults.items() if broken]
    if errors:
        raise ValidationFailed(errors)


def _record(
    actor: Actor,
    site: Site,
    now: datetime,
    text: str,
    *,
    thing: Line | Meter | OutputControl | Project,
    facts: Mapping[str, object],
) -> None:
    """One entry of the site's history; ``text`` is what its timeline shows."""
    record(
        actor=actor,
        verb=VERB,
        subject=f"registry.site:{site.pk}",
        region=site.region_id,
        now=now,
        reason=text,
        data={"thing": f"{thing._meta.label_lower}:{thing.pk}", **facts},
    )
