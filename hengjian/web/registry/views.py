"""The site ledger and one site."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hengjian.kernel.access.history import timeline
from hengjian.kernel.access.scope import can, require
from hengjian.kernel.errors import ValidationFailed
from hengjian.kernel.text import N_
from hengjian.registry.rules.facts import NewSite
from hengjian.registry.selectors import choices
from hengjian.registry.selectors.ledger import LedgerQuery, count_sites, site_page
from hengjian.registry.selectors.plan import site_plans
from hengjian.registry.selectors.site import SitePage, find_site, stated_site
from hengjian.registry.selectors.site import site_detail as site_of
from hengjian.registry.services.enterprise import add_name
from hengjian.registry.services.export import export_ledger
from hengjian.registry.services.site import (
    change_site,
    register_site,
    register_site_of_new_enterprise,
)
from hengjian.registry.services.supervision import confirm_region
from hengjian.web.forms import page_number, parsed
from hengjian.web.registry.figures import ledger_figures, site_figures
from hengjian.web.registry.forms import NameForm, NewSiteForm, RegionForm, SiteForm
from hengjian.web.registry.rows import ledger_row
from hengjian.web.registry.words import (
    in_unit_words,
    line_in_words,
    meter_in_words,
    plan_in_words,
)
from hengjian.web.requests import HouseRequest


@require_GET
@login_required
def site_list(request: HouseRequest) -> HttpResponse:
    """The ledger within my scope; htmx gets the rows alone."""
    query = request.GET
    page = site_page(
        request.actor, ledger_query(query), today=request.today, page=page_number(query)
    )
    figures = ledger_figures(request.actor, [row.id for row in page.object_list], request.today)
    page.object_list = [ledger_row(row, figures[row.id]) for row in page.object_list]
    if request.htmx:
        return render(request, "registry/_site_rows.html", {"page": page})
    total = count_sites(request.actor)
    context = {
        "page": page,
        "filters": _filters(request),
        "scope_text": _("%(post)s · %(total)s 家") % {"post": request.actor.post, "total": total},
        "export_url": _url_if(request, "registry.site.export", "registry:site_export"),
        "create_url": _url_if(request, "registry.site.create", "registry:site_create"),
        "import_url": _url_if(request, "registry.import.run", "registry:import_list"),
    }
    return render(request, "registry/site_list.html", context)


@require_GET
@login_required
def site_export(request: HouseRequest) -> FileResponse:
    """The filtered ledger as a workbook."""
    file, name = export_ledger(
        actor=request.actor, query=ledger_query(request.GET), now=request.now, today=request.today
    )
    return FileResponse(file, as_attachment=True, filename=name)


@require_GET
@login_required
def site_detail(request: HouseRequest, site_id: UUID) -> HttpResponse:
    """Everything known of one site."""
    site = site_of(request.actor, site_id, request.today)
    return render(request, "registry/site_detail.html", detail_context(request, site))


def detail_context(request: HouseRequest, site: SitePage) -> dict[str, Any]:
    """The registry's part of the page and, by ``site_figures``, that of measures and monitoring."""
    initial = {"region": site.proposed_region or site.region_id}
    figures = site_figures(request.actor, site.id, request.today)
    level, level_text = figures.pop("level")
    return {
        "site": {"level": level, "level_text": level_text, **site.head},
        "acts": _acts(request, site),
        **figures,
        "facts": [*site.facts, *map(plan_in_words, site_plans(request.actor, site.id))],
        "limits": [{**limit, "unit": in_unit_words(limit["unit"])} for limit in site.limits],
        "lines": [line_in_words(line) for line in site.lines],
        "meters": [meter_in_words(meter) for meter in site.meters],
        "meters_url": reverse("measures:meters", args=[site.id]),
        "obligations_url": reverse("measures:site_obligations", args=[site.id]),
        "projects": site.projects,
        "region_confirmed": site.region_confirmed,
        "region_form": RegionForm(actor=request.actor, initial=initial)
        if site.may_confirm
        else None,
        "region_url": reverse("registry:site_region", args=[site.id]),
        "name_form": NameForm() if site.may_name else None,
        "names_url": reverse("registry:site_names", args=[site.id]),
        "events": timeline(request.actor, site.subjects, request.today),
    }


@require_http_methods(["GET", "POST"])
@login_required
def site_create(request: HouseRequest) -> HttpResponse:
    """Register a site, with its enterprise if that is new."""
    require(request.actor, "registry.site.create")
    form = NewSiteForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        new = NewSite(form.facts(), form.industries(), region=data["region"])
        given: dict[str, Any] = {"actor": request.actor, "new": new, "now": request.now}
        try:
            if data["enterprise"]:
                site = register_site(enterprise_id=UUID(data["enterprise"]), **given)
            else:
                site = register_site_of_new_enterprise(
                    name=data["enterprise_name"], credit_code=data["credit_code"], **given
                )
        except ValidationFailed as failed:
            _tell(form, failed)
        else:
            messages.success(request, _("已登记厂区"))
            return HttpResponseRedirect(reverse("registry:site_detail", args=[site.pk]))
    return _form_page(request, form, _("登记厂区"), reverse("registry:site_list"))


