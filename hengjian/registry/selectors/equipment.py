"""Lines, meters, output control and projects of one site, with what a form about them may choose from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from hengjian.kernel.access.actor import Actor
from hengjian.kernel.access.scope import fetch
from hengjian.registry.models import Line, Meter, OutputControl, Project, Site
from hengjian.registry.reference import limit_products
from hengjian.registry.selectors.choices import Choices
from hengjian.registry.selectors.site import site_detail


@dataclass(frozen=True, slots=True)
class EquipmentPage:
    """What is registered, and the choices: industries of the site, products of limits by industry."""

    site_id: UUID
    name: str
    lines: list[dict[str, Any]]
    meters: list[dict[str, Any]]
    controls: list[dict[str, Any]]
    projects: list[dict[str, Any]]
    industries: Choices
    limit_products: dict[str, list[str]]
    open_lines: Choices
    open_meters: Choices
    levels: Choices
    stages: Choices


def equipment_page(actor: Actor, site_id: UUID, today: date) -> EquipmentPage:
    """The page for who may change the site. Raises NotPermitted, NotVisible."""
    site = fetch(Site.objects.all(), actor, "registry.site.change", pk=site_id)
    detail = site_detail(actor, site_id, today)
    industries = list(
        site.industries.order_by("-main", "industry__seq").values_list(
            "industry_id", "industry__name"
        )
    )
    lines = Line.objects.visible_to(actor).filter(site=site, retired_on=None)
    meters = Meter.objects.visible_to(actor).filter(site=site, retired_on=None)
    names = {
        code: list(dict.fromkeys(row.product for row in limit_products() if row.industry == code))
        for code, _name in industries
    }
    return EquipmentPage(
        site_id=site.pk,
        name=site.name,
        lines=detail.lines,
        meters=detail.meters,
        controls=_controls(actor, site, today),
        projects=detail.projects,
        industries=[(code, _(name)) for code, name in industries],
        limit_products=names,
        open_lines=[(str(pk), n) for pk, n in lines.order_by("name").values_list("pk", "name")],
        open_meters=[(str(pk), c) for pk, c in meters.order_by("code").values_list("pk", "code")],
        levels=[(str(value), str(label)) for value, label in Meter.Level.choices],
        stages=[(value, str(label)) for value, label in Project.Stage.choices],
    )


def _controls(actor: Actor, site: Site, today: date) -> list[dict[str, Any]]:
    rows = OutputControl.objects.visible_to(actor).filter(site=site)
    return [
        {
            "product": row.product,
            "since": row.valid_from.isoformat(),
            "until": row.valid_to.isoformat() if row.valid_to else _("另行通知"),
            "basis": row.basis,
            "state": _state(row, today),
        }
        for row in rows.order_by("-valid_from", "product")
    ]


def _state(row: OutputControl, today: date) -> str:
    if row.valid_from > today:
        return _("未开始")
    return _("已结束") if row.valid_to and row.valid_to < today else _("受控中")
