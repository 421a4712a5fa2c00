"""Lines, meters, output control and projects of one site: one page, one small form for each act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hengjian.kernel.errors import ValidationFailed
from hengjian.registry.selectors.equipment import EquipmentPage, equipment_page
from hengjian.registry.services import equipment as services
from hengjian.web.forms import add_faults
from hengjian.web.gate import needs
from hengjian.web.registry.equipment_forms import (
    FORMS,
    ControlForm,
    EquipmentForm,
    LineForm,
    MeterForm,
    ProjectForm,
    RetireForm,
    VerifyForm,
)
from hengjian.web.registry.words import (
    form_products,
    line_in_words,
    meter_in_words,
    product_in_words,
)
from hengjian.web.requests import HouseRequest

VERB = "registry.site.change"
Act = Callable[..., object]


@require_GET
@login_required
@needs(VERB)
def equipment(request: HouseRequest, site_id: UUID) -> HttpResponse:
    """What hangs on the site, and the forms that add to it."""
    page = equipment_page(request.actor, site_id, request.today)
    return render(request, "registry/equipment.html", _context(page, None))


@require_POST
@login_required
@needs(VERB)
def line_add(request: HouseRequest, site_id: UUID) -> HttpResponse:
    """Register a production line."""

    def act(**data: Any) -> object:
        return services.add_line(site_id=site_id, form_products=form_products(), **data)

    return _answer(request, site_id, LineForm, act, _("已登记生产线"))


@require_POST
@login_required
@needs(VERB)
def line_retire(request: HouseRequest, site_id: UUID) -> HttpResponse:
    """A line has ended production."""

    def act(*, line: str, **data: Any) -> object:
        return services.retire_line(line_id=UUID(line), **data)

    return _answer(request, site_id, RetireForm, act, _("已登记生产线退出"))


@require_POST
@login_required
@needs(VERB)
def meter_add(request: HouseRequest, site_id: UUID) -> HttpResponse:
    """Register a metering instrument; the form asks for percent, the registry keeps a fraction."""

    def act(*, error_percent: Any, **data: Any) -> object:
        error = None if error_percent is None else error_percent / 100
        return services.add_meter(site_id=site_id, relative_error=error, **data)

    return _answer(request, site_id, MeterForm, act, _("已登记计量器具"))


@require_POST
@login_required
@needs(VERB)
def meter_verify(request: HouseRequest, site_id: UUID) -> HttpResponse:
    """An instrument was verified."""

    def act(*, meter: str, **data: Any) -> object:
        return services.record_verification(meter_id=UUID(meter), **data)

    return _answer(request, site_id, VerifyForm, act, _("已登记检定"))


@require_POST
@login_required
@needs(VERB)
def control_add(request: HouseRequest, site_id: UUID) -> HttpResponse:
    """Put a product under output control."""

    def act(**data: Any) -> object:
        return services.control_output(site_id=site_id, form_products=form_products(), **data)

    return _answer(request, site_id, ControlForm, act, _("已登记产量受控"))


@require_POST
@login_required
@needs(VERB)
def project_add(request: HouseRequest, site_id: UUID) -> HttpResponse:
    """Register a construction project."""

    def act(**data: Any) -> object:
        return services.add_project(site_id=site_id, **data)

    return _answer(request, site_id, ProjectForm, act, _("已登记建设项目"))


def _answer(
    request: HouseRequest, site_id: UUID, kind: type[EquipmentForm], act: Act, done: str
) -> HttpResponse:
    """Run the act of a valid form; else the page again with the faults beside their fields."""
    page = equipment_page(request.actor, site_id, request.today)
    form = kind(request.POST, page=page)
    if form.is_valid():
        try:
            act(actor=request.actor, now=request.now, **form.cleaned_data)
        except ValidationFailed as failed:
            add_faults(form, failed)
        else:
            messages.success(request, done)
            return HttpResponseRedirect(reverse("registry:equipment", args=[site_id]))
    return render(request, "registry/equipment.html", _context(page, form), status=422)


def _context(page: EquipmentPage, sent: EquipmentForm | None) -> dict[str, Any]:
    forms = {f"{kind.key}_form": kind(page=page) for kind in FORMS}
    if sent is not None:
        forms[f"{sent.key}_form"] = sent
    return {
        "site_id": page.site_id,
        "name": page.name,
        "sent": sent,
        "lines": [line_in_words(line) for line in page.lines],
        "meters": [meter_in_words(meter) for meter in page.meters],
        "controls": [{**c, "product": product_in_words(c["product"])} for c in page.controls],
        "projects": page.projects,
        "may_retire": bool(page.open_lines),
        "may_verify": bool(page.open_meters),
        **forms,
    }
