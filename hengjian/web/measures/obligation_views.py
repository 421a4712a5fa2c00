"""The list of who owes which form (报送名录): the list, one site, its workbook."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hengjian.kernel.access.scope import can
from hengjian.kernel.errors import ValidationFailed
from hengjian.measures.selectors.obligations import (
    ObligationQuery,
    find_obligation,
    form_choices,
    obligation_page,
    obligations_of,
    origin_choices,
    source_choices,
)
from hengjian.measures.services.obligation_export import export_obligations
from hengjian.measures.services.obligations import (
    Wanted,
    add_obligation,
    assign_obligations,
    end_obligation,
)
from hengjian.registry.selectors import choices
from hengjian.registry.selectors.site import find_site
from hengjian.web.forms import add_faults, page_number, parsed
from hengjian.web.gate import needs
from hengjian.web.measures.obligation_forms import EndForm, ObligationForm
from hengjian.web.requests import HouseRequest


@require_GET
@login_required
@needs("measures.obligation.view")
def obligation_list(request: HouseRequest) -> HttpResponse:
    """The list within my scope; htmx gets the rows alone."""
    query = read_query(request.GET)
    page = obligation_page(request.actor, query, today=request.today, page=page_number(request.GET))
    if request.htmx:
        return render(request, "measures/_obligation_rows.html", {"page": page})
    export = f"{reverse('measures:obligation_export')}?{request.GET.urlencode()}"
    context = {
        "page": page,
        "scope_text": request.actor.post,
        "filters": _filters(request, query),
        "assign_url": reverse("measures:obligation_assign")
        if can(request.actor, "measures.obligation.assign")
        else "",
        "export_url": export if can(request.actor, "measures.obligation.export") else "",
    }
    return render(request, "measures/obligation_list.html", context)


@require_GET
@login_required
@needs("measures.obligation.export")
def obligation_export(request: HouseRequest) -> FileResponse:
    """The filtered list as a workbook."""
    file, name = export_obligations(
        actor=request.actor, query=read_query(request.GET), now=request.now, today=request.today
    )
    return FileResponse(file, as_attachment=True, filename=name)


@require_POST
@login_required
@needs("measures.obligation.assign")
def obligation_assign(request: HouseRequest) -> HttpResponse:
    """Bring the list in line with the rules."""
    done = assign_obligations(actor=request.actor, now=request.now, today=request.today)
    messages.success(
        request,
        _("已按规则派生：新列入 %(added)d 条，移出 %(ended)d 条")
        % {"added": done.added, "ended": done.ended},
    )
    return HttpResponseRedirect(reverse("measures:obligation_list"))


@require_GET
@login_required
@needs("measures.obligation.view")
def site_obligations(request: HouseRequest, site: UUID) -> HttpResponse:
    """What one site owes; officials add and end here."""
    return _site_page(request, site, None)


@require_POST
@login_required
@needs("measures.obligation.add")
def obligation_add(request: HouseRequest, site: UUID) -> HttpResponse:
    """Put the site on the list for a form; what is wrong is shown beside its field."""
    find_site(request.actor, site)
    form = _form(request, request.POST)
    if form.is_valid():
        given = form.cleaned_data
        wanted = Wanted(
            form=given["form"],
            source=given["source"],
            valid_from=given["valid_from"],
            valid_to=given["valid_to"],
            basis=given["basis"],
            needs_review=given["needs_review"],
        )
        try:
            add_obligation(actor=request.actor, site_id=site, wanted=wanted, now=request.now)
        except ValidationFailed as failed:
            add_faults(form, failed)
        else:
            messages.success(request, _("已列入报送名录"))
            return HttpResponseRedirect(reverse("measures:site_obligations", args=[site]))
    return _site_page(request, site, form)


@require_POST
@login_required
@needs("measures.obligation.end")
def obligation_end(request: HouseRequest, obligation: UUID) -> HttpResponse:
    """Take the site off the list for a form."""
    find_obligation(request.actor, obligation, "measures.obligation.end")
    data = parsed(EndForm(request.POST))
    row = end_obligation(
        actor=request.actor,
        obligation_id=obligation,
        last=data["last"],
        reason=data["reason"],
        now=request.now,
    )
    messages.success(request, _("已移出报送名录"))
    return HttpResponseRedirect(reverse("measures:site_obligations", args=[row.site_id]))


def read_query(query: QueryDict) -> ObligationQuery:
    """What the address asks; what it does not know counts as not asked."""
    return ObligationQuery(
        **{name: query.get(name, "") for name in ObligationQuery.__dataclass_fields__}
    )


def _site_page(request: HouseRequest, site_id: UUID, form: ObligationForm | None) -> HttpResponse:
    site = find_site(request.actor, site_id)
    may_add = can(request.actor, "measures.obligation.add")
    context = {
        "site": {"name": site.name, "url": reverse("registry:site_detail", args=[site_id])},
        "rows": obligations_of(request.actor, site_id, request.today),
        "form": (form or _form(request, None)) if may_add else None,
        "add_url": reverse("measures:obligation_add", args=[site_id]),
        "end_form": EndForm(initial={"last": request.today}),
    }
    status = 422 if form is not None else 200
    return render(request, "measures/site_obligations.html", context, status=status)


def _form(request: HouseRequest, data: QueryDict | None) -> ObligationForm:
    return ObligationForm(
        data,
        initial={"valid_from": request.today},
        forms_offered=form_choices(),
        sources=source_choices(),
    )


def _filters(request: HouseRequest, query: ObligationQuery) -> list[dict[str, Any]]:
    states = [("ended", _("已终止")), ("all", _("含已终止"))]
    wanted: tuple[tuple[str, str, str, list[tuple[str, str]]], ...] = (
        ("text", _("厂区"), "search", []),
        ("form", _("报表"), "select", form_choices()),
        ("source", _("来源"), "select", source_choices()),
        ("origin", _("产生方式"), "select", origin_choices()),
        ("city", _("市"), "select", choices.city_choices(request.actor)),
        ("state", _("状态"), "select", states),
    )
    return [
        {
            "name": name,
            "label": label,
            "kind": kind,
            "value": getattr(query, name),
            "options": options,
        }
        for name, label, kind, options in wanted
        if kind != "select" or len(options) > 1
    ]