@require_http_methods(["GET", "POST"])
@login_required
def site_change(request: HouseRequest, site_id: UUID) -> HttpResponse:
    """Change what is stated of a site."""
    require(request.actor, "registry.site.change")
    site = find_site(request.actor, site_id)
    back = reverse("registry:site_detail", args=[site_id])
    form = SiteForm(request.POST or None, initial=_initial(site_id, request))
    if request.method == "POST" and form.is_valid():
        facts = replace(form.facts(), name_en=site.name_en, is_demo=site.is_demo)
        try:
            change_site(
                actor=request.actor,
                site_id=site_id,
                facts=facts,
                industries=form.industries(),
                now=request.now,
            )
        except ValidationFailed as failed:
            _tell(form, failed)
        else:
            messages.success(request, _("已保存"))
            return HttpResponseRedirect(back)
    return _form_page(request, form, _("修改厂区信息"), back)


@require_POST
@login_required
def site_confirm_region(request: HouseRequest, site_id: UUID) -> HttpResponse:
    """A person confirms the supervising region."""
    require(request.actor, "registry.site.confirm_region")
    find_site(request.actor, site_id)
    data = parsed(RegionForm(request.POST, actor=request.actor))
    confirm_region(
        actor=request.actor,
        site_id=site_id,
        region=data["region"],
        reason=data["reason"],
        now=request.now,
    )
    messages.success(request, _("监管属地已确认"))
    return HttpResponseRedirect(reverse("registry:site_detail", args=[site_id]))


@require_POST
@login_required
def site_add_name(request: HouseRequest, site_id: UUID) -> HttpResponse:
    """A former name or alias of the site's enterprise."""
    require(request.actor, "registry.enterprise.name")
    site = find_site(request.actor, site_id)
    data = parsed(NameForm(request.POST))
    add_name(actor=request.actor, enterprise_id=site.enterprise_id, now=request.now, **data)
    messages.success(request, _("已登记名称"))
    return HttpResponseRedirect(reverse("registry:site_detail", args=[site_id]))


def ledger_query(query: QueryDict) -> LedgerQuery:
    """The conditions of the address line."""

    def given(name: str) -> str:
        return "".join(c for c in query.get(name, "") if c.isprintable())[:60]

    return LedgerQuery(
        text=given("q").strip(),
        city=given("city"),
        county=given("county"),
        industry=given("industry"),
        status=given("status"),
        gap=given("gap"),
        sort=given("sort"),
    )


def _filters(request: HouseRequest) -> list[dict[str, Any]]:
    query, actor = request.GET, request.actor
    selects = (
        ("city", _("市"), choices.city_choices(actor)),
        ("county", _("县（市、区）"), choices.county_choices(actor)),
        ("industry", _("行业"), choices.industry_choices()),
        ("status", _("状态"), choices.status_choices()),
        ("gap", _("待补"), choices.gap_choices()),
    )
    search = {
        "name": "q",
        "label": _("企业"),
        "kind": "search",
        "value": query.get("q", ""),
        "placeholder": _("名称、曾用名、信用代码、拼音首字母"),
    }
    return [search] + [
        {
            "name": name,
            "label": label,
            "kind": "select",
            "value": query.get(name, ""),
            "options": options,
        }
        for name, label, options in selects
        if len(options) > 1
    ]


def _url_if(request: HouseRequest, verb: str, route: str) -> str:
    """The address for those who may; an export keeps the conditions."""
    if not can(request.actor, verb):
        return ""
    keeps = route == "registry:site_export" and request.GET
    return f"{reverse(route)}?{request.GET.urlencode()}" if keeps else reverse(route)


def _acts(request: HouseRequest, site: SitePage) -> list[dict[str, Any]]:
    acts = [(N_("数据档案"), "monitoring:dossier", "chart-line", "monitoring.dossier.view")]
    if site.may_change:
        acts += [
            (N_("装置与计量"), "registry:equipment", "gauge", ""),
            (N_("修改"), "registry:site_change", "pencil", ""),
        ]
    return [
        {"label": _(label), "url": reverse(route, args=[site.id]), "icon": icon, "primary": False}
        for label, route, icon, verb in acts
        if not verb or can(request.actor, verb)
    ]


def _initial(site_id: UUID, request: HouseRequest) -> dict[str, Any]:
    stated, industries = stated_site(request.actor, site_id)
    return {
        **asdict(stated),
        "aliases": "、".join(stated.aliases),
        "main": industries[0] if industries else "",
        "others": industries[1:],
    }


def _tell(form: SiteForm, failed: ValidationFailed) -> None:
    """Show the faults that the service found at their fields."""
    names = {"industries": "main", "seat": "region"}
    for error in failed.errors:
        name = names.get(error.field, error.field)
        text = _(error.message).format(**error.data)
        form.add_error(name if name in form.fields else None, text)


def _form_page(request: HouseRequest, form: SiteForm, title: str, back: str) -> HttpResponse:
    context = {"form": form, "title": title, "back_url": back}
    return render(request, "registry/site_form.html", context, status=422 if form.errors else 200)
