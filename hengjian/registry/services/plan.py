"""Setting the annual output plan of a site (产量控制目标, M3): append-only, the newest revision holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import FieldError, ValidationFailed
from hengjian.kernel.text import N_
from hengjian.registry.models import OutputPlan, Site

VERB = "registry.plan.set"
FIRST_YEAR, LAST_YEAR = 2000, 2100
LARGEST = Decimal(10) ** 15
LONGEST = 200
Units = Mapping[str, Mapping[str, str]]
"""Industry -> product code of the daily form -> unit of its output; the form belongs to measures, a floor above."""


@transaction.atomic
def set_plan(
    *,
    actor: Actor,
    site_id: UUID,
    product: str,
    year: int,
    amount: Decimal,
    basis: str,
    now: datetime,
    units: Units,
    reason: str = "",
) -> OutputPlan:
    """Set or change what a site may make of a product in a year, in the unit of its daily form.

    The same again changes nothing. A change needs a reason and becomes the next revision.

    Raises:
        NotVisible: the site is out of scope.
        ValidationFailed: no product of the site's industries, no such year or amount, no basis, no reason.
    """
    site = fetch(Site.objects.select_for_update(of=("self",)), actor, VERB, pk=site_id)
    own = site.industries.values_list("industry_id", flat=True)
    unit = {p: u for industry in own for p, u in units.get(industry, {}).items()}.get(product, "")
    revisions = OutputPlan.objects.visible_to(actor).filter(site=site, product=product, year=year)
    last = revisions.order_by("-revision").first()
    basis, reason = basis.strip(), reason.strip()
    if last is not None and (last.amount, last.unit, last.basis) == (amount, unit, basis):
        return last
    _refuse(
        {
            ("product", N_("不是本厂区行业的产品")): not unit,
            ("year", N_("没有这个年份")): not FIRST_YEAR <= year <= LAST_YEAR,
            ("amount", N_("应为不小于零的数")): not (amount.is_finite() and 0 <= amount < LARGEST),
            ("basis", N_("请填写依据（文件名称、文号）")): not 0 < len(basis) <= LONGEST,
            ("reason", N_("该年度已有目标，变更须说明原因")): last is not None
            and not 0 < len(reason) <= LONGEST,
        }
    )
    plan = OutputPlan.objects.create(
        site=site,
        region_id=site.region_id,
        enterprise_id=site.enterprise_id,
        product=product,
        year=year,
        revision=last.revision + 1 if last else 1,
        amount=amount,
        unit=unit,
        basis=basis,
        reason=reason if last else "",
        set_account=actor.account_id,
        set_name=actor.name,
        set_post=actor.post,
        set_at=now,
    )
    _record(actor, plan, last, now)
    return plan


def _record(actor: Actor, plan: OutputPlan, last: OutputPlan | None, now: datetime) -> None:
    said = {"year": plan.year, "basis": plan.basis, "reason": plan.reason}
    record(
        actor=actor,
        verb=VERB,
        subject=f"registry.site:{plan.site_id}",
        region=plan.region_id,
        now=now,
        reason=_("%(year)s年产量控制目标：%(basis)s %(reason)s") % said,
        data={
            "thing": f"{plan._meta.label_lower}:{plan.pk}",
            "product": plan.product,
            "year": plan.year,
            "before": last.amount if last else None,
            "after": plan.amount,
            "unit": plan.unit,
        },
    )


def _refuse(faults: Mapping[tuple[str, str], bool]) -> None:
    errors = [FieldError(*fault) for fault, broken in faults.items() if broken]
    if errors:
        raise ValidationFailed(errors)
