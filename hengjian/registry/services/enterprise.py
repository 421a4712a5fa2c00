"""Registering enterprises and the names that they bear or bore."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch, require
from hengjian.kernel.audit.services import record
from hengjian.kernel.errors import Conflict, FieldError, ValidationFailed
from hengjian.kernel.text import N_, search_key
from hengjian.registry.models import Enterprise, EnterpriseName
from hengjian.registry.rules.credit_code import CreditCodeRefused, validate_credit_code
from hengjian.registry.services.location import require_assignable


@transaction.atomic
def register_enterprise(
    *,
    actor: Actor,
    name: str,
    seat: int,
    now: datetime,
    credit_code: str = "",
    name_en: str = "",
    parent: str = "",
) -> Enterprise:
    """Register a legal person; an empty code is 待补.

    Raises:
        ValidationFailed: no name, a code that breaks GB 32100 or is taken, a seat outside the post's area.
    """
    require(actor, "registry.enterprise.create")
    require_assignable(actor, seat)
    if not name.strip():
        raise ValidationFailed([FieldError("name", N_("企业名称不能为空"))])
    code = _free_code(actor, credit_code)
    enterprise = Enterprise(
        name=name.strip(),
        name_en=name_en,
        credit_code=code,
        seat_id=seat,
        regions=[seat],
        parent=parent,
        search=search_key(names=(name, name_en), codes=(code or "",)),
    )
    try:
        with transaction.atomic():
            enterprise.save(force_insert=True)
    except IntegrityError as error:
        # Seen by nobody in this post's area, but the code is unique in the whole province.
        raise ValidationFailed(
            [FieldError("credit_code", N_("该统一社会信用代码已在其他地区登记，请由省级办理"))]
        ) from error
    record(
        actor=actor,
        verb="registry.enterprise.create",
        subject=f"registry.enterprise:{enterprise.pk}",
        region=seat,
        now=now,
        data={"name": enterprise.name, "credit_code": code or ""},
    )
    return enterprise


@transaction.atomic
def add_name(
    *,
    actor: Actor,
    enterprise_id: UUID,
    name: str,
    kind: str,
    now: datetime,
    until: date | None = None,
) -> EnterpriseName:
    """Add a former name or alias; the enterprise is found by it from now on.

    Raises:
        Conflict: the enterprise has that name already.
    """
    enterprise = fetch(
        Enterprise.objects.select_for_update(of=("self",)),
        actor,
        "registry.enterprise.name",
        pk=enterprise_id,
    )
    named = name.strip()
    if not named:
        raise ValidationFailed([FieldError("name", N_("名称不能为空"))])
    if named == enterprise.name or enterprise.names.filter(name=named).exists():
        raise Conflict(N_("该企业已登记名称“{name}”"), name=named)
    row = EnterpriseName(
        enterprise=enterprise, regions=enterprise.regions, name=named, kind=kind, until=until
    )
    row.save(force_insert=True)
    refresh_search(enterprise)
    record(
        actor=actor,
        verb="registry.enterprise.name",
        subject=f"registry.enterprise:{enterprise.pk}",
        region=enterprise.seat_id,
        now=now,
        data={"name": named, "kind": kind, "until": until},
    )
    return row


def refresh_search(enterprise: Enterprise) -> None:
    """Bring the search key in step with the names; the caller holds the row's lock."""
    names = [enterprise.name, enterprise.name_en]
    names += enterprise.names.order_by("name").values_list("name", flat=True)
    enterprise.search = search_key(names=names, codes=(enterprise.credit_code or "",))
    enterprise.save(update_fields=["search"])


def set_regions(enterprise: Enterprise, regions: Iterable[int]) -> None:
    """Write the regions of an enterprise and of its names; the caller holds the row's lock."""
    wanted = list(regions)
    if wanted == list(enterprise.regions):
        return
    enterprise.names.update(regions=wanted)
    enterprise.regions = wanted
    enterprise.save(update_fields=["regions"])


def _free_code(actor: Actor, given: str) -> str | None:
    if not given.strip():
        return None
    try:
        code = validate_credit_code(given)
    except CreditCodeRefused as refused:
        raise ValidationFailed(
            [FieldError("credit_code", refused.message, data=refused.data)]
        ) from refused
    holder = Enterprise.objects.visible_to(actor).filter(credit_code=code).first()
    if holder is not None:
        raise ValidationFailed(
            [
                FieldError(
                    "credit_code",
                    N_("该统一社会信用代码已登记为“{name}”"),
                    data={"name": holder.name},
                )
            ]
        )
    return code
