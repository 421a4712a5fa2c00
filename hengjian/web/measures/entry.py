"""Filling in a form (G2): keyboard only, sums beside, draft kept, one click for a day without production."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hengjian.kernel.errors import NotVisible, ValidationFailed
from hengjian.measures.rules.forms import Form, first_day, in_calendar
from hengjian.measures.selectors.forms import (
    FormPage,
    due_day,
    form_page,
    sites_to_report,
    zero_quantities,
)
from hengjian.measures.services.drafts import save_draft
from hengjian.measures.services.review import hand_in, withdraw_report
from hengjian.measures.services.submission import Outcome, Sent
from hengjian.measures.services.window import ApprovalNeeded
from hengjian.web.errors import sentence
from hengjian.web.measures.entry_page import form_url, page_context
from hengjian.web.measures.forms import EntryForm
from hengjian.web.requests import HouseRequest

_NOT_TYPED = {"csrfmiddlewaretoken", "report_id", "action"}


@require_GET
@login_required
def choose(request: HouseRequest) -> HttpResponse:
    """The one site's form at once, or a choice where there are several."""
    day = due_day(request.today)
    sites = sites_to_report(request.actor, day)
    if len(sites) == 1:
        return redirect(form_url(sites[0].id, Form.DAILY, day))
    rows = [
        {"name": s.name, "reported": s.reported, "url": form_url(s.id, Form.DAILY, day)}
        for s in sites
    ]
    return render(request, "measures/site_choice.html", {"sites": rows, "day": day.isoformat()})


@require_http_methods(["GET", "POST"])
@login_required
def daily(request: HouseRequest, site: UUID, day: str) -> HttpResponse:
    """The form of a day."""
    return _entry(request, site, Form.DAILY, parse_day(day))


@require_http_methods(["GET", "POST"])
@login_required
def period_form(request: HouseRequest, site: UUID, form: str, period: str) -> HttpResponse:
    """The form of a month, quarter or year."""
    return _entry(request, site, *parse_period(form, period))


def _entry(request: HouseRequest, site: UUID, code: Form, day: date) -> HttpResponse:
    """The form; a correct report leads to its page with figures and receipt."""
    page = form_page(request.actor, site, code, day, request.today)
    form = EntryForm(page, request.POST if request.method == "POST" else None)
    if request.POST.get("action") == "withdraw" and page.draft.report_id is not None:
        withdraw_report(actor=request.actor, report_id=page.draft.report_id, now=request.now)
        return redirect(form_url(site, code, day))
    if form.is_bound and form.is_valid():
        try:
            return _submit(request, page, form)
        except ValidationFailed as failed:
            form.add_faults(failed)
        except ApprovalNeeded as needed:
            form.add_error(None, sentence(needed.message, needed.data))
    context = page_context(request, page, form)
    return render(
        request, "measures/report_form.html", context, status=422 if form.is_bound else 200
    )


@require_POST
@login_required
def draft(request: HouseRequest, site: UUID, day: str) -> HttpResponse:
    """Autosave of the form of a day as typed."""
    return _keep(request, site, Form.DAILY, parse_day(day))


@require_POST
@login_required
def period_draft(request: HouseRequest, site: UUID, form: str, period: str) -> HttpResponse:
    """Autosave of the form of a month, quarter or year as typed."""
    return _keep(request, site, *parse_period(form, period))


def _keep(request: HouseRequest, site: UUID, code: Form, day: date) -> HttpResponse:
    kept = {
        name: value
        for name, value in request.POST.items()
        if name not in _NOT_TYPED and isinstance(value, str)
    }
    save_draft(
        actor=request.actor, site_id=site, period=day, payload=kept, now=request.now, form=code
    )
    return HttpResponse(status=204)


def parse_day(text: str) -> date:
    """A day of the address; anything else is no page."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotVisible from None
    if not in_calendar(day):
        raise NotVisible
    return day


def parse_period(form: str, period: str) -> tuple[Form, date]:
    """A form and the first day of one of its periods; anything else is no page."""
    day = parse_day(period)
    if form not in set(Form) or first_day(Form(form), day) != day:
        raise NotVisible
    return Form(form), day


def _submit(request: HouseRequest, page: FormPage, form: EntryForm) -> HttpResponse:
    zero = request.POST.get("action") == "zero" and page.form is Form.DAILY
    sent = Sent(
        report_id=form.cleaned_data["report_id"],
        site_id=page.site_id,
        form=page.form.value,
        period=page.day,
        source=page.source.value,
        quantities=zero_quantities(page) if zero else form.quantities(),
        reason=form.cleaned_data["reason"],
        remarks=form.remarks(zero=zero),
    )
    made, outcome = hand_in(actor=request.actor, sent=sent, now=request.now, today=request.today)
    if outcome is Outcome.AWAITING:
        messages.success(request, _("已提交本企业审核人审核，审核通过后报出。"))
        return redirect(form_url(page.site_id, page.form, page.day))
    if outcome is Outcome.CREATED:
        messages.success(request, _("已收到，折算结果与回执如下。"))
    else:
        messages.info(request, _("该日报此前已收到，未重复记录。"))
    return redirect("measures:report", report_id=made.pk)
